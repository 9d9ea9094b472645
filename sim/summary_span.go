package sim

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/energy"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
)

// span is the fleet's figures from one cut to another.
type span struct {
	ledger      result.Ledger
	utilization result.Utilization
	bill        energy.Bill
	bills       [ledger.NumClasses]energy.Bill
}

// span returns the figures between two cuts, of the GPUs that had been
// delivered.
func (s *Simulation) span(from, to event.Time) span {
	a, b := s.snapshotAt(from), s.snapshotAt(to)
	x := span{ledger: result.Ledger{GPUSeconds: map[string]ledger.Amount{}, ByClass: map[string]map[string]ledger.Amount{}}}
	var allocated, busy ledger.Amount
	var peakFLOPs, peakBytes float64
	seconds := (to - from).Seconds()
	for i, p := range s.fleet.Pools {
		gpu := p.Spec.GPU
		there := float64(p.GPUs()) * seconds // GPU-seconds
		for _, k := range ledger.Keys() {
			d := b.balances[i][k].Sub(a.balances[i][k])
			if d.Sign() == 0 {
				continue
			}
			if k.Account == ledger.Absent {
				there -= d.Seconds()
				continue
			}
			x.ledger.Add(k, d)
			if k.Account.Allocated() {
				allocated = allocated.Add(d)
			}
			if k.Account.Busy() {
				busy = busy.Add(d)
			}
		}
		peakFLOPs += float64(there * gpu.FLOPS(fleet.BF16))
		peakBytes += float64(there * gpu.HBMBandwidth)
	}
	for i := range s.sampler.snapshots {
		if snap := &s.sampler.snapshots[i]; snap.at > from && snap.at <= to {
			for c := range snap.bills {
				x.bills[c].Add(&snap.bills[c])
			}
		}
	}
	for c := range x.bills {
		x.bill.Add(&x.bills[c])
	}
	total := x.ledger.Total.Seconds()
	x.utilization = result.Utilization{
		Allocated: ratio(allocated.Seconds(), total), Busy: ratio(busy.Seconds(), total),
		MFU: ratio(b.flops-a.flops, peakFLOPs), MBU: ratio(b.bytes-a.bytes, peakBytes),
	}
	return x
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func (s *Simulation) snapshotAt(t event.Time) *snapshot {
	for i := range s.sampler.snapshots {
		if s.sampler.snapshots[i].at == t {
			return &s.sampler.snapshots[i]
		}
	}
	panic(fmt.Sprintf("sim: no snapshot at %v", t))
}
