package scheduler_test

import (
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/placement"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

// BenchmarkPassOver10000Waiting is a pass that looks at every waiting gang.
func BenchmarkPassOver10000Waiting(b *testing.B) {
	f, err := fleet.New(fleet.PoolSpec{Name: "main", Nodes: []fleet.NodeSpec{{Count: 1250, GPUs: 8}}})
	if err != nil {
		b.Fatal(err)
	}
	placer := placement.New(f, placement.BestFit{})
	s := scheduler.New(scheduler.Policy{Order: scheduler.FIFO{}, Backfill: scheduler.EASY}, placer)
	for i := range 1250 {
		g := &scheduler.Gang{ID: int64(i), Pools: []int{0}, Estimate: event.Time(100 + i), Request: fleet.Request{Workers: 1, GPUs: 8}}
		pl, _ := placer.Place([]int{0}, g.Request)
		f.Allocate(pl, g.Request)
		s.Enqueue(0, g)
		s.Begin(0, g, pl)
	}
	for i := range 10_000 {
		s.Enqueue(0, &scheduler.Gang{ID: int64(2000 + i), Pools: []int{0}, Estimate: 50, Request: fleet.Request{Workers: 1 + i%16, GPUs: 1 << (i % 4)}})
	}
	b.ReportAllocs()
	for b.Loop() {
		s.Changed()
		s.Decide(1)
	}
}
