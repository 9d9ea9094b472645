package rl

import (
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
)

// TestTailBatchingRacesAndThenRunsLongRounds: short rounds are shorter than
// plain steps and leave prompts behind, which long rounds train on.
func TestTailBatchingRacesAndThenRunsLongRounds(t *testing.T) {
	play := func(factor float64) Stats {
		c := baseConfig()
		c.Steps, c.TailBatching, c.Dispatch = 40, factor, LeastLoaded
		c.Reward = Service{}
		w := newWorld(t, c)
		w.engine.RunUntil(event.Second, nil)
		s := w.job.Stats()
		if s.Steps != c.Steps || s.Used.Samples != 40*8*4 || s.StalenessMean() != 0 {
			t.Fatalf("tail batching %v: %+v", factor, s)
		}
		return s
	}
	plain, race := play(0), play(1.25)
	// Of 10 prompts a short round defers two; after four of them eight are
	// there, so that every fifth round is long.
	if want := int64(40 * 4 / 5 * 2); race.PromptsDeferred != want {
		t.Errorf("%d prompts deferred, want %d", race.PromptsDeferred, want)
	}
	if want := int64(32*10*5 + 8*8*4); race.SamplesStarted != want {
		t.Errorf("%d samples started, want %d", race.SamplesStarted, want)
	}
	if race.SamplesAborted == 0 || race.TokensDropped == 0 || plain.SamplesAborted+plain.PromptsDeferred != 0 {
		t.Errorf("%d aborted, %d tokens dropped; without racing %d aborted", race.SamplesAborted, race.TokensDropped, plain.SamplesAborted)
	}
	if race.StepTime() >= plain.StepTime() || race.Tail >= plain.Tail {
		t.Errorf("racing takes %v with a tail of %v, not racing %v and %v", race.StepTime(), race.Tail, plain.StepTime(), plain.Tail)
	}
}
