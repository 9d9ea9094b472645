package scheduler_test

import (
	"slices"
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/placement"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

// scene is a scheduler over a fleet where gangs run already.
type scene struct {
	t      *testing.T
	fleet  *fleet.Fleet
	placer *placement.Placer
	*scheduler.Scheduler
}

func newScene(t *testing.T, p scheduler.Policy, pools ...fleet.PoolSpec) *scene {
	t.Helper()
	f, err := fleet.New(pools...)
	if err != nil {
		t.Fatal(err)
	}
	placer := placement.New(f, placement.BestFit{})
	s := scheduler.New(p, placer)
	return &scene{t, f, placer, s}
}

// run makes a gang run.
func (s *scene) run(now event.Time, g *scheduler.Gang) {
	s.t.Helper()
	pl, ok := s.placer.Place(g.Pools, g.Request)
	if !ok {
		s.t.Fatalf("gang %d does not fit", g.ID)
	}
	s.Enqueue(now, g)
	s.fleet.Allocate(pl, g.Request)
	s.Begin(now, g, pl)
}

func TestPreemptionTakesOnlyWhatItNeeds(t *testing.T) {
	s := newScene(t, scheduler.Policy{Order: scheduler.ByPriority{}, Preempt: scheduler.PriorityPreemption},
		fleet.PoolSpec{Name: "main", Nodes: []fleet.NodeSpec{{Count: 2, GPUs: 4}}})
	for i, gpus := range []int{2, 2, 4} {
		s.run(event.Time(i), &scheduler.Gang{ID: int64(i), Pools: []int{0}, Preemptible: true, Priority: int32(i % 2), Request: fleet.Request{Workers: 1, GPUs: gpus}})
	}
	for _, c := range []struct {
		name     string
		gpus     int
		priority int32
		want     []int64
	}{
		{"nobody is less important", 4, 0, nil},
		{"the youngest of the least important goes", 4, 1, []int64{2}},
		{"a small gang takes a whole one, but only one", 2, 2, []int64{2}},
	} {
		g := &scheduler.Gang{ID: 9, Pools: []int{0}, Priority: c.priority, Request: fleet.Request{Workers: 1, GPUs: c.gpus}}
		s.Enqueue(10, g)
		var got []int64
		for _, v := range s.Decide(10).Preempt {
			got = append(got, v.ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: preempted %v, want %v", c.name, got, c.want)
		}
		s.Dequeue(g)
	}
}

func TestPoolsAreTakenInOrderOrByScore(t *testing.T) {
	s := newScene(t, scheduler.Policy{Order: scheduler.FIFO{}},
		fleet.PoolSpec{Name: "idle", Nodes: []fleet.NodeSpec{{Count: 1, GPUs: 4}}},
		fleet.PoolSpec{Name: "used", Nodes: []fleet.NodeSpec{{Count: 1, GPUs: 4}}},
	)
	s.run(0, &scheduler.Gang{ID: 8, Pools: []int{1}, Request: fleet.Request{Workers: 1, GPUs: 1}})
	for _, c := range []struct {
		name string
		any  bool
		gpus int
		want int
	}{
		{"the first of the pools", false, 1, 0},
		{"the tightest of the pools", true, 1, 1},
		{"the only one with room", true, 4, 0},
	} {
		g := &scheduler.Gang{ID: 1, Pools: []int{0, 1}, AnyPool: c.any, Request: fleet.Request{Workers: 1, GPUs: c.gpus}}
		s.Enqueue(1, g)
		d := s.Decide(1)
		if len(d.Start) != 1 || d.Start[0].Placement.Pool != c.want {
			t.Errorf("%s: %+v, want a start in pool %d", c.name, d.Start, c.want)
		}
		s.Dequeue(g)
	}
}
