package stats

import (
	"math"
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
)

func TestMomentsOfAKnownSample(t *testing.T) {
	var m Moments
	for _, x := range []float64{2, 4, 4, 4, 5, 5, 7, 9} {
		m.Add(x)
	}
	if m.Mean() != 5 || math.Abs(m.Variance()-32.0/7) > 1e-12 {
		t.Errorf("mean %v, variance %v, want 5 and 32/7", m.Mean(), m.Variance())
	}
}

func TestStudentQuantileIsTheTables(t *testing.T) {
	// t(0.975; 9) = 2.262, from the printed tables: ten values of standard
	// deviation 1.
	var m Moments
	for i := range 10 {
		m.Add(float64(i))
	}
	want := 2.262 * m.StandardError()
	if got := m.Interval(0.95); math.Abs(got/want-1) > 1e-3 {
		t.Errorf("half-width %v, want %v", got, want)
	}
}

func TestBatchMeansCoverTheMeanOfACorrelatedSequence(t *testing.T) {
	// A first-order autoregressive sequence with coefficient 0.9 has mean 0;
	// its naive standard error would be √19 too small.
	const runs = 400
	covered := 0
	for run := range uint64(runs) {
		r := event.NewStream(3, "ar1").Entity(run)
		b := NewBatchMeans(500)
		x := 0.0
		for range 10_000 {
			x = 0.9*x + r.Normal()
			b.Add(x)
		}
		if math.Abs(b.Batches().Mean()) <= b.Batches().Interval(0.95) {
			covered++
		}
	}
	if share := float64(covered) / runs; share < 0.91 || share > 0.98 {
		t.Errorf("95 %% intervals covered the mean in %.1f %% of runs", share*100)
	}
}
