package stats

import (
	"math"
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
)

// mm1 returns the times in system of the first customers of an M/M/1 queue that
// starts empty, in service times, by Lindley's recursion.
func mm1(rho float64, customers int, experiment uint64) []float64 {
	r := event.NewStream(11, "mm1").Entity(experiment)
	out := make([]float64, customers)
	wait := 0.0
	for i := range out {
		service := r.Exp()
		out[i] = wait + service
		wait = math.Max(0, wait+service-r.Exp()/rho)
	}
	return out
}

// Each design is asked for 1,000 95 % intervals of a known mean. The share that
// covers it has a standard error of 0.7 percentage points.
func TestIntervalsCoverTheMeanOfMM1(t *testing.T) {
	const experiments, rho = 1000, 0.8
	const truth = 1 / (1 - rho) // M/M/1: mean time in system
	for name, interval := range map[string]func(i uint64) Interval{
		"one run: MSER-5 and batch means": func(i uint64) Interval {
			s, _ := SteadyState(mm1(rho, 100_000, i), 0.95)
			return s.Interval
		},
		"ten replications, first fifth left out": func(i uint64) Interval {
			var means []float64
			for rep := range uint64(10) {
				xs := mm1(rho, 12_500, i*1000+rep)
				means = append(means, MeanInterval(xs[2500:], 0.95).Mean)
			}
			return MeanInterval(means, 0.95)
		},
		"sequential stopping at 5 %": func(i uint64) Interval {
			p := Precision{Relative: 0.05, Level: 0.95}
			var means []float64
			for rep := uint64(0); !p.Met(means); rep++ {
				xs := mm1(rho, 12_500, i*1000+rep)
				means = append(means, MeanInterval(xs[2500:], 0.95).Mean)
			}
			return MeanInterval(means, 0.95)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			covered, width := 0, 0.0
			for i := range uint64(experiments) {
				x := interval(i)
				width += x.Half() / experiments
				if !x.Excludes(truth) {
					covered++
				}
			}
			t.Logf("%.1f %% of intervals cover %v; mean half-width %.3f", float64(covered)*100/experiments, truth, width)
			if covered < 930 || covered > 970 {
				t.Errorf("%d of %d intervals cover the mean, want 930 to 970", covered, experiments)
			}
		})
	}
}
