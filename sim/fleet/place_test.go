package fleet

import (
	"math/bits"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// count recounts what a pool's sums claim.
func (p *Pool) count() (whole int, milli int64) {
	for i := range p.nodes {
		n := &p.nodes[i]
		whole += bits.OnesCount64(n.whole)
		for g := range n.spec.GPUs {
			milli += int64(n.Left(g))
		}
	}
	return whole, milli
}

func TestRandomAllocationsKeepTheSumsTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, err := New(PoolSpec{Name: "main", Nodes: []NodeSpec{
			{Count: rapid.IntRange(1, 5).Draw(t, "nodes"), GPUs: 8, CPUMilli: 64_000, MemoryMiB: 1000},
			{Count: rapid.IntRange(1, 5).Draw(t, "small"), GPUs: 2, CPUMilli: 16_000, MemoryMiB: 500},
		}})
		if err != nil {
			t.Fatal(err)
		}
		p := f.Pools[0]
		type held struct {
			pl Placement
			r  Request
		}
		var all []held
		since := 0
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			changed := -1
			if len(all) > 0 && rapid.Bool().Draw(t, "release") {
				i := rapid.IntRange(0, len(all)-1).Draw(t, "which")
				f.Release(all[i].pl, all[i].r)
				changed = all[i].pl.Slots[0].Node
				all = append(all[:i], all[i+1:]...)
			} else {
				r := Request{Workers: 1, CPUMilli: int64(rapid.IntRange(0, 20_000).Draw(t, "cpu")), MemoryMiB: int64(rapid.IntRange(0, 300).Draw(t, "memory"))}
				if rapid.Bool().Draw(t, "share") {
					r.Milli = rapid.IntRange(1, 999).Draw(t, "milli")
				} else {
					r.GPUs = rapid.IntRange(0, 8).Draw(t, "gpus")
				}
				i := rapid.IntRange(0, len(p.nodes)-1).Draw(t, "node")
				if n := p.Node(i); n.Fits(r) {
					pl := Placement{Slots: []Slot{{i, n.Tightest(r)}}}
					f.Allocate(pl, r)
					all = append(all, held{pl, r})
					changed = i
				}
			}
			if whole, milli := p.count(); whole != p.FreeGPUs() || milli != p.FreeMilli() {
				t.Fatalf("pool says %d GPUs and %d milli free, counted %d and %d", p.FreeGPUs(), p.FreeMilli(), whole, milli)
			}
			nodes, now, ok := p.Touched(since)
			if since = now; ok && changed >= 0 && !slices.Contains(nodes, int32(changed)) {
				t.Fatalf("node %d changed, the journal says %v", changed, nodes)
			}
		}
		for _, h := range all {
			f.Release(h.pl, h.r)
		}
		if p.FreeGPUs() != p.GPUs() || p.FreeMilli() != int64(p.GPUs())*MilliPerGPU {
			t.Fatalf("%d of %d GPUs free at the end", p.FreeGPUs(), p.GPUs())
		}
		if _, kinds := p.Node(0).Kinds(Request{GPUs: 1}); kinds != 0 {
			t.Fatalf("%d kinds of work on an idle node", kinds)
		}
	})
}

func TestTheJournalSaysWhenItHasForgotten(t *testing.T) {
	f, err := New(PoolSpec{Name: "main", Nodes: []NodeSpec{{Count: 2, GPUs: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	_, start, _ := f.Pools[0].Touched(0)
	pl, r := Placement{Slots: []Slot{{1, 1}}}, Request{Workers: 1, GPUs: 1}
	for range 1000 {
		f.Allocate(pl, r)
		f.Release(pl, r)
	}
	if nodes, _, ok := f.Pools[0].Touched(start); ok {
		t.Errorf("after 2,000 changes the journal still claims to list them all, %d", len(nodes))
	}
	_, now, _ := f.Pools[0].Touched(0)
	f.Allocate(pl, r)
	if nodes, _, ok := f.Pools[0].Touched(now); !ok || !slices.Equal(nodes, []int32{1}) {
		t.Errorf("the latest change reads %v %v, want node 1", nodes, ok)
	}
}

func TestTightestLeavesTheLeastBehind(t *testing.T) {
	f, err := New(PoolSpec{Name: "main", Nodes: []NodeSpec{{Count: 1, GPUs: 4}}})
	if err != nil {
		t.Fatal(err)
	}
	n := f.Pools[0].Node(0)
	for _, c := range []struct {
		name string
		r    Request
		want uint64
	}{
		{"the first share opens a GPU", Request{Milli: 400}, 0b0001},
		{"a larger one does not fit beside it", Request{Milli: 700}, 0b0010},
		{"the least room that suffices", Request{Milli: 300}, 0b0010},
		{"what the fullest cannot take", Request{Milli: 500}, 0b0001},
		{"whole GPUs are free ones", Request{GPUs: 2}, 0b1100},
		{"none for CPU alone", Request{}, 0},
	} {
		c.r.Workers = 1
		got := n.Tightest(c.r)
		if got != c.want {
			t.Errorf("%s: GPUs %b, want %b", c.name, got, c.want)
		}
		f.Allocate(Placement{Slots: []Slot{{0, got}}}, c.r)
	}
	if n.Fits(Request{Workers: 1, Milli: 200}) {
		t.Error("200/1000 fits a node with 0 and 100 left")
	}
	if same, kinds := n.Kinds(Request{GPUs: 2}); !same || kinds != 2 {
		t.Errorf("2 GPUs: same kind %v, %d kinds; want shares and pairs", same, kinds)
	}
}

func TestATrialLeavesNoTrace(t *testing.T) {
	f, err := New(PoolSpec{Name: "main", Nodes: []NodeSpec{{Count: 2, GPUs: 4}}})
	if err != nil {
		t.Fatal(err)
	}
	r := Request{Workers: 1, GPUs: 4}
	running, other := Placement{Slots: []Slot{{0, 15}}}, Placement{Slots: []Slot{{1, 15}}}
	f.Allocate(running, r)
	trial := f.Try()
	trial.Release(running, r)
	mark := trial.Mark()
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
