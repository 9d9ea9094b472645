package perf

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// instant is a calibration without latencies, so that communication is bytes
// over bandwidth.
func instant() Calibration {
	return plain(map[string]float64{"local_latency_s": 0, "network_latency_s": 0})
}

func TestAReplicaOverTwoRacksPaysForItsUplinks(t *testing.T) {
	const model, tokens = "Llama-3.1-405B", 64
	for name, x := range map[string]struct {
		model  string
		layout Layout
		over   float64
		racks  []int
		times  float64 // communication of the same replica in one rack
	}{
		// A ring of 16 has the uplinks of 8 GPUs in either rack, and the NICs of a node
		// inside.
		"tensor-parallel, uplinks of 8 NICs' eighth":         {model, Layout{TP: 16}, 8, []int{0, 1}, 8},
		"tensor-parallel, uplinks of 8 NICs' twentieth":      {model, Layout{TP: 16}, 20, []int{0, 1}, 20},
		"tensor-parallel over three racks":                   {model, Layout{TP: 32}, 20, []int{0, 0, 1, 2}, 20},
		"tensor-parallel, half of it in each of two racks":   {model, Layout{TP: 32}, 20, []int{0, 0, 1, 1}, 10},
		"experts, two nodes in each of two racks":            {"DeepSeek-V3", Layout{DP: 32}, 3, []int{0, 0, 1, 1}, 3 * (2. / 4) / (3. / 4)},
		"experts, three nodes and one":                       {"DeepSeek-V3", Layout{DP: 32}, 3, []int{0, 0, 0, 1}, 3 * (3. / 4) / (3. / 4)},
		"experts, uplinks that carry what the NICs dispatch": {"DeepSeek-V3", Layout{DP: 32}, 1.5, []int{0, 0, 1, 1}, 1},
	} {
		s := replica(t, x.model, "H200", x.layout, Precision{Weights: fleet.FP8}, instant(), Options{})
		here, apart := s.DecodeStep(tokens, 1000), s.On(located(x.over, x.racks...)).DecodeStep(tokens, 1000)
		near(t, name+": communication", apart.Comm, x.times*here.Comm)
		apart.Comm = here.Comm
		if apart != here {
			t.Errorf("%s: the rest of the step is %+v, want %+v", name, apart, here)
		}
	}
}

func TestAllReducesOverNodesLeaveByAllCardsOfANode(t *testing.T) {
	for _, x := range []struct {
		gpu       string
		layout    Layout
		bandwidth func(g *fleet.GPU) float64
	}{
		{"H100", Layout{TP: 8}, func(g *fleet.GPU) float64 { return g.ScaleUpBandwidth }},
		{"H100", Layout{TP: 16}, func(g *fleet.GPU) float64 { return 8 * g.NICBandwidth }},
		{"H100", Layout{TP: 64}, func(g *fleet.GPU) float64 { return 8 * g.NICBandwidth }},
		{"H800", Layout{TP: 16}, func(g *fleet.GPU) float64 { return min(g.ScaleUpBandwidth, 8*g.NICBandwidth) }},
		{"H100-PCIe", Layout{TP: 16}, func(*fleet.GPU) float64 { return pcieBandwidth }}, // bridges join pairs only
		{"L40S", Layout{TP: 16}, func(*fleet.GPU) float64 { return pcieBandwidth }},      // which all rings cross
	} {
		s := replica(t, "Llama-3.1-405B", x.gpu, x.layout, Precision{Weights: fleet.FP8}, instant(), Options{})
		n := float64(x.layout.TP)
		want := float64(2*s.Model.Layers) * 2 * (n - 1) / n * 64 * float64(s.Model.Hidden) * 2 / (x.bandwidth(&s.GPU) * 0.5)
		near(t, fmt.Sprintf("communication of %v on %s", x.layout, x.gpu), s.DecodeStep(64, 1000).Comm, want)
	}
}

func TestAllReducesOverACutDomainLeaveByTheCardsOfEachPart(t *testing.T) {
	g := mustGPU(t, "GB200")
	s, err := NewServing(lookup(t, "Llama-3.1-405B"), g, 4, Layout{TP: 16}, Precision{Weights: fleet.FP8}, instant(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	comm := func(units ...int) float64 {
		return s.On(fleet.Location{GPUs: 4, Tiers: []fleet.LocatedTier{{Tier: fleet.Domain, Share: 1, Units: units}}}).DecodeStep(64, 1000).Comm
	}
	whole := comm(2, 2, 2, 2)
	near(t, "communication of 8 and 8 ranks", comm(1, 1, 2, 2), whole*g.ScaleUpBandwidth/(8*g.NICBandwidth))
	near(t, "communication of 4 and 12 ranks", comm(1, 2, 2, 2), whole*g.ScaleUpBandwidth/(4*g.NICBandwidth))
}

func TestPipelineStagesPayWhereTheirTransfersLeaveTheRack(t *testing.T) {
	s := replica(t, "Llama-3.1-405B", "H100", Layout{TP: 8, PP: 4}, Precision{}, instant(), Options{})
	transfers := func(s *Serving) float64 { // of a decode of 4 per micro-batch
		l := s.Layout
		return float64(l.PP) * 4 * float64(s.Model.Hidden) * 2 / float64(l.TP) / (s.GPU.NICBandwidth * 0.5)
	}(s)
	here := s.DecodeStep(16, 1000).Comm
	for _, x := range []struct {
		racks []int
		times float64
	}{{[]int{0, 1, 2, 3}, 6}, {[]int{0, 0, 1, 1}, 3}, {[]int{0, 1, 1, 1}, 6}, {[]int{5, 5, 5, 5}, 1}} {
		near(t, "communication", s.On(located(6, x.racks...)).DecodeStep(16, 1000).Comm, here+(x.times-1)*transfers)
	}
}

func TestReplicasThatLieAlikeHaveEqualJoints(t *testing.T) {
	s := replica(t, "Llama-3.1-405B", "H100", Layout{TP: 8, PP: 2}, Precision{}, plain(nil), Options{})
	for name, l := range map[string]fleet.Location{
		"nothing in the way":   {GPUs: 8},
		"one rack":             located(7, 3, 3),
		"uplinks as wide":      located(1, 3, 4),
		"part of a larger one": located(7, 2, 3, 3, 4).Part(8, 16),
	} {
		if s.On(l) != s {
			t.Errorf("%s: another replica, want the same", name)
		}
	}
	apart, other := s.On(located(7, 0, 1)), s.On(located(7, 4, 9))
	if apart.Joints() != other.Joints() || apart.Joints() == s.Joints() {
		t.Errorf("two pairs of racks: %+v and %+v, in one %+v", apart.Joints(), other.Joints(), s.Joints())
	}
	if !slices.Equal(apart.Table().Comm, other.Table().Comm) {
		t.Error("tables of equal joints differ")
	}
	if apart.On(located(7, 3, 3)).Joints() != s.Joints() {
		t.Error("a replica moved back into one rack is not what it was")
	}
}

func TestADraftLiesWhereItsReplicaDoes(t *testing.T) {
	s := replica(t, "DeepSeek-V3", "H200", Layout{DP: 16}, Precision{}, instant(), Options{})
	d, err := s.MTPDraft()
	if err != nil {
		t.Fatal(err)
	}
	if s, err = s.WithDraft(d, 1, 1.8); err != nil {
		t.Fatal(err)
	}
	here, apart := s.Draft.Passes.Table(), s.On(located(4, 0, 1)).Draft.Passes.Table()
	near(t, "communication of the draft", float64(apart.Comm[160]), 4*float64(here.Comm[160]))
	if s.Draft.Passes.Joints() != s.Joints() {
		t.Error("placing a replica has moved the one it was made from")
	}
}

func TestADomainOfSeveralNodesThatIsCutLeavesItsGroupsTheNICs(t *testing.T) {
	g := mustGPU(t, "GB200")
	s, err := NewServing(lookup(t, "DeepSeek-V3"), g, 4, Layout{DP: 16}, Precision{}, instant(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	domain := func(units ...int) fleet.Location {
		return fleet.Location{GPUs: 4, Tiers: []fleet.LocatedTier{{Tier: fleet.Domain, Share: 1, Units: units}}}
	}
	if s.On(domain(2, 2, 2, 2)) != s {
		t.Error("a replica in one domain is not what it was")
	}
	// Without the domain a token goes once to the other of two units, where it meets
	// one of its 8 experts almost surely, over the NIC.
	n := 64. / 16
	want := n * 2 * (1 - math.Pow(0.5, 8)) / 2 * 7168 * (1 + 2) / (g.NICBandwidth * 0.5)
	near(t, "exchange over two domains", s.On(domain(1, 1, 2, 2)).exchange(n), want)
}

func TestWideningAReplicaNeverMakesItsStepShorter(t *testing.T) {
	gpu, model := mustGPU(t, "H200"), lookup(t, "DeepSeek-V3")
	rapid.Check(t, func(t *rapid.T) {
		const gpus = 64
		l := Layout{TP: 1 << rapid.IntRange(0, 4).Draw(t, "tp"), PP: 1 << rapid.IntRange(0, 2).Draw(t, "pp")}
		l.DP = gpus / (l.TP * l.PP)
		s, err := NewServing(model, gpu, 8, l, Precision{}, plain(nil), Options{})
		if err != nil {
			t.Skip(err)
		}
		narrow, wide := make([]int, gpus/8), make([]int, gpus/8)
		for i := 1; i < len(narrow); i++ {
			cut, more := rapid.IntRange(0, 2).Draw(t, "cut") == 0, rapid.IntRange(0, 1).Draw(t, "more") == 0
			narrow[i], wide[i] = narrow[i-1], wide[i-1]
			if cut {
				narrow[i]++
			}
			if cut || more {
				wide[i]++
			}
		}
		over := rapid.Float64Range(1, 40).Draw(t, "over")
		batch := rapid.IntRange(1, 4096).Draw(t, "batch")
		one, near, far := s.DecodeStep(batch, 100).Total(), s.On(located(over, narrow...)).DecodeStep(batch, 100).Total(), s.On(located(over, wide...)).DecodeStep(batch, 100).Total()
		if far < near || near < one {
			t.Fatalf("%v takes %v s in one rack, %v in racks %v, %v in racks %v", l, one, near, narrow, far, wide)
		}
	})
}
