package perf

import (
	"errors"
	"strings"
	"testing"
)

// everyLayout calls f with all layouts of gpus, sensible or not, that the search
// could choose among, and ZeRO 0.
func everyLayout(gpus, batch, layers int, f func(TrainLayout)) {
	divisors := func(n, most int, f func(int)) {
		for d := 1; d <= min(n, most); d++ {
			if n%d == 0 {
				f(d)
			}
		}
	}
	l := TrainLayout{SequenceParallel: true}
	divisors(gpus, 8, func(tp int) {
		divisors(gpus/tp, 4, func(cp int) {
			divisors(gpus/tp/cp, layers, func(pp int) {
				l.TP, l.CP, l.PP, l.DP = tp, cp, pp, gpus/tp/cp/pp
				for l.EP = 1; l.EP <= 8; l.EP *= 2 {
					for l.MicroBatch = 1; l.MicroBatch <= batch; l.MicroBatch *= 2 {
						for l.VPP = 1; l.VPP*pp <= layers; l.VPP++ {
							for l.ZeRO = 0; l.ZeRO <= 3; l.ZeRO++ {
								for l.Recompute = RecomputeNone; l.Recompute <= RecomputeFull; l.Recompute++ {
									f(l)
								}
							}
						}
					}
				}
			})
		})
	})
}

func TestSearchFindsTheFastestOfAllLayouts(t *testing.T) {
	for _, c := range []struct {
		model, gpu string
		gpus       int
	}{{"Llama-3.1-8B", "A100", 8}, {"Llama-3.1-70B", "H200", 24}, {"Mixtral-8x7B", "H100", 16}} {
		m, g := mustModel(t, c.model), mustGPU(t, c.gpu)
		o := TrainOptions{GlobalBatch: 48, SeqLen: 4096}
		found, err := SearchTraining(m, g, 8, c.gpus, o, TrainSearch{}, DefaultCalibration())
		if err != nil {
			t.Fatal(err)
		}
		fitting := 0
		everyLayout(c.gpus, o.GlobalBatch, m.Layers, func(l TrainLayout) {
			if micro := o.GlobalBatch / (l.DP * l.MicroBatch); l.VPP > 1 && (m.Layers%(l.PP*l.VPP) != 0 || micro < l.PP) {
				return // chunks of unequal depth, or too few micro-batches to interleave
			}
			other, err := NewTraining(m, g, 8, l, o, DefaultCalibration())
			if err != nil {
				return
			}
			if l.ZeRO > 0 && l.CP <= 4 {
				fitting++
			}
			if other.Step().Total < found.Best.Step().Total {
				t.Fatalf("%s: %s takes %v, the searched %s %v", c.model, l, other.Step().Total, found.Best.Layout(), found.Best.Step().Total)
			}
		})
		t.Logf("%s: %s, %v; %d layouts fit", c.model, found.Best.Layout(), found.Best.Step().Total, fitting)
		if found.Fitting < fitting {
			t.Errorf("%s: %d layouts fit, the search timed %d", c.model, fitting, found.Fitting)
		}
	}
}

func TestShardingMoreNeverTakesMoreMemory(t *testing.T) {
	m := mustModel(t, "Mixtral-8x7B")
	base := Training{options: TrainOptions{GlobalBatch: 16, SeqLen: 4096}, shape: newTrainShape(&m)}
	everyLayout(16, 16, m.Layers/3, func(l TrainLayout) { // at least three layers a rank, of which ZeRO 3 gathers two
		if l.ZeRO == 3 || l.CP*l.DP%l.EP != 0 || 16%(l.DP*l.MicroBatch) != 0 {
			return
		}
		less, more := base, base
		less.layout, more.layout = l, l
		more.layout.ZeRO++
		if a, b := more.memoryPerGPU().Total(), less.memoryPerGPU().Total(); a > b {
			t.Fatalf("%s takes %g bytes, a ZeRO stage more %g", l, b, a)
		}
	})
}

func TestSearchKeepsWhatIsFixed(t *testing.T) {
	o := TrainOptions{GlobalBatch: 2048, SeqLen: 8192}
	s := TrainSearch{
		TP: []int{8}, CP: []int{1}, PP: []int{16}, DP: []int{64}, VPP: []int{4}, MicroBatch: []int{2}, ZeRO: []int{2},
		Recompute: []Recompute{RecomputeFull},
	}
	found, err := SearchTraining(mustModel(t, "Llama-3.1-405B"), mustGPU(t, "H100"), 8, 8192, o, s, DefaultCalibration())
	if err != nil {
		t.Fatal(err)
	}
	want := TrainLayout{TP: 8, CP: 1, PP: 16, DP: 64, EP: 1, VPP: 4, MicroBatch: 2, ZeRO: 2, Recompute: RecomputeFull, SequenceParallel: true}
	if got := found.Best.Layout(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := found.Best.Layout().String(); got != "TP 8, PP 16, DP 64, VPP 4, micro-batch 2, ZeRO 2, recompute full, 1f1b" {
		t.Errorf("prints as %q", got)
	}
	s.Schedule, s.VPP = []Schedule{ZeroBubble}, nil
	if found, err = SearchTraining(mustModel(t, "Llama-3.1-405B"), mustGPU(t, "H100"), 8, 8192, o, s, DefaultCalibration()); err != nil || found.Best.Layout().Schedule != ZeroBubble {
		t.Errorf("asked for zero-bubble: %v, %v", found, err)
	}
}

func TestSearchWithoutAnAnswerSaysWhy(t *testing.T) {
	m, g := mustModel(t, "Llama-3.1-405B"), mustGPU(t, "H100")
	o := TrainOptions{GlobalBatch: 16, SeqLen: 8192}
	search := func(gpus int, o TrainOptions) error {
		_, err := SearchTraining(m, g, 8, gpus, o, TrainSearch{}, DefaultCalibration())
		return err
	}
	var fit *TrainFitError
	if err := search(8, o); !errors.As(err, &fit) || !strings.Contains(err.Error(), "layouts of 8 H100-SXM fits; the closest") {
		t.Errorf("8 GPUs: %v", err)
	}
	for _, c := range []struct {
		gpus int
		o    TrainOptions
		want string
	}{
		{0, o, "0 GPUs, must be at least 1"},
		{8, TrainOptions{SeqLen: 8192}, "global batch is 0, must be at least 1"},
		{8, TrainOptions{GlobalBatch: 8}, "sequence length is 0, must be at least 1"},
		{1009, o, "no layout of 1009 GPUs divides"},
	} {
		if err := search(c.gpus, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d GPUs, %+v: %v, want %q", c.gpus, c.o, err, c.want)
		}
	}
}

func BenchmarkSearchTraining(b *testing.B) {
	for _, name := range []string{"Llama-3.1-405B", "DeepSeek-V3"} {
		b.Run(name, func(b *testing.B) {
			m, g, c := mustModel(b, name), mustGPU(b, "H100"), DefaultCalibration()
			o := TrainOptions{GlobalBatch: 16384, SeqLen: 8192}
			layouts := 0
			for b.Loop() {
				found, err := SearchTraining(m, g, 8, 16384, o, TrainSearch{}, c)
				if err != nil {
					b.Fatal(err)
				}
				layouts = found.Tried
			}
			b.ReportMetric(float64(layouts), "layouts")
		})
	}
}
