package sim

import (
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// powerShare is the part of the way from idle power to TDP that a GPU draws in
// an account. Computing draws it all, except decoding, which waits for memory
// most of the time and leaves the matrix units idle; exposed communication,
// checkpoints and start-up move data with the compute units at rest; what is
// empty or idle draws idle power, and what is down or not delivered none. The shares are
// assumptions of this model, not measurements.
func powerShare(a ledger.Account) float64 {
	switch a {
	case ledger.Prefill, ledger.Train, ledger.LogProb, ledger.Batch, ledger.Lost:
		return 1
	case ledger.Decode, ledger.Rollout:
		return 0.7
	case ledger.StalledComm, ledger.StalledBubble, ledger.Checkpoint, ledger.Starting, ledger.StalledSync, ledger.StalledFault:
		return 0.3
	}
	return 0
}

// watts returns the power of one GPU in an account.
func watts(g fleet.GPU, a ledger.Account) float64 {
	if a == ledger.Down || a == ledger.Absent {
		return 0
	}
	return g.IdleWatts + float64((g.TDPWatts-g.IdleWatts)*powerShare(a))
}
