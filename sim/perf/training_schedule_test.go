package perf

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// scheduled returns Llama 70B on 128 GPUs in eight stages under a schedule.
func scheduled(t *testing.T, l TrainLayout) *Training {
	t.Helper()
	l.TP, l.PP, l.DP, l.ZeRO, l.SequenceParallel, l.Recompute = 4, 8, 4, 1, true, RecomputeFull
	m, err := NewTraining(mustModel(t, "Llama-3.1-70B"), mustGPU(t, "H100"), 8, l, TrainOptions{GlobalBatch: 64, SeqLen: 4096}, DefaultCalibration())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestBubblesAreThoseOfThePublishedSchedules(t *testing.T) {
	const p = 8
	plain := scheduled(t, TrainLayout{})
	f := plain.slowest.forward.sum() + plain.transfer
	b := plain.slowest.backward.sum() + plain.transfer
	w := plain.slowest.weights
	for _, c := range []struct {
		name string
		l    TrainLayout
		want float64 // rounds of F + B
	}{
		{"1F1B", TrainLayout{}, p - 1},
		{"interleaved", TrainLayout{VPP: 5}, (p - 1) / 5.},
		{"ZB-H1", TrainLayout{Schedule: ZeroBubble}, (p - 1) * (f + b - 2*w) / (f + b)},
	} {
		if got := scheduled(t, c.l).FillRounds(); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v rounds, want %v", c.name, got, c.want)
		}
	}
	// DualPipe hides transfers, so its rounds have their own F and B.
	dual := scheduled(t, TrainLayout{Schedule: DualPipe})
	f, b, w = dual.slowest.forward.sum(), dual.slowest.backward.sum(), dual.slowest.weights
	if got, want := dual.FillRounds(), (p/2-1)*(f+2*b-3*w)/(f+b); math.Abs(got-want) > 1e-9 {
		t.Errorf("DualPipe: %v rounds, want %v", got, want)
	}
	for _, pair := range [][2]*Training{
		{scheduled(t, TrainLayout{Schedule: ZeroBubble}), plain},
		{dual, scheduled(t, TrainLayout{Schedule: ZeroBubble})},
	} {
		if a, b := pair[0].Step().Bubble, pair[1].Step().Bubble; a >= b {
			t.Errorf("%s waits %v, %s %v", pair[0].layout.Schedule, a, pair[1].layout.Schedule, b)
		}
	}
	if dual.Memory().Weights != 2*plain.Memory().Weights || dual.Memory().Optimizer != plain.Memory().Optimizer {
		t.Errorf("DualPipe holds %+v, 1F1B %+v: want twice the weights and the same optimizer states", dual.Memory(), plain.Memory())
	}
}

func TestImpossibleSchedulesSayWhy(t *testing.T) {
	for _, c := range []struct {
		l    TrainLayout
		want string
	}{
		{TrainLayout{PP: 8, VPP: 2, Schedule: ZeroBubble}, "vpp 2 needs the 1f1b schedule, not zero-bubble"},
		{TrainLayout{Schedule: ZeroBubble}, "schedule zero-bubble needs pp of at least 2"},
		{TrainLayout{PP: 3, Schedule: DualPipe}, "schedule dualpipe needs an even pp, not 3"},
		{TrainLayout{PP: 8, DP: 8, Schedule: DualPipe}, "at least 16 micro-batches per pipeline (2 × pp), not 8"},
	} {
		c.l.TP = 8
		_, err := NewTraining(gpt3, mustGPU(t, "A100"), 8, c.l, TrainOptions{GlobalBatch: 64, SeqLen: 2048}, DefaultCalibration())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want %q", c.l, err, c.want)
		}
	}
	if _, err := ParseSchedule("dualpip"); err == nil || !strings.Contains(err.Error(), "Did you mean dualpipe?") {
		t.Errorf("dualpip: %v", err)
	}
}

func TestPartsOfComputeAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, err := anyTraining(t)
		if err != nil {
			t.SkipNow()
		}
		p := m.Parts()
		sum, want := p.Matmul+p.Attention+p.Elementwise+p.Launch+p.Recompute, m.Step().Compute.Seconds()
		if math.Abs(sum-want) > 1e-6*want+1e-8 || min(p.Matmul, p.Attention, p.Elementwise, p.Launch) < 0 || p.Recompute < -1e-12 {
			t.Fatalf("parts %+v add up to %v, compute is %v", p, sum, want)
		}
		if got := float64(m.MicroBatches())*m.SlowestStage() + m.FillRounds()*m.SlowestStage() + (m.Step().Comm.DP + m.Step().Optimizer).Seconds(); math.Abs(got-m.Step().Total.Seconds()) > 1e-6*got+1e-8 {
			t.Fatalf("by hand %v, step %v", got, m.Step().Total)
		}
	})
}
