package rl

import (
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/serving"
)

// TestSamplesOfAGroupShareTheirPrompt: with the engine's prefix cache on, each
// replica computes a group's prompt once, as far as it fills blocks. The prompt
// fills the first step, so that no other sample begins before it is there.
func TestSamplesOfAGroupShareTheirPrompt(t *testing.T) {
	const prompt, block, group, steps = 4097, 4, 8, 3
	shared := int64(prompt / block * block)
	play := func(on bool, d Dispatch) Stats {
		c := baseConfig()
		c.Engine = &serving.Config{Table: table(4096), MaxSeqs: 8, MaxTokens: 4096, BlockSize: block, Blocks: 20_000, PrefixCache: on}
		c.Prompts, c.GroupSize, c.Steps, c.Dispatch = 4, group, steps, d // on four replicas
		c.Prompt, c.Output = Length{Mean: prompt, Max: prompt}, Length{Mean: 20, Max: 20}
		w := newWorld(t, c)
		w.engine.RunUntil(event.Second, nil)
		if s := w.job.Stats(); s.Steps == steps {
			return s
		}
		t.Fatal("the job is not complete")
		return Stats{}
	}
	off, on, split := play(false, ByGroup), play(true, ByGroup), play(true, LeastLoaded)
	for _, c := range []struct {
		name    string
		s       Stats
		prompts int64 // of a group that are in the cache
	}{
		{"without a cache", off, 0}, {"by group", on, group - 1}, {"least loaded: two on each of four", split, group - 4},
	} {
		// Of a prompt that starts in the middle of a step, the next sample
		// finds what is computed of it by then.
		if want := steps * 4 * c.prompts * shared; c.s.Used.Cached > want || c.s.Used.Cached < want-want/100 {
			t.Errorf("%s: %d tokens were in the prefix cache, want %d", c.name, c.s.Used.Cached, want)
		}
	}
	if !(on.Phase[Generate] < split.Phase[Generate] && split.Phase[Generate] < off.Phase[Generate]) {
		t.Errorf("rollouts take %v on one replica a group, %v split, %v without a cache", on.Phase[Generate], split.Phase[Generate], off.Phase[Generate])
	}
	if on.Used.PromptTokens != off.Used.PromptTokens {
		t.Errorf("trained on %d prompt tokens with the cache, %d without", on.Used.PromptTokens, off.Used.PromptTokens)
	}
}
