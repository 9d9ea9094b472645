package rl

import (
	"fmt"
	"math"

	"github.com/jevons-sim/jevons/internal/fmath"
	"github.com/jevons-sim/jevons/sim/event"
)

// Length is a distribution of token counts: lognormal, or constant when Sigma
// is 0, rounded to whole tokens from 1 to Max.
type Length struct {
	Mean  float64 // tokens, before the cap
	Sigma float64 // standard deviation of the logarithm
	// Correlation is the share of Sigma² that a prompt's samples have in
	// common, 0 to 1: samples of one prompt resemble each other.
	Correlation float64
	Max         int32 // cap
	// Final is the mean at the last step, which the mean approaches in equal
	// amounts from step to step; 0 = it stays.
	Final float64
}

// validate returns an error that names the field at fault.
func (l *Length) validate(what string) error {
	switch {
	case l.Max < 1:
		return fmt.Errorf("%s: max is %d tokens, must be at least 1", what, l.Max)
	case !(l.Mean >= 1) || math.IsInf(l.Mean, 1):
		return fmt.Errorf("%s: mean is %v tokens, must be at least 1", what, l.Mean)
	case l.Final != 0 && !(l.Final >= 1) || math.IsInf(l.Final, 1):
		return fmt.Errorf("%s: final mean is %v tokens, must be at least 1", what, l.Final)
	case !(l.Sigma >= 0) || math.IsInf(l.Sigma, 1):
		return fmt.Errorf("%s: sigma is %v, must not be negative", what, l.Sigma)
	case !(l.Correlation >= 0 && l.Correlation <= 1):
		return fmt.Errorf("%s: correlation is %v, must be from 0 to 1", what, l.Correlation)
	}
	return nil
}

// sampler draws lengths. Level one is the prompt's own mean logarithm, level
// two the sample's deviation from it.
type sampler struct {
	mu, between, within float64 // of the logarithm
	max                 int32
}

// sampler returns the lengths of a step of so many.
func (l *Length) sampler(step, steps int64) sampler {
	mean := l.Mean
	if l.Final != 0 && steps > 1 {
		mean += float64((l.Final - l.Mean) * float64(step) / float64(steps-1))
	}
	variance := float64(l.Sigma * l.Sigma)
	return sampler{
		mu:      fmath.Log(mean) - variance/2, // the mean of a lognormal is exp(μ + σ²/2)
		between: math.Sqrt(variance * l.Correlation),
		within:  math.Sqrt(variance * (1 - l.Correlation)),
		max:     l.Max,
	}
}

// prompt draws the mean logarithm of one prompt.
func (s *sampler) prompt(r *event.Rand) float64 {
	return s.mu + float64(s.between*r.Normal())
}

// tokens draws the length of one sample of a prompt, and reports whether the
// cap cut it short.
func (s *sampler) tokens(r *event.Rand, prompt float64) (n int32, truncated bool) {
	x := math.Round(fmath.Exp(prompt + float64(s.within*r.Normal())))
	if x > float64(s.max) {
		return s.max, true
	}
	return max(1, int32(x)), false
}
