package failure_test

import (
	"math"
	"slices"
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/failure"
	"github.com/jevons-sim/jevons/sim/ledger"
)

func TestAvailabilityIsMTBFOverMTBFPlusMTTR(t *testing.T) {
	const horizon = 20_000 * event.Hour
	for name, c := range map[string]struct {
		kind  failure.Kind
		shape float64
		wide  bool
	}{
		"nodes, exponential":       {failure.Node, 1, false},
		"nodes, Weibull 0.7":       {failure.Node, 0.7, false},
		"nodes, Weibull 3":         {failure.Node, 3, false},
		"single GPUs, exponential": {failure.GPU, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			config := failure.Config{Until: horizon}
			config.Laws[c.kind] = failure.Law{MTBF: 100 * event.Hour, Shape: c.shape, Repair: exponential(10 * 3600), NodeWide: c.wide}
			w := newWorld(t, 50, 1, 0, config)
			w.engine.RunUntil(horizon, nil)
			w.check(t)
			// 50 components × 20,000 h ÷ 110 h are 9,091 renewals: one in a
			// hundred is about a standard error of either figure, at most.
			if n := float64(w.process.Stats().Failures[c.kind]); math.Abs(n/(50*20_000/110.0)-1) > 0.04 {
				t.Errorf("%v failures, want about %v", n, 50*20_000/110)
			}
			if down := w.share(ledger.Nobody, ledger.Down); math.Abs(down/(10/110.0)-1) > 0.05 {
				t.Errorf("down for %.4f of the time, want about %.4f", down, 10/110.0)
			}
		})
	}
}

// failures returns when components of each kind fail.
func failures(t *testing.T, c failure.Config) (at [failure.NumKinds][]event.Time) {
	w := newWorld(t, 40, 8, 10, c)
	var seen failure.Stats
	w.run(c.Until, func() {
		now := w.process.Stats()
		for k := range at {
			if now.Failures[k] > seen.Failures[k] {
				at[k] = append(at[k], w.engine.Now())
			}
		}
		seen = now
	})
	return at
}

func TestChangingOneRateLeavesTheDrawsOfOthers(t *testing.T) {
	c := failure.Config{Until: 1000 * event.Hour}
	for k := range c.Laws {
		c.Laws[k] = failure.Law{MTBF: 500 * event.Hour, Detection: constant(60), Repair: exponential(7200)}
	}
	before := failures(t, c)
	c.Laws[failure.GPU].MTBF = 800 * event.Hour
	c.Laws[failure.GPU].Repair = constant(60)
	after := failures(t, c)
	for k := range before {
		if len(before[k]) == 0 {
			t.Fatalf("%v: nothing failed", failure.Kind(k))
		}
		if same := slices.Equal(before[k], after[k]); same != (failure.Kind(k) != failure.GPU) {
			t.Errorf("%v: equal failures = %v after a change of the GPUs' law", failure.Kind(k), same)
		}
	}
}

func TestRatesAddUp(t *testing.T) {
	var c failure.Config
	if m := c.MTBF(8, 1, 1); m != event.Forever {
		t.Errorf("without laws: %v", m)
	}
	c.Laws[failure.GPU].MTBF = 16_000 * event.Hour
	c.Laws[failure.Node].MTBF = 4_000 * event.Hour
	c.Laws[failure.Rack].MTBF = 10_000 * event.Hour
	c.Laws[failure.Software].MTBF = 2_000 * event.Hour
	// 16/16,000 + 2/4,000 + 1/10,000 + 2/2,000 per hour.
	if m, want := c.MTBF(16, 2, 1).Hours(), 1/0.0026; math.Abs(m-want) > 1e-6 {
		t.Errorf("%v h, want %v h", m, want)
	}
}

func TestYoungDalyOfPublishedCases(t *testing.T) {
	for _, c := range []struct{ delta, mtbf, want event.Time }{
		{60, 10800, 1138}, {300, 28440, 4131}, {5, 6480, 255}, // ../shared/facts/reliability.csv, yd-*
	} {
		got := failure.YoungDaly(c.delta*event.Second, c.mtbf*event.Second)
		if math.Abs(got.Seconds()-float64(c.want)) > 0.6 {
			t.Errorf("δ %d s, M %d s: %v, want %d s", c.delta, c.mtbf, got, c.want)
		}
	}
}
