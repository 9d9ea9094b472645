package sim

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/scenario"
)

func TestSegmentsAreCutByWindowsAndWarmup(t *testing.T) {
	s := &scenario.Scenario{Horizon: 100, Warmup: 10}
	s.Outputs.Windows = []scenario.Window{{From: 20, To: 60}, {From: 60}, {From: 10, To: 60}}
	g := newSegments(s)
	if d := cmp.Diff([]event.Time{0, 10, 20, 60, 100}, g.cuts); d != "" {
		t.Fatalf("cuts:\n%s", d)
	}
	for at, want := range map[event.Time]int{0: 0, 9: 0, 10: 1, 19: 1, 20: 2, 59: 2, 60: 3, 99: 3, 100: 3} {
		if got := g.of(at); got != want {
			t.Errorf("instant %d in segment %d, want %d", at, got, want)
		}
	}
	for _, c := range []struct {
		from, to event.Time
		lo, hi   int
	}{{0, 100, 0, 4}, {10, 60, 1, 3}, {60, 100, 3, 4}, {20, 20, 2, 2}} {
		if lo, hi := g.within(c.from, c.to); lo != c.lo || hi != c.hi {
			t.Errorf("from %d to %d: segments %d to %d, want %d to %d", c.from, c.to, lo, hi, c.lo, c.hi)
		}
	}
}

func TestAnInstantCountsInAWindowExactlyWhenItLiesInIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		instant := rapid.Int64Range(0, 50)
		s := &scenario.Scenario{Horizon: event.Time(instant.Draw(t, "horizon") + 1)}
		draw := func(name string) event.Time { return min(event.Time(instant.Draw(t, name)), s.Horizon-1) }
		s.Warmup = draw("warmup")
		for range rapid.IntRange(0, 4).Draw(t, "windows") {
			w := scenario.Window{From: draw("from")}
			if rapid.Bool().Draw(t, "ends") {
				w.To = min(w.From+1+draw("length"), s.Horizon)
			}
			s.Outputs.Windows = append(s.Outputs.Windows, w)
		}
		g := newSegments(s)
		at := draw("at")
		for _, w := range append(s.Outputs.Windows, scenario.Window{}, scenario.Window{From: s.Warmup}) {
			lo, hi := g.within(w.From, windowEnd(s, &w))
			i := g.of(at)
			if in := lo <= i && i < hi; in != (w.From <= at && at < windowEnd(s, &w)) {
				t.Fatalf("instant %d is in segment %d, window %d to %d has segments %d to %d", at, i, w.From, windowEnd(s, &w), lo, hi)
			}
		}
	})
}
