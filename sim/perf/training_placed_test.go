package perf

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// located returns where workers of 8 GPUs lie that are in the given racks, whose
// uplinks are oversubscribed.
func located(over float64, racks ...int) fleet.Location {
	return fleet.Location{GPUs: 8, Tiers: []fleet.LocatedTier{{Tier: fleet.Rack, Share: 1 / over, Units: racks}}}
}

// dataParallel is a job whose gradients travel over a ring of one rank per
// node: exposed, without latency to cloud the view.
func dataParallel(t testing.TB, nodes int) *Training {
	k := DefaultCalibration()
	k.Training.NetworkLatency = 0
	m, err := NewTraining(mustModel(t, "Llama-3.1-8B"), mustGPU(t, "H100"), 8, TrainLayout{TP: 8, DP: nodes, SequenceParallel: true},
		TrainOptions{GlobalBatch: 4 * nodes, SeqLen: 4096, NoGradientOverlap: true}, k)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestARingOverUplinksOfAKthOfTheBandwidthTakesKTimesAsLong(t *testing.T) {
	m := dataParallel(t, 4)
	inside := m.Step().Comm.DP.Seconds()
	for _, over := range []float64{1, 2, 7} {
		apart := m.On(located(over, 0, 1, 2, 3)).Step()
		if got := apart.Comm.DP.Seconds(); math.Abs(got/(over*inside)-1) > 1e-6 {
			t.Errorf("oversubscribed %g times: gradients take %g s, want %g × %g s", over, got, over, inside)
		}
		if got, want := apart.Total-apart.Comm.DP, m.Step().Total-m.Step().Comm.DP; got != want {
			t.Errorf("the rest of the step takes %v, want %v as before", got, want)
		}
	}
	// Two of the ring's ranks in each rack have two GPUs' share of its uplinks.
	if got := m.On(located(7, 0, 0, 1, 1)).Step().Comm.DP.Seconds(); math.Abs(got/(3.5*inside)-1) > 1e-6 {
		t.Errorf("two ranks to a rack: gradients take %g s, want 3.5 × %g s", got, inside)
	}
	// The rack with the fewest sets the pace.
	if got, want := m.On(located(7, 0, 0, 0, 1)).Step(), m.On(located(7, 0, 1, 2, 3)).Step(); got != want {
		t.Errorf("three ranks and one: %+v, want %+v as for one to a rack", got, want)
	}
}

func TestAJobInsideOneUnitStepsAsBefore(t *testing.T) {
	m := dataParallel(t, 4)
	for name, l := range map[string]fleet.Location{
		"nothing in the way": {GPUs: 8},
		"one rack":           located(7, 3, 3, 3, 3),
	} {
		if got := m.On(l).Step(); got != m.Step() {
			t.Errorf("%s: %+v, want %+v", name, got, m.Step())
		}
	}
}

func TestOnlyTheGroupsThatAreCutPay(t *testing.T) {
	// [TP 8, PP 2, DP 2] on four nodes: neighbours of the pipeline are nodes 0 and
	// 1, 2 and 3; data-parallel ranks nodes 0 and 2, 1 and 3.
	m, err := NewTraining(mustModel(t, "Llama-3.1-8B"), mustGPU(t, "H100"), 8, TrainLayout{TP: 8, PP: 2, DP: 2, SequenceParallel: true},
		TrainOptions{GlobalBatch: 32, SeqLen: 4096, NoGradientOverlap: true}, DefaultCalibration())
	if err != nil {
		t.Fatal(err)
	}
	here, pairs, across := m.Step().Comm, m.On(located(4, 0, 0, 1, 1)).Step().Comm, m.On(located(4, 0, 1, 1, 2)).Step().Comm
	if pairs.PP != here.PP || pairs.DP <= here.DP || pairs.TP != here.TP {
		t.Errorf("stages together: %+v, want only DP above %+v", pairs, here)
	}
	if across.PP <= here.PP || across.DP != pairs.DP {
		t.Errorf("stages apart: %+v, want PP above %v and DP %v", across, here.PP, pairs.DP)
	}
}

func TestExpertsPayForTheShareThatLeavesTheRack(t *testing.T) {
	k := DefaultCalibration()
	k.Training.NetworkLatency = 0
	m, err := NewTraining(mustModel(t, "Mixtral-8x7B"), mustGPU(t, "H100"), 8, TrainLayout{TP: 4, EP: 8, DP: 8, SequenceParallel: true},
		TrainOptions{GlobalBatch: 64, SeqLen: 4096}, k)
	if err != nil {
		t.Fatal(err)
	}
	// Groups of 8 ranks, 2 to a node. Of a rank's bytes 7/8 leave the GPU; 4/8 leave
	// a rack of two nodes, over a fourth of the bandwidth.
	here, apart := m.Step().Comm.EP.Seconds(), m.On(located(4, 0, 0, 1, 1)).Step().Comm.EP.Seconds()
	if want := here * 4 * (4. / 8) / (7. / 8); math.Abs(apart/want-1) > 1e-6 {
		t.Errorf("experts take %g s, want %g s; %g s in one rack", apart, want, here)
	}
}

func TestAScaleUpDomainOfSeveralNodesCarriesWhatLiesInside(t *testing.T) {
	m := dataParallel(t, 4)
	domain := func(units ...int) fleet.Location {
		return fleet.Location{GPUs: 8, Tiers: []fleet.LocatedTier{{Tier: fleet.Domain, Share: 1, Units: units}}}
	}
	apart, pairs, whole := m.Step().Comm.DP, m.On(domain(0, 0, 1, 1)).Step().Comm.DP, m.On(domain(0, 0, 0, 0)).Step().Comm.DP
	if !(whole < pairs && pairs < apart) {
		t.Errorf("gradients take %v in one domain, %v in two, %v in four, want ever longer", whole, pairs, apart)
	}
	if got := m.On(domain(0, 1, 2, 3)).Step().Comm.DP; got != apart {
		t.Errorf("a domain per node: %v, want %v", got, apart)
	}
}

func TestWideningAPlacementNeverMakesTheStepShorter(t *testing.T) {
	gpu, model := mustGPU(t, "H100"), mustModel(t, "Mixtral-8x7B")
	rapid.Check(t, func(t *rapid.T) {
		l := TrainLayout{
			TP: 1 << rapid.IntRange(0, 4).Draw(t, "tp"), CP: 1 << rapid.IntRange(0, 1).Draw(t, "cp"),
			PP: 1 << rapid.IntRange(0, 2).Draw(t, "pp"), ZeRO: rapid.IntRange(0, 3).Draw(t, "zero"), SequenceParallel: true,
		}
		const gpus = 128
		l.DP = gpus / (l.TP * l.CP * l.PP)
		l.EP = 1 << rapid.IntRange(0, 3).Draw(t, "ep")
		m, err := NewTraining(model, gpu, 8, l, TrainOptions{GlobalBatch: 256, SeqLen: 4096}, DefaultCalibration())
		if err != nil {
			t.Skip(err)
		}
		// A wider placement cuts the units of a narrower one, in every tier.
		cut := rapid.SliceOfN(rapid.IntRange(0, 3), gpus/8, gpus/8).Draw(t, "cut")
		more := rapid.SliceOfN(rapid.IntRange(0, 2), gpus/8, gpus/8).Draw(t, "more")
		narrow, wide := make([]int, gpus/8), make([]int, gpus/8)
		for i := 1; i < gpus/8; i++ {
			narrow[i], wide[i] = narrow[i-1], wide[i-1]
			if cut[i] == 0 {
				narrow[i]++
			}
			if cut[i] == 0 || more[i] == 0 {
				wide[i]++
			}
		}
		tier := rapid.SampledFrom([]fleet.Tier{fleet.Domain, fleet.Rack, fleet.Pod}).Draw(t, "tier")
		share := 1.0
		if tier != fleet.Domain {
			share = 1 / rapid.Float64Range(1, 16).Draw(t, "over")
		}
		at := func(units []int) fleet.Location {
			return fleet.Location{GPUs: 8, Tiers: []fleet.LocatedTier{{Tier: tier, Share: share, Units: units}}}
		}
		near, far := m.On(at(narrow)).Step(), m.On(at(wide)).Step()
		if far.Total < near.Total {
			t.Fatalf("%v in units %v takes %v, less than %v in %v", l, wide, far.Total, near.Total, narrow)
		}
		if tier != fleet.Domain && near.Total < m.Step().Total {
			t.Fatalf("%v in units %v takes %v, less than %v in one", l, narrow, near.Total, m.Step().Total)
		}
	})
}
