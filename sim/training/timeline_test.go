package training

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
)

func anyTimeline(t *rapid.T) timeline {
	span := rapid.Int64Range(0, 1000)
	tl := timeline{
		init:  event.Time(span.Draw(t, "init")),
		load:  event.Time(span.Draw(t, "load")),
		step:  event.Time(rapid.Int64Range(1, 1000).Draw(t, "step")),
		write: event.Time(span.Draw(t, "write")),
		steps: rapid.Int64Range(1, 20).Draw(t, "steps"),
		every: rapid.Int64Range(1, 25).Draw(t, "every"),
	}
	if rapid.Bool().Draw(t, "async") {
		tl.behind = event.Time(rapid.Int64Range(0, tl.every*int64(tl.step)).Draw(t, "behind"))
	}
	if rapid.Bool().Draw(t, "evaluates") {
		tl.eval = event.Time(span.Draw(t, "eval"))
		tl.evalEvery = rapid.Int64Range(1, 25).Draw(t, "eval every")
		tl.evalPhase = rapid.Int64Range(0, tl.evalEvery-1).Draw(t, "eval phase")
	}
	tl.bubble = event.Time(rapid.Int64Range(0, int64(tl.step)/2).Draw(t, "bubble"))
	tl.comm = event.Time(rapid.Int64Range(0, int64(tl.step)/2).Draw(t, "comm"))
	return tl
}

func (s spent) total() event.Time {
	return s.starting + s.checkpoint + s.eval + s.train + s.bubble + s.comm
}

func TestTimelineSpendsEveryNanosecondOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tl := anyTimeline(t)
		a := event.Time(rapid.Int64Range(0, int64(tl.end())).Draw(t, "a"))
		b := event.Time(rapid.Int64Range(int64(a), int64(tl.end())).Draw(t, "b"))
		p, q := tl.at(a), tl.at(b)
		if p.spent.total() != a || q.spent.total() != b {
			t.Fatalf("spent %v at %v, %v at %v", p.spent.total(), a, q.spent.total(), b)
		}
		if q.steps < p.steps || q.saved < p.saved || q.savedAt < p.savedAt {
			t.Fatalf("goes back: %+v at %v, %+v at %v", p, a, q, b)
		}
		if p.saved > p.steps || p.steps > tl.steps || (p.saved > 0 && p.savedAt > a) {
			t.Fatalf("%+v at %v of %+v", p, a, tl)
		}
		if s := p.spent; min(s.train, s.eval, s.checkpoint, s.bubble, s.comm) < 0 {
			t.Fatalf("negative: %+v", s)
		}
	})
}

func TestTimelineEndsWithEveryStepSaved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tl := anyTimeline(t)
		p := tl.at(tl.end())
		writes := event.Time((tl.steps + tl.every - 1) / tl.every)
		want := spent{
			starting:   tl.init,
			checkpoint: tl.load + writes*tl.write + tl.behind,
			eval:       event.Time(tl.evals(tl.steps)) * tl.eval,
			bubble:     event.Time(tl.steps) * tl.bubble,
			comm:       event.Time(tl.steps) * tl.comm,
		}
		want.train = event.Time(tl.steps)*tl.step - want.bubble - want.comm
		if p.spent != want || p.steps != tl.steps || p.saved != tl.steps || p.savedAt != tl.end()-tl.behind {
			t.Fatalf("at the end of %+v: %+v, want %+v", tl, p, want)
		}
	})
}

func TestWhatFollowsACheckpointIsWorkAndOneWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tl := anyTimeline(t)
		at := event.Time(rapid.Int64Range(int64(tl.init+tl.load), int64(tl.end())).Draw(t, "at"))
		p := tl.at(at)
		kept := tl.at(p.savedAt)
		if kept.steps != p.saved || (tl.behind == 0 && kept.saved != p.saved) {
			t.Fatalf("at the checkpoint %+v, after it %+v", kept, p)
		}
		if at-p.savedAt > tl.until(min(p.saved+tl.every, tl.steps))-tl.until(p.saved)+tl.behind {
			t.Fatalf("%v since the last checkpoint of %+v", at-p.savedAt, tl)
		}
	})
}
