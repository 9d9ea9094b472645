package placement_test

import (
	"math"
	"testing"

	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/placement"
)

// nodeWith returns a node of 8 GPUs, 128 cores and 1 TiB on which some workers
// run, each on the tightest GPUs.
func nodeWith(t testing.TB, running ...fleet.Request) placement.Node {
	t.Helper()
	f := newFleet(t, fleet.PoolSpec{Name: "main", Nodes: []fleet.NodeSpec{{Count: 1, GPUs: 8, CPUMilli: 128_000, MemoryMiB: 1 << 20}}})
	n := f.Pools[0].Node(0)
	for _, r := range running {
		r.Workers = 1
		f.Allocate(fleet.Placement{Slots: []fleet.Slot{{GPUs: n.Tightest(r)}}}, r)
	}
	return placement.Node{Node: n, Largest: placement.LargestOf(f)}
}

func TestScoresByHand(t *testing.T) {
	share := func(milli int) fleet.Request { return fleet.Request{Workers: 1, Milli: milli} }
	gpus := func(n int) fleet.Request { return fleet.Request{Workers: 1, GPUs: n} }
	withCPU := func(r fleet.Request, cores int64) fleet.Request { r.CPUMilli = cores * 1000; return r }
	for _, c := range []struct {
		name    string
		policy  placement.Policy
		running []fleet.Request
		asks    fleet.Request
		want    int
	}{
		{"first fit: all alike", placement.FirstFit{}, []fleet.Request{gpus(3)}, gpus(1), 0},
		{"best fit: an idle node keeps ½·112/128 + ½·6/8", placement.BestFit{}, nil, withCPU(gpus(2), 16), 18},
		{"best fit: nothing left over", placement.BestFit{}, []fleet.Request{withCPU(gpus(6), 112)}, withCPU(gpus(2), 16), 100},
		{"packing: an idle node", placement.Packing{}, nil, gpus(1), 33 - 8},
		{"packing: a share of an idle node", placement.Packing{}, nil, share(300), 33 - 8},
		{"packing: two free GPUs of a used node", placement.Packing{}, []fleet.Request{gpus(1)}, gpus(2), 50 - 2},
		{"packing: a used GPU with 600 left", placement.Packing{}, []fleet.Request{share(400)}, share(600), 100 - 6},
		{"packing: the used GPU has no room", placement.Packing{}, []fleet.Request{share(400)}, share(700), 50 - 1},
		{"packing: no GPU asked for", placement.Packing{}, []fleet.Request{gpus(1)}, withCPU(fleet.Request{Workers: 1}, 4), 0},
		{"clustering: an idle node", placement.Clustering{}, nil, gpus(1), 25},
		{"clustering: the same kind alone, a quarter full", placement.Clustering{}, []fleet.Request{gpus(2)}, gpus(2), 75 + 6},
		{"clustering: shares of any size are one kind", placement.Clustering{}, []fleet.Request{share(900)}, share(50), 75 + 2},
		{"clustering: among others", placement.Clustering{}, []fleet.Request{gpus(2), gpus(4)}, gpus(2), 50 + 18},
		{"clustering: another kind", placement.Clustering{}, []fleet.Request{gpus(4)}, gpus(2), 12},
		{"dot product: ½·(¼·1 + ¼·1) of an idle node", placement.DotProduct{}, nil, withCPU(gpus(2), 32), 75},
		{"dot product: less is free", placement.DotProduct{}, []fleet.Request{withCPU(gpus(4), 64)}, withCPU(gpus(2), 32), 87},
		{"FGD that knows no work", &placement.FGD{}, nil, gpus(2), 50},
	} {
		if got := c.policy.Score(nodeWith(t, c.running...), c.asks); got != c.want {
			t.Errorf("%s: score %d, want %d", c.name, got, c.want)
		}
	}
}

// work counts typical workers: half ask for a share of 500 and 8 cores, a
// quarter for 4 GPUs and 32 cores, a quarter for CPU alone.
func work() *placement.Popularity {
	p := &placement.Popularity{}
	p.Add(fleet.Request{Workers: 50, Milli: 500, CPUMilli: 8000}, []int{0})
	p.Add(fleet.Request{Workers: 25, GPUs: 4, CPUMilli: 32_000}, []int{0})
	p.Add(fleet.Request{Workers: 25, CPUMilli: 2000}, []int{0})
	return p
}

func TestFragmentationByHand(t *testing.T) {
	f := placement.NewFragmentation(work())
	for _, c := range []struct {
		name    string
		pool    int
		running []fleet.Request
		want    float64 // GPUs
	}{
		{"idle: only CPU-only work cannot use the GPUs", 0, nil, 0.25 * 8},
		{"a pool that nobody may use", 1, nil, 8},
		{"300 left of one GPU fits no share", 0, []fleet.Request{{Milli: 700}}, 0.25*7.3 + 0.5*0.3 + 0.25*0.3},
		{"600 left fits shares, but no whole GPU", 0, []fleet.Request{{Milli: 400}}, 0.25*7.6 + 0.25*0.6},
		{"too few GPUs for four", 0, []fleet.Request{{GPUs: 5}}, 0.25*3 + 0.25*3},
		{"too little CPU for four GPUs", 0, []fleet.Request{{CPUMilli: 100_000}}, 0.25*8 + 0.25*8},
		{"just enough CPU for four GPUs", 0, []fleet.Request{{CPUMilli: 96_000}}, 0.25 * 8},
		{"no CPU for anything", 0, []fleet.Request{{CPUMilli: 127_000}}, 8},
		{"full", 0, []fleet.Request{{GPUs: 8}}, 0},
	} {
		if got := f.Node(c.pool, nodeWith(t, c.running...).Node); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: %v GPUs, want %v", c.name, got, c.want)
		}
	}
}

func TestFGDScoresTheGrowthOfFragmentation(t *testing.T) {
	p := placement.NewFGD(placement.NewFragmentation(work()))
	n := nodeWith(t, fleet.Request{Milli: 400})
	r := fleet.Request{Workers: 1, Milli: 600}
	// On the used GPU: 0.25·7.6 + 0.25·0.6 = 2.05 before, 0.25·7 after. On a free
	// one: 0.25·7 + 0.25·(0.6+0.4) + 0.5·0.4 after.
	want := int(100 / (1 + math.Exp(0.25*7-2.05)))
	if got := p.Score(n, r); got != want {
		t.Errorf("score %d, want %d", got, want)
	}
	if got := p.GPUs(n, r); got != 1 {
		t.Errorf("the share goes to GPUs %b, want the used one", got)
	}
}

func TestTypicalWorkIsTheMostCommon95Percent(t *testing.T) {
	p := &placement.Popularity{}
	p.Add(fleet.Request{Workers: 95, Milli: 500}, []int{0})
	p.Add(fleet.Request{Workers: 5, GPUs: 8}, []int{0})
	// The rare shape does not count: what fits the common one is usable.
	n := nodeWith(t, fleet.Request{GPUs: 6})
	if got := placement.NewFragmentation(p).Node(0, n.Node); got != 0 {
		t.Errorf("%v GPUs fragmented, want none", got)
	}
	p.Add(fleet.Request{Workers: 1, GPUs: 8}, []int{0})
	if got, want := placement.NewFragmentation(p).Node(0, n.Node), 2*6./101; math.Abs(got-want) > 1e-12 {
		t.Errorf("%v GPUs fragmented, want %v", got, want)
	}
}

func TestFGDLearnsFromArrivals(t *testing.T) {
	p := &placement.FGD{}
	n := nodeWith(t, fleet.Request{Milli: 400})
	r := fleet.Request{Workers: 1, Milli: 300}
	if got := p.GPUs(n, r); got != 1 {
		t.Errorf("without knowledge the share goes to GPUs %b, want the tightest", got)
	}
	changed := 0
	for range 64 {
		if p.Observe(fleet.Request{Workers: 1, Milli: 600}, []int{0}) {
			changed++
		}
	}
	if changed != 7 {
		t.Errorf("64 arrivals renewed the expectation %d times, want 7 (at 1, 2, 4, …, 64)", changed)
	}
	// A share of 300 on GPU 0 would leave 300 there, which is too little for the
	// work that arrives; a free GPU keeps 700.
	if got := p.GPUs(n, r); got == 1 {
		t.Errorf("the share goes to GPU 0, which fits the work that arrives")
	}
}
