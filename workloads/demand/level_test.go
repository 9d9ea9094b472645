package demand

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
)

func TestALevelKeepsToOneUntilItsInstantAndThenToItsAdoption(t *testing.T) {
	at := 2 * event.Day
	for _, c := range []struct {
		adoption Adoption
		target   float64
		after    event.Time
		want     float64
	}{
		{Instant{}, 3, -1, 1},
		{Instant{}, 3, 0, 3},
		{Instant{}, 0.25, event.Day, 0.25},
		{Lag{event.Day}, 3, -1, 1},
		{Lag{event.Day}, 3, 0, 1},
		{Lag{event.Day}, 3, event.Day, 3 - 2/math.E},
		{Lag{event.Day}, 0, event.Day, 1 / math.E},
		{Lag{event.Day}, 3, 60 * event.Day, 3},
	} {
		l := NewLevel(c.adoption)
		l.Begin(at, c.target)
		if got := l.Value(at + c.after); !near(got, c.want) {
			t.Errorf("%v to %v, %v after: %v, want %v", c.adoption, c.target, c.after, got, c.want)
		}
	}
}

// A lag obeys dv/dt = (target − v)/τ through any changes of the target.
func TestALaggingLevelIsAFirstOrderFilterOfItsTargets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tau := event.Day
		l := NewLevel(Lag{tau})
		want, target, now := 1.0, 1.0, event.Time(0)
		for range rapid.IntRange(1, 5).Draw(t, "changes") {
			span := event.Time(rapid.Int64Range(1, int64(3*event.Day)).Draw(t, "span"))
			want = target + (want-target)*math.Exp(-float64(span)/float64(tau))
			now += span
			target = math.Exp(rapid.Float64Range(-2, 2).Draw(t, "target"))
			if got := l.Value(now); math.Abs(got-want) > 1e-12*max(1, want) {
				t.Fatalf("level %v at %v, the filter's %v", got, now, want)
			}
			if rapid.Bool().Draw(t, "aims") {
				l.Aim(now, target)
			} else {
				l.Begin(now, target)
			}
			if l.Target(now) != target {
				t.Fatalf("target %v, want %v", l.Target(now), target)
			}
		}
	})
}

func TestASpreadGoesOnWhenItsTargetIsCorrected(t *testing.T) {
	b := Bass{0.03 / event.Day.Seconds(), 0.38 / event.Day.Seconds()}
	l := NewLevel(b)
	l.Begin(event.Day, 5)
	l.Aim(4*event.Day, 9)
	at := 10 * event.Day
	if got, want := l.Value(at), 1+8*b.Share(at-event.Day); !near(got, want) {
		t.Errorf("level %v after a correction, want %v: as if it had always gone to 9", got, want)
	}
	if got, want := l.Value(3*event.Day), 1+4*b.Share(2*event.Day); !near(got, want) {
		t.Errorf("level %v before the correction, want %v", got, want)
	}
	before := l.Value(at)
	l.Begin(at, 2)
	if got := l.Value(at); !near(got, before) {
		t.Errorf("level jumps from %v to %v as a new adoption begins", before, got)
	}
}

func TestOfChangesAtOneInstantTheLastCounts(t *testing.T) {
	l := NewLevel(Instant{})
	l.Begin(event.Day, 3)
	l.Begin(event.Day, 4)
	if v := l.Value(event.Day); v != 4 {
		t.Errorf("level %v, want 4", v)
	}
}
