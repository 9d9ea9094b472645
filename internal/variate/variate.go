// Package variate draws from the distributions that arrivals and lengths
// follow, the same bits on every host.
package variate

import (
	"math"

	"github.com/jevons-sim/jevons/internal/fmath"
	"github.com/jevons-sim/jevons/sim/event"
)

// Gamma returns a gamma number of the given shape and scale, by the method of
// Marsaglia and Tsang (ACM TOMS 26, 2000); shapes below 1 by their boost.
func Gamma(r *event.Rand, shape, scale float64) float64 {
	boost := 1.0
	if shape < 1 {
		boost = fmath.Pow(r.Float64(), 1/shape)
		shape++
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.Normal()
		v := 1 + float64(c*x)
		if v <= 0 {
			continue
		}
		v = float64(v*v) * v
		if fmath.Log(r.Float64()) < float64(0.5*x*x)+float64(d*(1-v+fmath.Log(v))) {
			return d * v * scale * boost
		}
	}
}

// Weibull returns a Weibull number of the given shape and scale.
func Weibull(r *event.Rand, shape, scale float64) float64 {
	return scale * fmath.Pow(r.Exp(), 1/shape)
}

// WeibullShape returns the shape of the Weibull distribution with a given
// coefficient of variation, by bisection: CV² = Γ(1+2/k)/Γ(1+1/k)² − 1 falls
// with the shape k. The range covers CVs from 0.02 to 400.
func WeibullShape(cv float64) float64 {
	lo, hi := 0.12, 64.0
	for range 200 {
		k := math.Sqrt(lo * hi)
		g1, g2 := fmath.Gamma(1+1/k), fmath.Gamma(1+2/k)
		if g2/float64(g1*g1)-1 > float64(cv*cv) {
			lo = k
		} else {
			hi = k
		}
	}
	return math.Sqrt(lo * hi)
}

// Lognormal returns exp(mu + sigma·N).
func Lognormal(r *event.Rand, mu, sigma float64) float64 {
	return fmath.Exp(mu + float64(sigma*r.Normal()))
}

// LognormalOf returns mu and sigma of the lognormal distribution with a given
// mean and coefficient of variation.
func LognormalOf(mean, cv float64) (mu, sigma float64) {
	v := fmath.Log(1 + float64(cv*cv))
	return fmath.Log(mean) - v/2, math.Sqrt(v)
}
