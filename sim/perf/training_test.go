package perf

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
)

func mustGPU(tb testing.TB, name string) fleet.GPU {
	tb.Helper()
	g, err := fleet.LookupGPU(name)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

func mustModel(tb testing.TB, name string) Model {
	tb.Helper()
	m, err := LookupModel(name)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// gpt3 is the 175B shape of Korthikanti et al.
var gpt3 = Model{
	Name: "GPT-3", Layers: 96, DenseLayers: 96, Hidden: 12288, Heads: 96, KVHeads: 96, HeadDim: 128,
	Attention: MHA, FFN: 49152, FFNMatrices: 2, Vocab: 51200, TiedEmbeddings: true,
}

func TestModelFLOPsAreTheClosedFormOfKorthikanti(t *testing.T) {
	m, err := NewTraining(gpt3, mustGPU(t, "A100"), 8,
		TrainLayout{TP: 8, PP: 8, VPP: 3, Recompute: RecomputeSelective, SequenceParallel: true},
		TrainOptions{GlobalBatch: 64, SeqLen: 2048, Attention: UnfusedAttention}, DefaultCalibration())
	if err != nil {
		t.Fatal(err)
	}
	const b, s, l, h, v = 64, 2048, 96, 12288, 51200
	want := 72 * b * s * l * h * float64(h) * (1 + s/(6.0*h) + v/(12.0*l*h))
	if got := m.FLOPsPerStep(); math.Abs(got/want-1) > 1e-12 {
		t.Errorf("model FLOPs %g, want %g", got, want)
	}
	// Selective recomputation costs 1 + s/6h in the paper's count.
	ratio := m.HFU() / m.MFU()
	if want := 1 + s/(6.0*h); math.Abs(ratio-want) > 0.002 {
		t.Errorf("HFU/MFU %.4f, want %.4f", ratio, want)
	}
	if got, want := m.CheckpointBytes(), int64(14*175e9); math.Abs(float64(got)/float64(want)-1) > 0.01 {
		t.Errorf("checkpoint of %d bytes, want about %d", got, want)
	}
}

func anyTraining(t *rapid.T) (*Training, error) {
	powers := func(name string, most int) int { return 1 << rapid.IntRange(0, most).Draw(t, name) }
	model := rapid.SampledFrom([]string{"Llama-3.1-8B", "Llama-3.1-70B", "Mixtral-8x7B", "DeepSeek-V3"}).Draw(t, "model")
	m, err := LookupModel(model)
	if err != nil {
		return nil, err
	}
	g, err := fleet.LookupGPU(rapid.SampledFrom([]string{"A100", "H100", "B200"}).Draw(t, "gpu"))
	if err != nil {
		return nil, err
	}
	l := TrainLayout{
		TP: powers("tp", 3), CP: powers("cp", 2), PP: powers("pp", 4), VPP: powers("vpp", 1), DP: powers("dp", 6), EP: powers("ep", 6),
		MicroBatch: powers("micro-batch", 2), ZeRO: rapid.IntRange(0, 3).Draw(t, "zero"),
		Recompute:        Recompute(rapid.IntRange(0, 2).Draw(t, "recompute")),
		SequenceParallel: rapid.Bool().Draw(t, "sp"),
		Schedule:         Schedule(rapid.IntRange(0, 2).Draw(t, "schedule")),
	}
	return NewTraining(m, g, 8, l, TrainOptions{
		GlobalBatch: 1024, SeqLen: 4096,
		Attention:         Attention(rapid.IntRange(0, 2).Draw(t, "attention")),
		OverlapTP:         rapid.Float64Range(0, 1).Draw(t, "overlap tp"),
		GatherContext:     rapid.Bool().Draw(t, "gather context"),
		NoGradientOverlap: rapid.Bool().Draw(t, "no overlap"), OverlapExperts: rapid.Bool().Draw(t, "overlap experts"),
	}, DefaultCalibration())
}

func TestAStepIsTheSumOfItsParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, err := anyTraining(t)
		if err != nil {
			t.SkipNow()
		}
		s := m.Step()
		if got := s.Compute + s.Optimizer + s.Bubble + s.Comm.Total(); got != s.Total {
			t.Fatalf("parts %v, total %v", got, s.Total)
		}
		c := s.Comm
		if min(s.Compute, s.Optimizer, s.Bubble, c.TP, c.CP, c.EP, c.PP, c.DP) < 0 {
			t.Fatalf("negative part: %+v", s)
		}
		if mfu, hfu := m.MFU(), m.HFU(); !(mfu > 0 && mfu <= hfu && hfu < 1) {
			t.Fatalf("MFU %v, HFU %v", mfu, hfu)
		}
		if m.StepOf(m.TokensPerStep()) != s {
			t.Fatalf("a step over the global batch's tokens is %+v, not %+v", m.StepOf(m.TokensPerStep()), s)
		}
		if f := m.ForwardTime(m.TokensPerStep()); f <= 0 || f >= s.Total {
			t.Fatalf("forward pass %v of a step of %v", f, s.Total)
		}
	})
}

func TestImpossibleTrainingSaysWhy(t *testing.T) {
	o := TrainOptions{GlobalBatch: 64, SeqLen: 2048}
	for _, c := range []struct {
		name string
		l    TrainLayout
		o    TrainOptions
		want string
	}{
		{"heads", TrainLayout{TP: 5}, o, "tp 5 does not divide the 96 attention heads"},
		{"stages", TrainLayout{TP: 8, PP: 97}, o, "pp 97 exceeds the 96 layers"},
		{"chunks", TrainLayout{TP: 8, PP: 32, VPP: 4}, o, "pp 32 × vpp 4 exceeds the 96 layers"},
		{"batch", TrainLayout{TP: 8, PP: 8, DP: 3}, o, "global batch 64 is not a multiple of dp 3 × micro-batch 1"},
		{"experts", TrainLayout{TP: 8, PP: 8, DP: 2, EP: 2}, o, "ep 2 needs a mixture-of-experts model"},
		{"negative", TrainLayout{TP: -1}, o, "tp is -1, must be at least 1"},
		{"zero stage", TrainLayout{TP: 8, ZeRO: 4}, o, "ZeRO stage is 4, must be 0, 1, 2 or 3"},
		{"no batch", TrainLayout{TP: 8}, TrainOptions{SeqLen: 2048}, "global batch is 0, must be at least 1"},
		{"memory", TrainLayout{TP: 8}, o, "training GPT-3 needs 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := NewTraining(gpt3, mustGPU(t, "A100"), 8, c.l, c.o, DefaultCalibration())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestDefaultLayoutIsTheSmallestThatFits(t *testing.T) {
	for _, c := range []struct {
		model string
		gpu   string
		gpus  int
		seq   int
	}{
		{"Llama-3.1-8B", "H100", 64, 8192},
		{"Llama-3.1-70B", "H100", 512, 8192},
		{"Llama-3.1-405B", "H100", 16384, 8192},
		{"DeepSeek-V3", "H800", 2048, 4096},
	} {
		t.Run(c.model, func(t *testing.T) {
			m, g := mustModel(t, c.model), mustGPU(t, c.gpu)
			o := TrainOptions{GlobalBatch: c.gpus, SeqLen: c.seq}
			l, err := DefaultTrainLayout(m, g, 8, c.gpus, o, DefaultCalibration())
			if err != nil {
				t.Fatal(err)
			}
			tr, err := NewTraining(m, g, 8, l, o, DefaultCalibration())
			if err != nil {
				t.Fatalf("%+v: %v", l, err)
			}
			t.Logf("%+v: %v, MFU %.2f", l, tr.Step().Total, tr.MFU())
			if l.GPUs() != c.gpus {
				t.Errorf("layout %+v takes %d GPUs, want %d", l, l.GPUs(), c.gpus)
			}
			for _, smaller := range layoutsOf(m, 8, c.gpus) {
				if smaller.Recompute = l.Recompute; smaller.TP*smaller.PP < l.TP*l.PP {
					if _, err := NewTraining(m, g, 8, smaller, o, DefaultCalibration()); err == nil {
						t.Errorf("chose %+v, but %+v fits", l, smaller)
					}
				}
			}
		})
	}
	_, err := DefaultTrainLayout(mustModel(t, "Llama-3.1-405B"), mustGPU(t, "H100"), 8, 16, TrainOptions{GlobalBatch: 16, SeqLen: 8192}, DefaultCalibration())
	var fit *TrainFitError
	if !errors.As(err, &fit) || !strings.Contains(err.Error(), "no layout of 16 H100-SXM fits") {
		t.Errorf("405B on 16 GPUs: %v", err)
	}
}

var sinkTime event.Time

func BenchmarkNewTraining(b *testing.B) {
	g, c := mustGPU(b, "A100"), DefaultCalibration()
	l := TrainLayout{TP: 8, PP: 8, VPP: 3, Recompute: RecomputeSelective, SequenceParallel: true}
	o := TrainOptions{GlobalBatch: 64, SeqLen: 2048}
	b.ReportAllocs()
	for b.Loop() {
		m, err := NewTraining(gpt3, g, 8, l, o, c)
		if err != nil {
			b.Fatal(err)
		}
		sinkTime += m.Step().Total
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "evaluations/s")
}

func BenchmarkDefaultTrainLayout(b *testing.B) {
	m, g, c := mustModel(b, "Llama-3.1-405B"), mustGPU(b, "H100"), DefaultCalibration()
	o := TrainOptions{GlobalBatch: 16384, SeqLen: 8192}
	for b.Loop() {
		if _, err := DefaultTrainLayout(m, g, 8, 16384, o, c); err != nil {
			b.Fatal(err)
		}
	}
}
