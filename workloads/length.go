package workloads

import (
	"fmt"
	"math"
	"sort"

	"github.com/jevons-sim/jevons/internal/fmath"
	"github.com/jevons-sim/jevons/internal/variate"
	"github.com/jevons-sim/jevons/sim/event"
)

// Length is a distribution of positive numbers: tokens, or seconds.
type Length interface {
	Sample(r *event.Rand) float64
	Mean() float64 // before bounds are applied
	String() string
}

// Constant is always the same.
type Constant float64

// Sample implements Length.
func (c Constant) Sample(*event.Rand) float64 { return float64(c) }

// Mean implements Length.
func (c Constant) Mean() float64 { return float64(c) }

// String returns the value.
func (c Constant) String() string { return fmt.Sprintf("%g", float64(c)) }

// Lognormal is the usual shape of prompt and output lengths.
type Lognormal struct{ mu, sigma float64 }

// NewLognormal returns the distribution of a mean and a coefficient of
// variation.
func NewLognormal(mean, cv float64) (Lognormal, error) {
	if !(mean > 0) || !(cv >= 0) {
		return Lognormal{}, fmt.Errorf("lognormal of mean %v and cv %v: want a mean above 0 and a cv of at least 0", mean, cv)
	}
	mu, sigma := variate.LognormalOf(mean, cv)
	return Lognormal{mu, sigma}, nil
}

// NewLognormalQuantiles returns the distribution of a median and a 99th
// percentile.
func NewLognormalQuantiles(p50, p99 float64) (Lognormal, error) {
	if !(p50 > 0) || !(p99 >= p50) {
		return Lognormal{}, fmt.Errorf("lognormal of p50 %v and p99 %v: want 0 < p50 ≤ p99", p50, p99)
	}
	const z99 = 2.3263478740408408
	return Lognormal{fmath.Log(p50), fmath.Log(p99/p50) / z99}, nil
}

// Sample implements Length.
func (l Lognormal) Sample(r *event.Rand) float64 { return variate.Lognormal(r, l.mu, l.sigma) }

// Mean implements Length.
func (l Lognormal) Mean() float64 { return fmath.Exp(l.mu + float64(l.sigma*l.sigma)/2) }

// String returns the distribution by its median and sigma.
func (l Lognormal) String() string {
	return fmt.Sprintf("lognormal, median %.4g, sigma %.3g", fmath.Exp(l.mu), l.sigma)
}

// Exponential has the given mean.
type Exponential float64

// Sample implements Length.
func (e Exponential) Sample(r *event.Rand) float64 { return float64(e) * r.Exp() }

// Mean implements Length.
func (e Exponential) Mean() float64 { return float64(e) }

// String returns the distribution.
func (e Exponential) String() string { return fmt.Sprintf("exponential, mean %g", float64(e)) }

// GammaLength is gamma distributed.
type GammaLength struct{ shape, scale float64 }

// NewGammaLength returns the distribution of a mean and a coefficient of
// variation.
func NewGammaLength(mean, cv float64) (GammaLength, error) {
	if !(mean > 0) || !(cv > 0) {
		return GammaLength{}, fmt.Errorf("gamma of mean %v and cv %v: both must be above 0", mean, cv)
	}
	shape := 1 / float64(cv*cv)
	return GammaLength{shape, mean / shape}, nil
}

// Sample implements Length.
func (g GammaLength) Sample(r *event.Rand) float64 { return variate.Gamma(r, g.shape, g.scale) }

// Mean implements Length.
func (g GammaLength) Mean() float64 { return g.shape * g.scale }

// String returns the distribution.
func (g GammaLength) String() string {
	return fmt.Sprintf("gamma, mean %g, CV %.3g", g.Mean(), 1/math.Sqrt(g.shape))
}

// Uniform lies between two bounds.
type Uniform struct{ Min, Max float64 }

// Sample implements Length.
func (u Uniform) Sample(r *event.Rand) float64 { return u.Min + float64((u.Max-u.Min)*r.Float64()) }

// Mean implements Length.
func (u Uniform) Mean() float64 { return (u.Min + u.Max) / 2 }

// String returns the bounds.
func (u Uniform) String() string { return fmt.Sprintf("uniform, %g to %g", u.Min, u.Max) }

// Histogram draws one of a list of values, by weight.
type Histogram struct {
	values     []float64
	cumulative []float64 // ends at the sum of weights
	mean       float64
}

// NewHistogram returns the distribution. Weights nil means all equal.
func NewHistogram(values, weights []float64) (*Histogram, error) {
	if len(values) == 0 || (weights != nil && len(weights) != len(values)) {
		return nil, fmt.Errorf("histogram of %d values and %d weights: want as many, at least one", len(values), len(weights))
	}
	h := &Histogram{values: values}
	sum := 0.0
	for i, v := range values {
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		if !(w >= 0) || !(v >= 0) {
			return nil, fmt.Errorf("histogram: value %v with weight %v: neither may be negative", v, w)
		}
		sum += w
		h.mean += float64(w * v)
		h.cumulative = append(h.cumulative, sum)
	}
	if sum == 0 {
		return nil, fmt.Errorf("histogram: all weights are 0")
	}
	h.mean /= sum
	return h, nil
}

// Sample implements Length.
func (h *Histogram) Sample(r *event.Rand) float64 {
	x := r.Float64() * h.cumulative[len(h.cumulative)-1]
	return h.values[sort.SearchFloat64s(h.cumulative, x)]
}

// Mean implements Length.
func (h *Histogram) Mean() float64 { return h.mean }

// String returns the number of values and the mean.
func (h *Histogram) String() string {
	return fmt.Sprintf("histogram of %d values, mean %.4g", len(h.values), h.mean)
}

// Bounded moves draws of a distribution into bounds.
type Bounded struct {
	Length
	Min, Max float64 // Max 0 = none
}

// Sample implements Length.
func (b Bounded) Sample(r *event.Rand) float64 {
	v := max(b.Length.Sample(r), b.Min)
	if b.Max > 0 {
		v = min(v, b.Max)
	}
	return v
}

// tokens draws a whole number of tokens, at least atLeast.
func tokens(l Length, r *event.Rand, atLeast int32) int32 {
	v := math.Round(l.Sample(r))
	return max(atLeast, int32(min(v, math.MaxInt32/4)))
}
