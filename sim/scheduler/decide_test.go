package scheduler_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/placement"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

// drawGangs draws gangs with exact estimates, in order of submission.
func drawGangs(t *rapid.T, nodeGPUs, nodes int) []*scheduler.Gang {
	var out []*scheduler.Gang
	now := event.Time(0)
	for i := range rapid.IntRange(1, 40).Draw(t, "gangs") {
		now += event.Time(rapid.IntRange(0, 10).Draw(t, "gap"))
		g := &scheduler.Gang{
			ID: int64(i + 1), Pools: []int{0}, Submitted: now,
			Priority: int32(rapid.IntRange(0, 3).Draw(t, "priority")),
			Estimate: event.Time(rapid.IntRange(1, 30).Draw(t, "estimate")),
		}
		switch rapid.IntRange(0, 3).Draw(t, "shape") {
		case 0:
			g.Request = fleet.Request{Workers: rapid.IntRange(1, nodes).Draw(t, "workers"), GPUs: nodeGPUs}
		case 1:
			g.Request = fleet.Request{Workers: 1, Milli: rapid.IntRange(1, 999).Draw(t, "milli")}
		default:
			g.Request = fleet.Request{Workers: rapid.IntRange(1, 2).Draw(t, "workers"), GPUs: rapid.IntRange(1, nodeGPUs).Draw(t, "gpus")}
		}
		out = append(out, g)
	}
	return out
}

// play runs gangs under a policy, one pass a tick, and calls check after every
// pass with what waits.
func play(t *rapid.T, p scheduler.Policy, f *fleet.Fleet, gangs []*scheduler.Gang, check func(now event.Time, waiting []*scheduler.Gang, d scheduler.Decisions)) map[int64]event.Time {
	starts := map[int64]event.Time{}
	placer := placement.New(f, p.Placement)
	var waiting, running []*scheduler.Gang
	for now := event.Time(0); len(starts) < len(gangs); now++ {
		if now > 100_000 {
			t.Fatalf("%d of %d gangs never started", len(gangs)-len(starts), len(gangs))
		}
		running = slices.DeleteFunc(running, func(g *scheduler.Gang) bool {
			if g.Started+g.Estimate > now {
				return false
			}
			f.Release(g.Placement, g.Request)
			return true
		})
		for _, g := range gangs {
			if g.Submitted == now {
				waiting = append(waiting, g)
			}
		}
		slices.SortFunc(waiting, func(a, b *scheduler.Gang) int {
			if p.Order.Less(a, b) {
				return -1
			}
			return 1
		})
		free := f.Pools[0].FreeMilli()
		d := p.Decide(now, waiting, running, placer)
		if f.Pools[0].FreeMilli() != free {
			t.Fatalf("Decide changed the fleet: %d milli-GPUs free, %d before", f.Pools[0].FreeMilli(), free)
		}
		for _, s := range d.Start {
			f.Allocate(s.Placement, s.Gang.Request) // panics on a double allocation
			s.Gang.Started, s.Gang.Placement = now, s.Placement
			starts[s.Gang.ID] = now
			running = append(running, s.Gang)
			waiting = slices.DeleteFunc(waiting, func(g *scheduler.Gang) bool { return g == s.Gang })
		}
		check(now, waiting, d)
	}
	for _, g := range running {
		f.Release(g.Placement, g.Request)
	}
	return starts
}

func drawPlacement(t *rapid.T) placement.Policy {
	p, err := placement.Parse(rapid.SampledFrom(placement.Names()).Draw(t, "placement"), 1)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func testFleet(t *rapid.T, nodes, gpus int) *fleet.Fleet {
	f, err := fleet.New(fleet.PoolSpec{Name: "main", Nodes: []fleet.NodeSpec{{Count: nodes, GPUs: gpus}}, NodesPerRack: 2})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestNoPolicyLeavesAFittingHeadWaiting(t *testing.T) {
	orders := []scheduler.Order{scheduler.FIFO{}, scheduler.ByPriority{}, scheduler.ShortestFirst{}}
	rapid.Check(t, func(t *rapid.T) {
		p := scheduler.Policy{
			Order:     rapid.SampledFrom(orders).Draw(t, "order"),
			Backfill:  rapid.SampledFrom([]scheduler.Backfill{scheduler.NoBackfill, scheduler.EASY}).Draw(t, "backfill"),
			Placement: drawPlacement(t),
		}
		nodes, gpus := rapid.IntRange(2, 5).Draw(t, "nodes"), rapid.SampledFrom([]int{1, 4, 8}).Draw(t, "gpus")
		f := testFleet(t, nodes, gpus)
		play(t, p, f, drawGangs(t, gpus, nodes), func(now event.Time, waiting []*scheduler.Gang, _ scheduler.Decisions) {
			if len(waiting) == 0 {
				return
			}
			if pl, ok := placement.New(f, placement.FirstFit{}).Place([]int{0}, waiting[0].Request); ok {
				t.Fatalf("at %d the head %+v waits although it fits at %+v", now, waiting[0].Request, pl)
			}
		})
		if f.Pools[0].FreeGPUs() != nodes*gpus {
			t.Fatalf("%d GPUs free at the end, want all %d", f.Pools[0].FreeGPUs(), nodes*gpus)
		}
	})
}

func TestEASYNeverDelaysItsReservation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, gpus := rapid.IntRange(2, 5).Draw(t, "nodes"), rapid.SampledFrom([]int{1, 4, 8}).Draw(t, "gpus")
		promised := map[int64]event.Time{}
		starts := play(t, scheduler.Policy{Order: scheduler.FIFO{}, Backfill: scheduler.EASY, Placement: drawPlacement(t)}, testFleet(t, nodes, gpus), drawGangs(t, gpus, nodes),
			func(_ event.Time, _ []*scheduler.Gang, d scheduler.Decisions) {
				if d.Reserved == nil {
					return
				}
				if at, ok := promised[d.Reserved.ID]; !ok || d.ReservedFor < at {
					promised[d.Reserved.ID] = d.ReservedFor
				}
			})
		for id, at := range promised {
			if starts[id] > at {
				t.Fatalf("gang %d was promised %d and started at %d", id, at, starts[id])
			}
		}
	})
}

func TestPreemptionTakesOnlyWhatItNeeds(t *testing.T) {
	f, err := fleet.New(fleet.PoolSpec{Name: "main", Nodes: []fleet.NodeSpec{{Count: 2, GPUs: 4}}})
	if err != nil {
		t.Fatal(err)
	}
	placer := placement.New(f, placement.BestFit{})
	var running []*scheduler.Gang
	for i, gpus := range []int{2, 2, 4} {
		g := &scheduler.Gang{ID: int64(i), Pools: []int{0}, Preemptible: true, Priority: int32(i % 2), Started: event.Time(i), Request: fleet.Request{Workers: 1, GPUs: gpus}}
		pl, ok := placer.Place([]int{0}, g.Request)
		if !ok {
			t.Fatal("the set-up does not fit")
		}
		f.Allocate(pl, g.Request)
		g.Placement = pl
		running = append(running, g)
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
		d := scheduler.Policy{Order: scheduler.ByPriority{}, Preempt: true}.Decide(10, []*scheduler.Gang{g}, running, placer)
		var got []int64
		for _, v := range d.Preempt {
			got = append(got, v.ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: preempted %v, want %v", c.name, got, c.want)
		}
	}
}

func TestPoolsAreTakenInOrderOrByScore(t *testing.T) {
	f, err := fleet.New(
		fleet.PoolSpec{Name: "idle", Nodes: []fleet.NodeSpec{{Count: 1, GPUs: 4}}},
		fleet.PoolSpec{Name: "used", Nodes: []fleet.NodeSpec{{Count: 1, GPUs: 4}}},
	)
	if err != nil {
		t.Fatal(err)
	}
	f.Allocate(fleet.Placement{Pool: 1, Slots: []fleet.Slot{{GPUs: 1}}}, fleet.Request{Workers: 1, GPUs: 1})
	placer := placement.New(f, placement.BestFit{})
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
		d := scheduler.Policy{Order: scheduler.FIFO{}}.Decide(1, []*scheduler.Gang{g}, nil, placer)
		if len(d.Start) != 1 || d.Start[0].Placement.Pool != c.want {
			t.Errorf("%s: %+v, want a start in pool %d", c.name, d.Start, c.want)
		}
	}
}

func BenchmarkPassOver10000Waiting(b *testing.B) {
	f, err := fleet.New(fleet.PoolSpec{Name: "main", Nodes: []fleet.NodeSpec{{Count: 1250, GPUs: 8}}})
	if err != nil {
		b.Fatal(err)
	}
	placer := placement.New(f, placement.BestFit{})
	var waiting, running []*scheduler.Gang
	for i := range 1250 {
		g := &scheduler.Gang{ID: int64(i), Pools: []int{0}, Estimate: event.Time(100 + i), Request: fleet.Request{Workers: 1, GPUs: 8}}
		g.Placement, _ = placer.Place([]int{0}, g.Request)
		f.Allocate(g.Placement, g.Request)
		running = append(running, g)
	}
	for i := range 10_000 {
		waiting = append(waiting, &scheduler.Gang{ID: int64(2000 + i), Pools: []int{0}, Estimate: 50, Request: fleet.Request{Workers: 1 + i%16, GPUs: 1 << (i % 4)}})
	}
	b.ReportAllocs()
	for b.Loop() {
		scheduler.Policy{Order: scheduler.FIFO{}, Backfill: scheduler.EASY}.Decide(1, waiting, running, placer)
	}
}
