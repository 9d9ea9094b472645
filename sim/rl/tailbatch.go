package rl

import (
	"math"
	"slices"
)

// race is tail batching (RollPacker, arXiv 2509.21009): short rounds start more
// prompts and samples than a step needs, keep those that complete first and
// defer the prompts of all others. Once as many have been deferred as a step
// needs, a long round generates those, without racing. A round is a step.
type race struct {
	factor   float64 // of prompts and samples in short rounds; 0 = no racing
	deferred []uint64
	before   []uint64 // deferred when the round began
	long     bool     // the round under way
	over     bool     // the round has what it needs
	filtered []int32  // slots of the round's groups that were dropped
}

// more returns so much of a number as a short round starts.
func (r *race) more(n int) int {
	if r.factor == 0 {
		return n
	}
	return int(math.Ceil(float64(r.factor * float64(n))))
}

// begin starts a round that needs so many prompts.
func (r *race) begin(prompts int) {
	if r.factor == 0 {
		return
	}
	r.over = false
	r.long = len(r.deferred) >= prompts
	r.before = slices.Clone(r.deferred)
}

// next returns a deferred prompt, in a long round that still has some.
func (r *race) next() (index uint64, ok bool) {
	if !r.long || len(r.deferred) == 0 {
		return 0, false
	}
	index, r.deferred = r.deferred[0], r.deferred[1:]
	return index, true
}

// racing reports whether the round under way drops what is not needed.
func (g *generator) racing() bool { return g.race.factor > 0 && !g.race.long }

// nextPrompt returns the prompt to start next and its number of samples.
func (g *generator) nextPrompt() (index uint64, samples int) {
	if index, ok := g.race.next(); ok {
		return index, g.config.GroupSize
	}
	samples = g.config.GroupSize
	if g.racing() {
		samples = g.pool.size
	}
	g.index++
	return g.index - 1, samples
}

// abort gives up a sample that is not needed any more.
func (g *generator) abort(s *sample) {
	stats := &g.job.stats
	switch s.stage {
	case gone:
		return
	case rewarded:
		stats.SamplesDropped++
		stats.TokensDropped += int64(s.made)
	case doneGenerating:
		g.rewarding--
		stats.SamplesDropped++
		stats.TokensDropped += int64(s.made)
	default:
		g.generating--
		stats.SamplesAborted++
		stats.TokensDropped += int64(s.made)
	}
	s.stage = gone
}

// surplus aborts the samples of a group that its first ones have beaten.
func (g *generator) surplus(of *group) {
	for i := range of.samples {
		s := &of.samples[i]
		switch s.stage {
		case rewarded, gone:
			continue
		case dispatched:
			g.abort(s)
			e := &g.engines[s.replica]
			e.Cancel(g.engine.Now(), &s.request)
		case queued:
			g.queue = slices.DeleteFunc(g.queue, func(tag int64) bool { return tag == s.request.Tag })
			g.abort(s)
		default:
			if s.stage == doneGenerating {
				of.tokens -= int64(s.made)
			}
			g.abort(s)
		}
	}
}

// endRound gives up all that a round has under way once its step has been
// taken, and defers the prompts.
func (g *generator) endRound() {
	r := &g.race
	if r.factor == 0 {
		return
	}
	now := g.engine.Now()
	r.over = true
	g.started = (g.published + 1) * int64(g.config.Prompts)
	for i := range g.engines {
		e := &g.engines[i]
		if e.outstanding == 0 {
			continue
		}
		g.retire(now, e)
		for _, q := range e.Stop(now) {
			_, s := g.pool.sample(q.Tag)
			s.stopped()
			if s.stage == gone { // cancelled, and not yet at a step's end
				g.job.stats.TokensDropped += int64(q.Generated)
			}
		}
		e.Replica, e.outstanding = g.newReplica(e.config), 0
	}
	free := map[int32]bool{}
	for _, slot := range g.pool.free {
		free[slot] = true
	}
	for _, slot := range r.filtered {
		free[slot] = true
		g.pool.release(slot)
	}
	r.filtered = r.filtered[:0]
	var late []uint64
	for slot, of := range g.pool.groups {
		if free[int32(slot)] {
			continue
		}
		for i := range of.samples {
			g.abort(&of.samples[i])
		}
		late = append(late, of.index)
		g.pool.release(int32(slot))
	}
	slices.Sort(late)
	r.deferred = append(r.deferred, late...)
	g.job.stats.PromptsDeferred += int64(len(late))
	g.queue, g.finished, g.ready = nil, nil, nil
	g.tools.stop()
	g.rewards.stop()
	g.scorer.clear(now)
	g.running, g.complete = 0, 0
	if g.ended >= g.lastTenth() {
		g.job.stats.currentTail += now - g.nearEnd
	}
	g.ended = 0
}
