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

// BenchmarkConservativeEarlyEnd is a pass after one of 10,000 gangs has ended
// early, with 300 planned, in which one more comes.
func BenchmarkConservativeEarlyEnd(b *testing.B) {
	f, err := fleet.New(fleet.PoolSpec{Name: "main", Nodes: []fleet.NodeSpec{{Count: 1250, GPUs: 8}}})
	if err != nil {
		b.Fatal(err)
	}
	placer := placement.New(f, placement.BestFit{})
	s := scheduler.New(scheduler.Policy{Order: scheduler.FIFO{}, Backfill: scheduler.Conservative, Preempt: scheduler.PriorityPreemption}, placer)
	var running []*scheduler.Gang
	now, id := event.Time(0), int64(0)
	begin := func(g *scheduler.Gang, pl fleet.Placement) {
		f.Allocate(pl, g.Request)
		s.Begin(now, g, pl)
		running = append(running, g)
	}
	submit := func(gpus int) *scheduler.Gang {
		id++
		g := &scheduler.Gang{ID: id, Pools: []int{0}, Estimate: event.Time(1000+id*7919%5000) * event.Second, Priority: int32(id % 3), Request: fleet.Request{Workers: 1, GPUs: gpus}}
		s.Enqueue(now, g)
		return g
	}
	for range 10_000 {
		g := submit(1)
		pl, _ := placer.Place(g.Pools, g.Request)
		begin(g, pl)
	}
	decide := func() {
		for _, st := range s.Decide(now).Start {
			begin(st.Gang, st.Placement)
		}
	}
	for i := range 300 {
		submit(1 + i%4)
	}
	decide()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		now += event.Millisecond
		k := i * 7919 % len(running)
		g := running[k]
		running[k] = running[len(running)-1]
		running = running[:len(running)-1]
		f.Release(g.Placement, g.Request)
		s.Release(now, g)
		submit(1 + i%4)
		decide()
	}
}
