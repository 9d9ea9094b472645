package variate

import (
	"math"
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
)

func TestMomentsAreAsAsked(t *testing.T) {
	const n = 100_000
	bursty, regular := WeibullShape(1.5), WeibullShape(0.3)
	for _, c := range []struct {
		name     string
		draw     func(*event.Rand) float64
		mean, cv float64
	}{
		{"gamma of shape 4", func(r *event.Rand) float64 { return Gamma(r, 4, 0.5) }, 2, 0.5},
		{"gamma of shape 1/4", func(r *event.Rand) float64 { return Gamma(r, 0.25, 8) }, 2, 2},
		{"weibull of CV 1.5", func(r *event.Rand) float64 { return Weibull(r, bursty, 1) }, 0, 1.5},
		{"weibull of CV 0.3", func(r *event.Rand) float64 { return Weibull(r, regular, 1) }, 0, 0.3},
		{"lognormal", func(r *event.Rand) float64 { mu, s := LognormalOf(100, 0.8); return Lognormal(r, mu, s) }, 100, 0.8},
	} {
		r := event.NewStream(7, c.name).Entity(0)
		sum, squares := 0.0, 0.0
		for range n {
			x := c.draw(&r)
			sum += x
			squares += x * x
		}
		mean := sum / n
		cv := math.Sqrt(squares/n-mean*mean) / mean
		if c.mean > 0 && math.Abs(mean/c.mean-1) > 0.02 {
			t.Errorf("%s: mean %v, want %v", c.name, mean, c.mean)
		}
		if math.Abs(cv/c.cv-1) > 0.03 {
			t.Errorf("%s: CV %v, want %v", c.name, cv, c.cv)
		}
	}
}
