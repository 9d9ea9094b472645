package fleet

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// naiveFree recounts what a pool's indices claim.
func (p *Pool) naiveFree() (whole int, milli int64) {
	for i := range p.nodes {
		n := &p.nodes[i]
		for g := range n.spec.GPUs {
			bit := uint64(1) << g
			switch {
			case n.whole&bit != 0:
				whole++
				milli += milliPerGPU
			case n.shared&bit != 0:
				milli += int64(n.shares[g])
			}
		}
	}
	return whole, milli
}

func TestRandomAllocationsKeepTheIndicesTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := PoolSpec{Name: "main", NodesPerRack: rapid.IntRange(0, 3).Draw(t, "rack"), Nodes: []NodeSpec{
			{Count: rapid.IntRange(1, 70).Draw(t, "nodes"), GPUs: 8, CPUMilli: 64_000, MemoryMiB: 1000},
			{Count: rapid.IntRange(1, 5).Draw(t, "small"), GPUs: 2, CPUMilli: 16_000, MemoryMiB: 500},
		}}
		f, err := New(spec)
		if err != nil {
			t.Fatal(err)
		}
		p := f.Pools[0]
		type held struct {
			pl Placement
			r  Request
		}
		var all []held
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if len(all) > 0 && rapid.Bool().Draw(t, "release") {
				i := rapid.IntRange(0, len(all)-1).Draw(t, "which")
				f.Release(all[i].pl, all[i].r)
				all = append(all[:i], all[i+1:]...)
			} else {
				r := Request{Workers: rapid.IntRange(1, 4).Draw(t, "workers"), CPUMilli: int64(rapid.IntRange(0, 20_000).Draw(t, "cpu")), MemoryMiB: int64(rapid.IntRange(0, 300).Draw(t, "memory"))}
				if rapid.Bool().Draw(t, "share") {
					r.Milli = rapid.IntRange(1, 999).Draw(t, "milli")
				} else {
					r.GPUs = rapid.IntRange(0, 8).Draw(t, "gpus")
				}
				if pl, ok := f.BestFit(0, r); ok {
					f.Allocate(pl, r)
					all = append(all, held{pl, r})
				}
			}
			if whole, milli := p.naiveFree(); whole != p.FreeGPUs() || milli != p.FreeMilli() {
				t.Fatalf("pool says %d GPUs and %d milli free, counted %d and %d", p.FreeGPUs(), p.FreeMilli(), whole, milli)
			}
		}
		for _, h := range all {
			f.Release(h.pl, h.r)
		}
		if p.FreeGPUs() != p.GPUs() || p.FreeMilli() != int64(p.GPUs())*milliPerGPU {
			t.Fatalf("%d of %d GPUs free at the end", p.FreeGPUs(), p.GPUs())
		}
	})
}

func TestBestFitFillsThePartlyUsedFirst(t *testing.T) {
	f, err := New(PoolSpec{Name: "main", Nodes: []NodeSpec{{Count: 3, GPUs: 8}}, NodesPerRack: 2})
	if err != nil {
		t.Fatal(err)
	}
	place := func(r Request) Placement {
		t.Helper()
		pl, ok := f.BestFit(0, r)
		if !ok {
			t.Fatalf("%+v does not fit", r)
		}
		f.Allocate(pl, r)
		return pl
	}
	for _, c := range []struct {
		name string
		r    Request
		want string
	}{
		{"the first node", Request{Workers: 1, GPUs: 5}, "[{0 31}]"},
		{"the gap it leaves", Request{Workers: 1, GPUs: 3}, "[{0 224}]"},
		{"a share opens a GPU", Request{Workers: 1, Milli: 400}, "[{1 1}]"},
		{"the next share joins it", Request{Workers: 1, Milli: 600}, "[{1 1}]"},
		{"whole nodes", Request{Workers: 1, GPUs: 8}, "[{2 255}]"},
		{"CPU alone goes where GPUs are gone", Request{Workers: 1}, "[{0 0}]"},
	} {
		if got := fmt.Sprint(place(c.r).Slots); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if _, ok := f.BestFit(0, Request{Workers: 1, GPUs: 8}); ok {
		t.Error("a whole node was found in a fleet without one")
	}
}

func TestATrialLeavesNoTrace(t *testing.T) {
	f, err := New(PoolSpec{Name: "main", Nodes: []NodeSpec{{Count: 2, GPUs: 4}}})
	if err != nil {
		t.Fatal(err)
	}
	r := Request{Workers: 1, GPUs: 4}
	running, _ := f.BestFit(0, r)
	f.Allocate(running, r)
	trial := f.Try()
	trial.Release(running, r)
	mark := trial.Mark()
	other, _ := f.BestFit(0, r)
	trial.Allocate(other, r)
	trial.UndoTo(mark)
	if f.Pools[0].FreeGPUs() != 8 {
		t.Errorf("%d GPUs free in the trial, want 8", f.Pools[0].FreeGPUs())
	}
	trial.UndoTo(0)
	if f.Pools[0].FreeGPUs() != 4 {
		t.Errorf("%d GPUs free after the trial, want 4", f.Pools[0].FreeGPUs())
	}
}

func BenchmarkPlaceAndRelease(b *testing.B) {
	for _, nodes := range []int{100, 1000, 12_500} {
		b.Run(fmt.Sprintf("%d nodes", nodes), func(b *testing.B) {
			f, err := New(PoolSpec{Name: "main", Nodes: []NodeSpec{{Count: nodes, GPUs: 8}}})
			if err != nil {
				b.Fatal(err)
			}
			full := Request{Workers: 1, GPUs: 8}
			for range nodes - 1 { // nearly full: the search has to look for room
				pl, _ := f.BestFit(0, full)
				f.Allocate(pl, full)
			}
			r := Request{Workers: 1, GPUs: 2}
			b.ReportAllocs()
			for b.Loop() {
				pl, ok := f.BestFit(0, r)
				if !ok {
					b.Fatal("no room")
				}
				f.Allocate(pl, r)
				f.Release(pl, r)
			}
		})
	}
}

func TestGangsStayInOneDomainThenOneRack(t *testing.T) {
	f, err := New(PoolSpec{Name: "main", Nodes: []NodeSpec{{Count: 12, GPUs: 4}}, NodesPerDomain: 2, NodesPerRack: 4})
	if err != nil {
		t.Fatal(err)
	}
	node := Request{Workers: 1, GPUs: 4}
	first, _ := f.BestFit(0, node) // breaks the first domain
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
		pl, ok := f.BestFit(0, Request{Workers: c.workers, GPUs: 4})
		if !ok {
			t.Fatalf("%s: no room", c.name)
		}
		if nodes, domains := f.Spread(pl); nodes != c.nodes || domains != c.domains || pl.Slots[0].Node != c.first {
			t.Errorf("%s: %d nodes in %d domains from node %d, want %d in %d from %d", c.name, nodes, domains, pl.Slots[0].Node, c.nodes, c.domains, c.first)
		}
	}
}
