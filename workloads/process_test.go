package workloads

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func mustGamma(cv float64) Process {
	p, err := NewGamma(cv)
	if err != nil {
		panic(err)
	}
	return p
}

func mustWeibull(cv float64) Process {
	p, err := NewWeibull(cv)
	if err != nil {
		panic(err)
	}
	return p
}

func TestRenewalProcessesHaveMeanOneAndTheirCV(t *testing.T) {
	for _, c := range []struct {
		process Process
		cv      float64
	}{
		{Poisson{}, 1},
		{Deterministic{}, 0},
		{mustGamma(0.3), 0.3},
		{mustGamma(1), 1},
		{mustGamma(3), 3},
		{mustWeibull(0.3), 0.3},
		{mustWeibull(1), 1},
		{mustWeibull(2), 2},
	} {
		t.Run(c.process.String(), func(t *testing.T) {
			r := rand(c.process.String())
			var gaps, spread, pairs moments
			before := 1.0
			for range 400_000 {
				x := c.process.Next(&r)
				if !(x >= 0) {
					t.Fatalf("gap of %v", x)
				}
				gaps.add(x)
				spread.add((x - 1) * (x - 1))
				pairs.add((x - 1) * (before - 1))
				before = x
			}
			gaps.expectMean(t, "gap", 1)
			spread.expectMean(t, "squared deviation, CV²", c.cv*c.cv)
			pairs.expectMean(t, "covariance of successive gaps", 0)
		})
	}
}

// counts returns the numbers of arrivals in windows of operational time.
func counts(p Process, name string, windows int, length float64) []float64 {
	r := rand(name)
	out := make([]float64, windows)
	at := p.Next(&r)
	for i := range out {
		for ; at < length*float64(i+1); at += p.Next(&r) {
			out[i]++
		}
	}
	return out
}

// dispersion compares the mean and the variance of counts with their laws.
// Counts of neighbouring windows may depend on each other: the standard errors
// come from the means of batches of windows, long enough to be independent.
func dispersion(t *testing.T, counts []float64, mean, variance float64) {
	t.Helper()
	const batch = 50
	var means, variances moments
	for i := 0; i+batch <= len(counts); i += batch {
		var m, v moments
		for _, n := range counts[i : i+batch] {
			m.add(n)
			v.add((n - mean) * (n - mean))
		}
		means.add(m.mean())
		variances.add(v.mean())
	}
	means.expectMean(t, "arrivals of a window", mean)
	variances.expectMean(t, "variance of arrivals of a window", variance)
}

func TestPoissonCountsHaveAnIndexOfDispersionOfOne(t *testing.T) {
	dispersion(t, counts(Poisson{}, "poisson counts", 20_000, 7), 7, 7)
}

// Sums of k independent gamma numbers of shape 1/k are exponential: of a gamma
// process of CV √k, every k-th arrival is one of a Poisson process.
func TestEveryKthArrivalOfABurstyGammaProcessIsPoisson(t *testing.T) {
	const k = 4
	p, r := mustGamma(math.Sqrt(k)), rand("every k-th")
	var within moments
	for range 100_000 {
		gap := 0.0
		for range k {
			gap += p.Next(&r)
		}
		n := 0.0
		if gap <= k {
			n = 1
		}
		within.add(n)
	}
	within.expectMean(t, "share of gaps within their mean", 1-1/math.E)
}

// Heffes and Lucantoni, "A Markov modulated characterization of packetized
// voice and data traffic" (1986), equation 9: with rates λ and rates of leaving
// r, an interval t has
//
//	Var N/E N = 1 + A·(1 − (1 − e^−(r₁+r₂)t)/((r₁+r₂)t)),
//	A = 2 r₁r₂(λ₁−λ₂)² / ((r₁+r₂)²(λ₁r₂+λ₂r₁)).
func TestMarkovModulatedCountsHaveTheirPublishedIndexOfDispersion(t *testing.T) {
	for _, c := range []struct {
		name   string
		states [2]State
	}{
		{"bursts", [2]State{{Rate: 20, Mean: 3}, {Rate: 2, Mean: 9}}},
		{"on and off", [2]State{{Rate: 0, Mean: 4}, {Rate: 10, Mean: 1}}},
		{"nearly Poisson", [2]State{{Rate: 5, Mean: 1}, {Rate: 4, Mean: 1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, mean, err := NewMarkovModulated(c.states[:])
			if err != nil {
				t.Fatal(err)
			}
			a, b := c.states[0], c.states[1]
			if want := (a.Rate*a.Mean + b.Rate*b.Mean) / (a.Mean + b.Mean); math.Abs(mean-want) > 1e-12 {
				t.Fatalf("mean rate %v/s, want %v/s", mean, want)
			}
			const seconds = 5
			ra, rb := 1/a.Mean, 1/b.Mean
			sum := ra + rb
			excess := 2 * ra * rb * (a.Rate - b.Rate) * (a.Rate - b.Rate) / (sum * sum * (a.Rate*rb + b.Rate*ra))
			index := 1 + excess*(1-(1-math.Exp(-sum*seconds))/(sum*seconds))
			n := counts(p, c.name, 50_000, seconds*mean)
			dispersion(t, n[100:], seconds*mean, index*seconds*mean) // the first windows remember the first state
		})
	}
}

func TestMarkovModulatedStatesFollowEachOtherInACycle(t *testing.T) {
	// Stays of about 5,000 arrivals, and rates a thousand times apart: the
	// median gap of a hundred arrivals tells the state.
	rates := []float64{1e6, 1, 1e3}
	var states []State
	for _, r := range rates {
		states = append(states, State{Rate: r, Mean: 5000 / r})
	}
	p, mean, err := NewMarkovModulated(states)
	if err != nil {
		t.Fatal(err)
	}
	r := rand("cycle")
	var seen []int
	for range 2000 {
		gaps := make([]float64, 101)
		for i := range gaps {
			gaps[i] = p.Next(&r) / mean
		}
		slices.Sort(gaps)
		for state, rate := range rates {
			if x := gaps[50] * rate; x > 0.2 && x < 2 && (len(seen) == 0 || seen[len(seen)-1] != state) {
				seen = append(seen, state)
			}
		}
	}
	if len(seen) < 20 {
		t.Fatalf("states in the order %v, want about 40 stays in 200,000 arrivals", seen)
	}
	for i := 1; i < len(seen); i++ {
		if seen[i] != (seen[i-1]+1)%3 {
			t.Fatalf("states in the order %v, want a cycle", seen)
		}
	}
}

func TestProcessesOutOfRangeAreRefused(t *testing.T) {
	gamma := func(cv float64) error { _, err := NewGamma(cv); return err }
	weibull := func(cv float64) error { _, err := NewWeibull(cv); return err }
	mmpp := func(s ...State) error { _, _, err := NewMarkovModulated(s); return err }
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"gamma without variation", gamma(0), "cv is 0"},
		{"gamma of no CV", gamma(math.NaN()), "cv is NaN"},
		{"gamma beyond all bursts", gamma(101), "at most 100"},
		{"Weibull too regular", weibull(0.04), "from 0.05 to 100"},
		{"Weibull beyond all bursts", weibull(101), "from 0.05 to 100"},
		{"one state", mmpp(State{1, 1}), "at least 2"},
		{"negative rate", mmpp(State{1, 1}, State{-1, 1}), "state 1 has rate -1/s"},
		{"no stay", mmpp(State{1, 0}, State{1, 1}), "state 0"},
		{"no arrivals", mmpp(State{0, 1}, State{0, 1}), "all states have rate 0"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, c.err, c.want)
		}
	}
}
