package workloads

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
)

// operational returns the integral of a rate from 0 to t, step by step of the
// grid: what the clock must have spent when it says t.
func operational(r *Rate, t event.Time) float64 {
	sum := 0.0
	for step := event.Time(0); step < t; step += RateStep {
		sum += r.at(step) * (min(t, step+RateStep) - step).Seconds()
	}
	return sum
}

// arrivalsOf returns the instants of a process at a rate.
func arrivalsOf(r Rate, p Process, name string, start, end event.Time) []event.Time {
	c, draws := newClock(r, start, math.MaxInt64), rand(name)
	var out []event.Time
	for {
		t, ok := c.advance(p.Next(&draws), end)
		if !ok {
			return out
		}
		out = append(out, t)
	}
}

func TestTheDailyRateIsACosineAboutItsMean(t *testing.T) {
	r := Rate{PerSecond: 2, Amplitude: 0.4, Peak: 15 * event.Hour}
	for _, c := range []struct {
		hour event.Time
		want float64
	}{{15, 2.8}, {21, 2}, {3, 1.2}, {9, 2}, {15 + 24, 2.8}} {
		// The grid takes each step's middle: centre a step on the hour.
		if got := r.at(c.hour*event.Hour - RateStep/2); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("at %d h: %v/s, want %v/s", c.hour, got, c.want)
		}
	}
	if mean := operational(&r, 3*event.Day) / (3 * event.Day).Seconds(); math.Abs(mean-2) > 1e-12 {
		t.Errorf("mean over whole days %v/s, want 2/s", mean)
	}
}

func TestWeeklyFactorsAndDemandMultiplyTheRate(t *testing.T) {
	r := Rate{
		PerSecond: 3, Weekly: []float64{1, 2, 0, 1, 1, 1, 0.5},
		Factor: func(t event.Time) float64 {
			if t >= 8*event.Day {
				return 10
			}
			return 1
		},
	}
	for day, want := range []float64{3, 6, 0, 3, 3, 3, 1.5, 3, 60, 0} {
		n := float64(len(arrivalsOf(r, Deterministic{}, "", event.Time(day)*event.Day, event.Time(day+1)*event.Day)))
		if math.Abs(n-want*86400) > 1 {
			t.Errorf("day %d: %v arrivals, want %v", day, n, want*86400)
		}
	}
}

func anyRate(t *rapid.T) Rate {
	r := Rate{PerSecond: rapid.Float64Range(0.001, 0.1).Draw(t, "rate"), Amplitude: rapid.Float64Range(0, 1).Draw(t, "amplitude")}
	r.Peak = event.Time(rapid.Int64Range(0, int64(event.Day)).Draw(t, "peak"))
	if rapid.Bool().Draw(t, "weekly?") {
		r.Weekly = rapid.SliceOfN(rapid.SampledFrom([]float64{0, 0.5, 1, 3}), 7, 7).Draw(t, "weekly")
	}
	return r
}

func TestArrivalsSpendTheIntegralOfTheRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRate(t)
		start := event.Time(rapid.Int64Range(0, int64(2*event.Day)).Draw(t, "start"))
		end := start + event.Time(rapid.Int64Range(1, int64(2*event.Day)).Draw(t, "span"))
		at := arrivalsOf(r, Deterministic{}, "", start, end)
		begun := operational(&r, start)
		// One arrival per unit of operational time, to within the nanosecond that
		// instants are rounded to.
		for i, x := range at {
			if x < start || x >= end || (i > 0 && x < at[i-1]) {
				t.Fatalf("arrival %d at %v, after %v, from %v to %v", i, x, at[max(i-1, 0)], start, end)
			}
			if i%97 == 0 {
				if got := operational(&r, x) - begun; math.Abs(got-float64(i+1)) > 1e-6 {
					t.Fatalf("arrival %d at %v, where %v of operational time are spent", i+1, x, got)
				}
			}
		}
		if spent := operational(&r, end) - begun; math.Abs(spent-float64(len(at))) > 1+1e-6 {
			t.Fatalf("%d arrivals, the rate asks for %v", len(at), spent)
		}
	})
}

func TestAModulatedPoissonProcessStaysPoisson(t *testing.T) {
	r := Rate{PerSecond: 0.5, Amplitude: 0.9, Peak: 12 * event.Hour}
	const days, window = 40, 10 * event.Minute
	counts := make([]float64, days*event.Day/window)
	for _, x := range arrivalsOf(r, Poisson{}, "modulated", 0, days*event.Day) {
		counts[x/window]++
	}
	var count, square moments // over their laws, window by window
	spent := 0.0
	for i, n := range counts {
		end := operational(&r, (event.Time(i)*window)%event.Day+window) - operational(&r, (event.Time(i)*window)%event.Day)
		spent += end
		count.add((n - end) / math.Sqrt(end))
		square.add((n - end) * (n - end) / end)
	}
	if want := 0.5 * days * 86400; math.Abs(spent/want-1) > 1e-9 {
		t.Fatalf("%v arrivals expected, want %v", spent, want)
	}
	count.expectMean(t, "arrivals less their rate", 0)
	square.expectMean(t, "index of dispersion", 1)
}

func TestABurstyProcessKeepsItsBurstinessAtEveryHour(t *testing.T) {
	r := Rate{PerSecond: 0.5, Amplitude: 0.8, Peak: 12 * event.Hour}
	const cv = 2.5
	at := arrivalsOf(r, mustGamma(cv), "bursty", 0, 10*event.Day)
	// Operational time of a day in a table, to look up each arrival's.
	var table []float64
	for x := event.Time(0); x <= event.Day; x += RateStep {
		table = append(table, operational(&r, x))
	}
	spent := func(x event.Time) float64 {
		step := x % event.Day / RateStep
		return float64(x/event.Day)*table[len(table)-1] + table[step] + r.at(step*RateStep)*(x%RateStep).Seconds()
	}
	var gaps, squares [2]moments
	for i := 1; i < len(at); i++ {
		gap, night := spent(at[i])-spent(at[i-1]), 0
		if h := at[i-1] % event.Day / event.Hour; h < 6 || h >= 18 {
			night = 1
		}
		gaps[night].add(gap)
		squares[night].add((gap - 1) * (gap - 1))
	}
	for half, name := range []string{"by day", "by night"} {
		gaps[half].expectMean(t, name+": gap", 1)
		squares[half].expectMean(t, name+": CV²", cv*cv)
	}
}

func TestRatesOutOfRangeAreNamed(t *testing.T) {
	for _, c := range []struct {
		rate Rate
		want string
	}{
		{Rate{}, "rate is 0/s"},
		{Rate{PerSecond: math.NaN()}, "rate is NaN/s"},
		{Rate{PerSecond: math.Inf(1)}, "rate is +Inf/s"},
		{Rate{PerSecond: 1, Amplitude: 1.1}, "amplitude is 1.1"},
		{Rate{PerSecond: 1, Amplitude: -0.1}, "amplitude is -0.1"},
		{Rate{PerSecond: 1, Weekly: []float64{1, 1}}, "2 factors"},
		{Rate{PerSecond: 1, Weekly: []float64{1, 1, 1, -1, 1, 1, 1}}, "factor 3 is -1"},
	} {
		if err := c.rate.validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want one with %q", c.rate, err, c.want)
		}
	}
}
