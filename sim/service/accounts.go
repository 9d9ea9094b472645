package service

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// totals is work done: model FLOPs, bytes of memory traffic, and what engines
// counted.
type totals struct {
	flops, bytes float64
	counts       Counts
}

// Settle journals the GPU time of all replicas up to now.
func (s *Service) Settle(now event.Time) {
	for _, r := range s.replicas {
		r.settle(now)
	}
}

// Work returns the model FLOPs and the bytes of memory traffic of all steps
// completed by now.
func (s *Service) Work(now event.Time) (flops, bytes float64) {
	if s.fluid != nil {
		return s.fluid.Work(now)
	}
	t := s.totals(now)
	return t.flops, t.bytes
}

// Counts returns what engines have counted in the steps completed by now.
func (s *Service) Counts(now event.Time) Counts { return s.totals(now).counts }

func (s *Service) totals(now event.Time) totals {
	t := s.gone
	for _, r := range s.replicas {
		t.add(r.work(now))
	}
	return t
}

// Held returns the GPU time that replicas have held up to now, from placement
// on.
func (s *Service) Held(now event.Time) ledger.Amount {
	held := s.held
	for _, r := range s.replicas {
		if r.state != waiting {
			held = held.Add(r.holds(now))
		}
	}
	return held
}

func (t *totals) add(o totals) {
	t.flops += o.flops
	t.bytes += o.bytes
	t.counts.Computed += o.counts.Computed
	t.counts.Cached += o.counts.Cached
	t.counts.Decoded += o.counts.Decoded
	t.counts.Decodes += o.counts.Decodes
	t.counts.Gained += o.counts.Gained
	t.counts.Swapped += o.counts.Swapped
	t.counts.Loaded += o.counts.Loaded
}
