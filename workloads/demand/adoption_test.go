package demand

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
)

func anyAdoption(t *rapid.T) Adoption {
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		return Instant{}
	case 1:
		return Lag{event.Time(rapid.Int64Range(int64(event.Hour), int64(30*event.Day)).Draw(t, "tau"))}
	}
	return anyBass(t)
}

// anyBass spreads within days to months.
func anyBass(t *rapid.T) Bass {
	perDay := rapid.Float64Range(0.001, 1)
	return Bass{perDay.Draw(t, "innovation") / event.Day.Seconds(), perDay.Draw(t, "imitation") / event.Day.Seconds()}
}

func anySpan(t *rapid.T, name string) event.Time {
	return event.Time(rapid.Int64Range(0, int64(100*event.Day)).Draw(t, name))
}

func TestAdoptionOnlyGrowsAndNeverExceedsAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyAdoption(t)
		x, d := anySpan(t, "since"), anySpan(t, "later by")
		if s, later := a.Share(x), a.Share(x+d); !(0 <= s && s <= later && later <= 1) {
			t.Fatalf("%v: share %v after %v and %v after %v", a, s, x, later, x+d)
		}
		if _, instant := a.(Instant); !instant && a.Share(0) != 0 {
			t.Fatalf("%v: share %v at the start, want 0", a, a.Share(0))
		}
		if s := a.Share(20_000 * event.Day); !near(s, 1) {
			t.Fatalf("%v: share %v in the end, want 1", a, s)
		}
	})
}

func TestALagHasNoMemory(t *testing.T) {
	lag := Lag{7 * event.Day}
	if got, want := lag.Share(7*event.Day), 1-1/math.E; !near(got, want) {
		t.Errorf("share %v after τ, want 1 − 1/e = %v", got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := anySpan(t, "first"), anySpan(t, "second")
		left := func(d event.Time) float64 { return 1 - lag.Share(d) }
		if got, want := left(a+b), left(a)*left(b); math.Abs(got-want) > 1e-15 {
			t.Fatalf("%v left after both spans, %v from one after the other", got, want)
		}
	})
}

// The equation of Bass (1969): dF/dt = (p + qF)(1 − F).
func TestBassAdoptionSolvesItsDifferentialEquation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := anyBass(t)
		slope := func(f float64) float64 { return (b.Innovation + b.Imitation*f) * (1 - f) }
		const steps = 1000
		end := 30 * event.Day
		f, h := 0.0, end.Seconds()/steps
		for i := range steps {
			if got := b.Share(end / steps * event.Time(i)); math.Abs(got-f) > 1e-7 {
				t.Fatalf("%v: share %v at step %d, integrated %v", b, got, i, f)
			}
			// The classical Runge-Kutta step, of fourth order.
			k1 := slope(f)
			k2 := slope(f + h/2*k1)
			k3 := slope(f + h/2*k2)
			k4 := slope(f + h*k3)
			f += h / 6 * (k1 + 2*k2 + 2*k3 + k4)
		}
	})
}

// Bass (1969): adoption is fastest at ln(q/p)/(p+q), when (q−p)/2q have
// adopted.
func TestBassAdoptionPeaksWhereItsPaperSays(t *testing.T) {
	day := event.Day.Seconds()
	b := Bass{0.03 / day, 0.38 / day}
	peak := event.FromSeconds(math.Log(0.38/0.03) / 0.41 * day)
	if got, want := b.Share(peak), (0.38-0.03)/(2*0.38); math.Abs(got-want) > 1e-9 {
		t.Errorf("share %v at the peak, want %v", got, want)
	}
	speed := func(t event.Time) float64 { return b.Share(t+event.Hour) - b.Share(t-event.Hour) }
	if !(speed(peak) > speed(peak-event.Day) && speed(peak) > speed(peak+event.Day)) {
		t.Errorf("adoption is not fastest at %v", peak)
	}
}

func TestBassAdoptionWithoutImitationIsALag(t *testing.T) {
	b, lag := Bass{Innovation: 1 / (7 * event.Day).Seconds()}, Lag{7 * event.Day}
	for _, d := range []event.Time{0, event.Hour, event.Day, 30 * event.Day} {
		if x, y := b.Share(d), lag.Share(d); math.Abs(x-y) > 1e-12 {
			t.Errorf("after %v: %v with Bass, %v with a lag", d, x, y)
		}
	}
}
