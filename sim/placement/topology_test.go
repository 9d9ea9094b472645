package placement_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/placement"
)

// tiers is a pool of 16 nodes of 4 GPUs in domains of 2, racks of 4 and pods
// of 8.
var tiers = fleet.PoolSpec{Name: "main", Nodes: []fleet.NodeSpec{{Count: 16, GPUs: 4}}, NodesPerDomain: 2, NodesPerRack: 4, NodesPerPod: 8}

func TestAGangKeepsToTheTierThatItRequires(t *testing.T) {
	f := newFleet(t, tiers)
	one := fleet.Request{Workers: 1, GPUs: 4}
	for _, node := range []int{1, 5, 9, 13} { // of every rack
		f.Allocate(fleet.Placement{Slots: []fleet.Slot{{Node: node, GPUs: 0xf}}}, one)
	}
	for _, c := range []struct {
		name    string
		workers int
		within  fleet.Tier
		fits    bool
	}{
		{"a domain of two", 2, fleet.Domain, true},
		{"three in a domain", 3, fleet.Domain, false},
		{"three in a rack", 3, fleet.Rack, true},
		{"four in a rack of which one node is used", 4, fleet.Rack, false},
		{"six in a pod", 6, fleet.Pod, true},
		{"seven in a pod of which two nodes are used", 7, fleet.Pod, false},
		{"seven anywhere", 7, fleet.Anywhere, true},
	} {
		for _, spread := range []bool{false, true} {
			placer := placement.New(f, placement.NewRandom(1))
			if spread {
				placer.Unconstrained()
			}
			r := fleet.Request{Workers: c.workers, GPUs: 4, Within: c.within}
			pl, ok := placer.Place([]int{0}, r)
			if ok != c.fits {
				t.Errorf("%s, unconstrained %v: found room %v, want %v", c.name, spread, ok, c.fits)
			}
			if size := f.Pools[0].Span(c.within); ok && pl.Slots[0].Node/size != pl.Slots[c.workers-1].Node/size {
				t.Errorf("%s, unconstrained %v: lies in %+v", c.name, spread, pl.Slots)
			}
			if room := f.Pools[0].Room(r); (room == c.workers) != c.fits {
				t.Errorf("%s: room for %d", c.name, room)
			}
		}
	}
}

func TestSmallWorkersOfOneDomainShareItsNode(t *testing.T) {
	spec := tiers
	spec.NodesPerDomain = 0 // every node is one
	f := newFleet(t, spec)
	f.Allocate(fleet.Placement{Slots: []fleet.Slot{{Node: 0, GPUs: 1}}}, fleet.Request{Workers: 1, GPUs: 1})
	placer := placement.New(f, placement.BestFit{})
	pl, ok := placer.Place([]int{0}, fleet.Request{Workers: 4, GPUs: 1, Within: fleet.Domain})
	if !ok || pl.Slots[0].Node != 1 || pl.Slots[3].Node != 1 {
		t.Errorf("four workers of one GPU lie in %+v, want all on node 1", pl)
	}
	if f.Pools[0].Capable(fleet.Request{Workers: 5, GPUs: 1, Within: fleet.Domain}) {
		t.Error("five workers of one GPU fit no domain of 4, want the pool incapable")
	}
}

func TestUnconstrainedGangsLieWhereThePolicyLikes(t *testing.T) {
	f := newFleet(t, tiers)
	r := fleet.Request{Workers: 4, GPUs: 4}
	racks := func(spread bool) int {
		placer := placement.New(f, placement.NewRandom(7))
		if spread {
			placer.Unconstrained()
		}
		apart := 0
		for range 20 {
			pl, ok := placer.Place([]int{0}, r)
			if !ok {
				t.Fatal("no room")
			}
			if pl.Slots[0].Node/4 != pl.Slots[3].Node/4 {
				apart++
			}
		}
		return apart
	}
	if near, far := racks(false), racks(true); near != 0 || far < 15 {
		t.Errorf("%d of 20 gangs lie in several racks where closeness is preferred, %d where it is not; want 0 and most", near, far)
	}
}

func TestAGangTooLargeForAPodFillsPodsAndRacks(t *testing.T) {
	spec := tiers
	spec.PodOversubscription = 7
	f := newFleet(t, spec)
	one := fleet.Request{Workers: 1, GPUs: 4}
	f.Allocate(fleet.Placement{Slots: []fleet.Slot{{Node: 3, GPUs: 0xf}}}, one) // the first pod has 7 nodes left
	for workers, want := range map[int]struct{ first, pods, racks int }{
		4:  {4, 1, 1}, // the first whole rack
		7:  {0, 1, 2}, // the fuller pod
		8:  {8, 1, 2}, // the other
		10: {0, 2, 3}, // a pod, and of the other the rack with less room
		12: {4, 2, 3}, // a pod, and of the other the rack that is whole
	} {
		pl, ok := placement.New(f, placement.NewRandom(3)).Place([]int{0}, fleet.Request{Workers: workers, GPUs: 4})
		if !ok {
			t.Fatalf("%d workers: no room", workers)
		}
		pods, racks := map[int]bool{}, map[int]bool{}
		for _, s := range pl.Slots {
			pods[s.Node/8], racks[s.Node/4] = true, true
		}
		if len(pods) != want.pods || len(racks) != want.racks {
			t.Errorf("%d workers lie in %d pods and %d racks, want %d and %d: %+v", workers, len(pods), len(racks), want.pods, want.racks, pl.Slots)
		}
		if workers != 10 && pl.Slots[0].Node < want.first {
			t.Errorf("%d workers lie from node %d, want from %d", workers, pl.Slots[0].Node, want.first)
		}
	}
}

func TestRoomAndPlacementAgreeOnEveryTier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := tiers
		spec.RackOversubscription = rapid.Float64Range(1, 2).Draw(t, "over")
		f, err := fleet.New(spec)
		if err != nil {
			t.Fatal(err)
		}
		placer := placement.New(f, placement.BestFit{})
		for range rapid.IntRange(1, 30).Draw(t, "gangs") {
			r := fleet.Request{
				Workers: rapid.IntRange(1, 9).Draw(t, "workers"), GPUs: rapid.IntRange(1, 4).Draw(t, "gpus"),
				Within: rapid.SampledFrom([]fleet.Tier{fleet.Anywhere, fleet.Domain, fleet.Rack, fleet.Pod}).Draw(t, "within"),
			}
			room := f.Pools[0].Room(r)
			pl, ok := placer.Place([]int{0}, r)
			if ok != (room >= r.Workers) {
				t.Fatalf("%+v: room for %d, placed %v", r, room, ok)
			}
			if !ok {
				continue
			}
			size := f.Pools[0].Span(r.Within)
			if pl.Slots[0].Node/size != pl.Slots[r.Workers-1].Node/size {
				t.Fatalf("%+v lies in %+v", r, pl.Slots)
			}
			f.Allocate(pl, r)
		}
	})
}
