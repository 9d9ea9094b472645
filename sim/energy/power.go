package energy

import "github.com/jevons-sim/jevons/sim/ledger"

// Power is what a GPU draws, in watts.
type Power struct {
	Idle, Max float64 // of the GPU: with nothing to do, and at its thermal design power
	Host      float64 // the GPU's part of its host
	PUE       float64 // watts of the building per watt of its machines, ≥ 1
	Share     [ledger.NumAccounts]float64
}

// DefaultShares returns the part of the way from idle power to TDP that a GPU
// draws in each account, by what keeps it busy: see the package's
// documentation.
func DefaultShares() (s [ledger.NumAccounts]float64) {
	for a := range s {
		switch ledger.Account(a) {
		case ledger.Prefill, ledger.Train, ledger.LogProb, ledger.Batch, ledger.Lost:
			s[a] = 1
		case ledger.Decode, ledger.Rollout:
			s[a] = 0.7
		case ledger.StalledComm, ledger.StalledBubble, ledger.Checkpoint, ledger.Starting, ledger.StalledSync, ledger.StalledFault:
			s[a] = 0.3
		}
	}
	return s
}

// Watts returns what one GPU in an account takes from the grid.
func (p *Power) Watts(a ledger.Account) float64 {
	switch a {
	case ledger.Absent:
		return 0
	case ledger.Down:
		return float64(p.Host * p.PUE)
	}
	return (p.Idle + float64((p.Max-p.Idle)*p.Share[a]) + p.Host) * p.PUE
}
