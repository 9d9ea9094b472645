package workloads

import (
	"fmt"

	"github.com/jevons-sim/jevons/internal/fmath"
	"github.com/jevons-sim/jevons/internal/variate"
	"github.com/jevons-sim/jevons/sim/event"
)

// Process is an arrival process in operational time: Next returns the time to
// the next arrival, of long-run mean 1.
type Process interface {
	Next(r *event.Rand) float64
	String() string
}

// Poisson is the process of independent arrivals.
type Poisson struct{}

// Next implements Process.
func (Poisson) Next(r *event.Rand) float64 { return r.Exp() }

// String returns "Poisson".
func (Poisson) String() string { return "Poisson" }

// Deterministic spaces arrivals evenly.
type Deterministic struct{}

// Next implements Process.
func (Deterministic) Next(*event.Rand) float64 { return 1 }

// String returns "deterministic".
func (Deterministic) String() string { return "deterministic" }

// Gamma has gamma-distributed gaps: bursty above a CV of 1, regular below.
type Gamma struct{ shape, cv float64 }

// NewGamma returns the gamma process of a coefficient of variation.
func NewGamma(cv float64) (Gamma, error) {
	if !(cv > 0 && cv <= 100) {
		return Gamma{}, fmt.Errorf("cv is %v, must be above 0 and at most 100", cv)
	}
	return Gamma{1 / float64(cv*cv), cv}, nil
}

// Next implements Process.
func (g Gamma) Next(r *event.Rand) float64 { return variate.Gamma(r, g.shape, 1/g.shape) }

// String returns the process and its CV.
func (g Gamma) String() string { return fmt.Sprintf("gamma, CV %g", g.cv) }

// Weibull has Weibull-distributed gaps.
type Weibull struct{ shape, scale, cv float64 }

// NewWeibull returns the Weibull process of a coefficient of variation.
func NewWeibull(cv float64) (Weibull, error) {
	if !(cv >= 0.05 && cv <= 100) {
		return Weibull{}, fmt.Errorf("cv is %v, must be from 0.05 to 100", cv)
	}
	k := variate.WeibullShape(cv)
	return Weibull{k, 1 / fmath.Gamma(1+1/k), cv}, nil
}

// Next implements Process.
func (w Weibull) Next(r *event.Rand) float64 { return variate.Weibull(r, w.shape, w.scale) }

// String returns the process and its CV.
func (w Weibull) String() string { return fmt.Sprintf("Weibull, CV %g", w.cv) }

// MarkovModulated is a Poisson process whose rate moves from state to state in
// a cycle, staying in each for an exponential time.
type MarkovModulated struct {
	states []State
	now    int
	left   float64 // operational time left in the state; 0 = to be drawn
}

// State is one state of a MarkovModulated process.
type State struct {
	Rate float64 // arrivals per second
	Mean float64 // mean stay, seconds
}

// NewMarkovModulated returns the process and its mean rate per second.
func NewMarkovModulated(states []State) (*MarkovModulated, float64, error) {
	if len(states) < 2 {
		return nil, 0, fmt.Errorf("%d states, must be at least 2", len(states))
	}
	arrivals, time := 0.0, 0.0
	for i, s := range states {
		if !(s.Rate >= 0) || !(s.Mean > 0) {
			return nil, 0, fmt.Errorf("state %d has rate %v/s and mean stay %v s: want a rate ≥ 0 and a stay above 0", i, s.Rate, s.Mean)
		}
		arrivals += float64(s.Rate * s.Mean)
		time += s.Mean
	}
	if arrivals == 0 {
		return nil, 0, fmt.Errorf("all states have rate 0")
	}
	mean := arrivals / time
	m := &MarkovModulated{}
	for _, s := range states {
		m.states = append(m.states, State{s.Rate / mean, s.Mean * mean})
	}
	return m, mean, nil
}

// Next implements Process.
func (m *MarkovModulated) Next(r *event.Rand) float64 {
	gap := 0.0
	for {
		s := m.states[m.now]
		if m.left == 0 {
			m.left = r.Exp() * s.Mean
		}
		if s.Rate > 0 {
			if x := r.Exp() / s.Rate; x < m.left {
				m.left -= x
				return gap + x
			}
		}
		gap += m.left
		m.left = 0
		m.now = (m.now + 1) % len(m.states)
	}
}

// String returns the process and its number of states.
func (m *MarkovModulated) String() string {
	return fmt.Sprintf("Markov-modulated Poisson, %d states", len(m.states))
}
