package placement_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/placement"
)

func newFleet(t testing.TB, specs ...fleet.PoolSpec) *fleet.Fleet {
	t.Helper()
	f, err := fleet.New(specs...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func policyOf(t interface{ Fatal(...any) }, name string) placement.Policy {
	p, err := placement.Parse(name, 1)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestBestFitFillsThePartlyUsedFirst(t *testing.T) {
	f := newFleet(t, fleet.PoolSpec{Name: "main", Nodes: []fleet.NodeSpec{{Count: 3, GPUs: 8}}, NodesPerRack: 2})
	placer := placement.New(f, placement.BestFit{})
	for _, c := range []struct {
		name string
		r    fleet.Request
		want string
	}{
		{"the first node", fleet.Request{Workers: 1, GPUs: 5}, "[{0 31}]"},
		{"the gap it leaves", fleet.Request{Workers: 1, GPUs: 3}, "[{0 224}]"},
		{"a share opens a GPU", fleet.Request{Workers: 1, Milli: 400}, "[{1 1}]"},
		{"the next share joins it", fleet.Request{Workers: 1, Milli: 600}, "[{1 1}]"},
		{"whole nodes", fleet.Request{Workers: 1, GPUs: 8}, "[{2 255}]"},
		{"CPU alone goes where GPUs are gone", fleet.Request{Workers: 1}, "[{0 0}]"},
	} {
		pl, ok := placer.Place([]int{0}, c.r)
		if !ok {
			t.Fatalf("%s: %+v does not fit", c.name, c.r)
		}
		f.Allocate(pl, c.r)
		if got := fmt.Sprint(pl.Slots); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if _, ok := placer.Place([]int{0}, fleet.Request{Workers: 1, GPUs: 8}); ok {
		t.Error("a whole node was found in a fleet without one")
	}
}

func TestBestFitTellsNodesOfAnySizeApart(t *testing.T) {
	f := newFleet(t, fleet.PoolSpec{Name: "main", Nodes: []fleet.NodeSpec{{Count: 3, GPUs: 16, CPUMilli: 384_000}}})
	placer := placement.New(f, placement.BestFit{})
	used := fleet.Request{Workers: 1, GPUs: 2}
	f.Allocate(fleet.Placement{Slots: []fleet.Slot{{Node: 1, GPUs: 3}}}, used)
	if pl, _ := placer.Place([]int{0}, used); pl.Slots[0].Node != 1 {
		t.Errorf("two GPUs go to node %d, want the one that is used", pl.Slots[0].Node)
	}
}

func TestGangsStayInOneDomainThenOneRack(t *testing.T) {
	f := newFleet(t, fleet.PoolSpec{Name: "main", Nodes: []fleet.NodeSpec{{Count: 12, GPUs: 4}}, NodesPerDomain: 2, NodesPerRack: 4})
	placer := placement.New(f, placement.BestFit{})
	node := fleet.Request{Workers: 1, GPUs: 4}
	first, _ := placer.Place([]int{0}, node) // breaks the first domain
	f.Allocate(first, node)
	for _, c := range []struct {
		name           string
		workers        int
		nodes, domains int
		first          int
	}{
		{"two nodes make a domain", 2, 2, 1, 2},
		{"three fit no domain, but the fullest rack", 3, 3, 2, 1},
		{"five fit no rack and spread", 5, 5, 3, 1},
	} {
		pl, ok := placer.Place([]int{0}, fleet.Request{Workers: c.workers, GPUs: 4})
		if !ok {
			t.Fatalf("%s: no room", c.name)
		}
		if nodes, domains := f.Spread(pl); nodes != c.nodes || domains != c.domains || pl.Slots[0].Node != c.first {
			t.Errorf("%s: %d nodes in %d domains from node %d, want %d in %d from %d", c.name, nodes, domains, pl.Slots[0].Node, c.nodes, c.domains, c.first)
		}
	}
}

// bestOf looks at every node: the score of the best for one worker, and the
// nodes that have it, as pool and node.
func bestOf(p placement.Policy, f *fleet.Fleet, pools []int, r fleet.Request) (best int, nodes [][2]int) {
	best = -1
	for _, pool := range pools {
		for i := range f.Pools[pool].Nodes() {
			n := f.Pools[pool].Node(i)
			if !n.Fits(r) {
				continue
			}
			switch s := p.Score(placement.Node{Node: n, Pool: pool, Largest: placement.LargestOf(f)}, r); {
			case s > best:
				best, nodes = s, [][2]int{{pool, i}}
			case s == best:
				nodes = append(nodes, [2]int{pool, i})
			}
		}
	}
	return best, nodes
}

func drawRequest(t *rapid.T) fleet.Request {
	r := fleet.Request{Workers: 1, CPUMilli: int64(rapid.IntRange(0, 4).Draw(t, "cpu")) * 4000, MemoryMiB: int64(rapid.IntRange(0, 2).Draw(t, "memory")) * 100}
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		r.Milli = rapid.IntRange(1, 9).Draw(t, "milli") * 100
	case 1:
		r.GPUs = rapid.IntRange(1, 8).Draw(t, "gpus")
	}
	return r
}

func TestTheTreesFindWhatLookingAtEveryNodeFinds(t *testing.T) {
	for _, name := range placement.Names() {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			f, err := fleet.New(
				fleet.PoolSpec{Name: "a", Nodes: []fleet.NodeSpec{
					{Count: rapid.IntRange(1, 9).Draw(t, "large"), GPUs: 8, CPUMilli: 64_000, MemoryMiB: 1000},
					{Count: rapid.IntRange(1, 5).Draw(t, "small"), GPUs: 2, CPUMilli: 16_000, MemoryMiB: 500},
				}},
				fleet.PoolSpec{Name: "b", Nodes: []fleet.NodeSpec{{Count: 3, GPUs: 4, CPUMilli: 32_000, MemoryMiB: 500}}},
			)
			if err != nil {
				t.Fatal(err)
			}
			p := policyOf(t, name)
			placer := placement.New(f, p)
			type held struct {
				pl fleet.Placement
				r  fleet.Request
			}
			var all []held
			for range rapid.IntRange(1, 60).Draw(t, "steps") {
				if len(all) > 0 && rapid.IntRange(0, 3).Draw(t, "release") == 0 {
					i := rapid.IntRange(0, len(all)-1).Draw(t, "which")
					f.Release(all[i].pl, all[i].r)
					all = append(all[:i], all[i+1:]...)
					continue
				}
				r := drawRequest(t)
				pools := rapid.SampledFrom([][]int{{0}, {1}, {0, 1}}).Draw(t, "pools")
				placer.Observe(r, pools)
				_, best := bestOf(p, f, pools, r)
				pl, ok := placer.Place(pools, r)
				if ok != (len(best) > 0) {
					t.Fatalf("%+v placed: %v; nodes with room: %v", r, ok, best)
				}
				if !ok {
					continue
				}
				got := [2]int{pl.Pool, pl.Slots[0].Node}
				if _, random := p.(placement.Lottery); !random && got != best[0] {
					t.Fatalf("%+v lies on %v, the best are %v", r, got, best)
				}
				f.Allocate(pl, r) // panics if it is not free
				all = append(all, held{pl, r})
			}
		}))
	}
}

func TestRandomTakesEveryNodeEquallyOften(t *testing.T) {
	f := newFleet(t, fleet.PoolSpec{Name: "a", Nodes: []fleet.NodeSpec{{Count: 5, GPUs: 2}}}, fleet.PoolSpec{Name: "b", Nodes: []fleet.NodeSpec{{Count: 3, GPUs: 2}}})
	full := fleet.Request{Workers: 1, GPUs: 2}
	f.Allocate(fleet.Placement{Pool: 0, Slots: []fleet.Slot{{Node: 2, GPUs: 3}}}, full)
	placer := placement.New(f, placement.NewRandom(7))
	const draws = 70_000
	got := map[[2]int]int{}
	for range draws {
		pl, ok := placer.Place([]int{0, 1}, fleet.Request{Workers: 1, GPUs: 1})
		if !ok {
			t.Fatal("no room")
		}
		got[[2]int{pl.Pool, pl.Slots[0].Node}]++
	}
	if len(got) != 7 {
		t.Fatalf("%d nodes were taken, want the 7 with room: %v", len(got), got)
	}
	for node, n := range got {
		if n < draws/7-500 || n > draws/7+500 { // 5 standard deviations
			t.Errorf("node %v was taken %d times in %d", node, n, draws)
		}
	}
}

func TestOfEqualNodesTheFirstByRankWins(t *testing.T) {
	f := newFleet(t,
		fleet.PoolSpec{Name: "a", Nodes: []fleet.NodeSpec{{Count: 2, GPUs: 1}}, Ranks: []int{1, 3}},
		fleet.PoolSpec{Name: "b", Nodes: []fleet.NodeSpec{{Count: 2, GPUs: 1}}, Ranks: []int{0, 2}})
	placer := placement.New(f, placement.FirstFit{})
	for i, want := range []string{"{1 [{0 1}]}", "{0 [{0 1}]}", "{1 [{1 1}]}", "{0 [{1 1}]}"} {
		r := fleet.Request{Workers: 1, GPUs: 1}
		pl, _ := placer.Place([]int{0, 1}, r)
		if got := fmt.Sprint(pl); got != want {
			t.Errorf("worker %d lies at %s, want %s", i, got, want)
		}
		f.Allocate(pl, r)
	}
}

func TestUnknownPlacementNamesTheNearest(t *testing.T) {
	_, err := placement.Parse("bestfit", 1)
	if want := `unknown placement policy "bestfit": want one of first-fit, best-fit, packing, clustering, dot-product, fgd, random. Did you mean best-fit?`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// BenchmarkTurnover shows the cost of one worker going and another coming, by
// the number of nodes, on a fleet that is four fifths full of several shapes.
func BenchmarkTurnover(b *testing.B) {
	shapes := []fleet.Request{
		{Workers: 1, GPUs: 1, CPUMilli: 8000}, {Workers: 1, GPUs: 2, CPUMilli: 16_000}, {Workers: 1, Milli: 500, CPUMilli: 4000},
		{Workers: 1, Milli: 300, CPUMilli: 6000}, {Workers: 1, GPUs: 4, CPUMilli: 48_000}, {Workers: 1, CPUMilli: 2000},
	}
	type held struct {
		pl fleet.Placement
		r  fleet.Request
	}
	for _, name := range placement.Names() {
		for _, nodes := range []int{100, 1213, 12_500} {
			b.Run(fmt.Sprintf("%s/%d nodes", name, nodes), func(b *testing.B) {
				f := newFleet(b, fleet.PoolSpec{Name: "main", Nodes: []fleet.NodeSpec{{Count: nodes, GPUs: 8, CPUMilli: 128_000}}})
				placer := placement.New(f, policyOf(b, name))
				var running []held
				draws := event.NewStream(1, "turnover").Entity(0)
				start := func() bool {
					r := shapes[draws.IntN(len(shapes))]
					placer.Observe(r, []int{0})
					pl, ok := placer.Place([]int{0}, r)
					if ok {
						f.Allocate(pl, r)
						running = append(running, held{pl, r})
					}
					return ok
				}
				for f.Pools[0].FreeMilli() > int64(nodes)*8*fleet.MilliPerGPU/5 {
					start()
				}
				b.ReportAllocs()
				for b.Loop() {
					i, last := draws.IntN(len(running)), len(running)-1
					f.Release(running[i].pl, running[i].r)
					running[i] = running[last]
					running = running[:last]
					for !start() {
					}
				}
			})
		}
	}
}
