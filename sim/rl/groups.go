package rl

import (
	"container/heap"

	"github.com/jevons-sim/jevons/sim/event"
)

// verified takes the end of a sample's way to the reward model, or to its
// reward.
func (g *generator) verified(now event.Time, tag int64) {
	of, s := g.pool.sample(tag)
	switch {
	case g.config.RewardModel.Engine == nil:
		g.rewarded(tag)
	case s.stage != gone:
		g.scorer.score(now, of, s)
	}
}

// rewarded takes the reward of a sample; with its last, a group can be used.
func (g *generator) rewarded(tag int64) {
	of, s := g.pool.sample(tag)
	if s.stage == gone {
		return
	}
	g.rewarding--
	s.stage = rewarded
	if of.pending--; of.pending > 0 {
		return
	}
	g.complete--
	slot := int32(tag / int64(g.pool.size))
	g.surplus(of)
	n := int64(g.config.GroupSize)
	switch {
	case g.config.Filter != nil && g.config.Filter.drops(&s.rand, g.config.GroupSize):
		g.job.stats.SamplesFiltered += n
	case g.tooOld(of):
		g.job.stats.SamplesStale += n
	default:
		heap.Push(&g.ready, readyGroup{of.index, slot})
		return
	}
	g.drop(slot)
}

// another starts.
func (g *generator) takeOldest() *group {
	r := heap.Pop(&g.ready).(readyGroup)
	g.pool.release(r.slot)
	return g.pool.groups[r.slot]
}

// census counts the samples that have not been trained on.
func (g *generator) census() (complete, incomplete, tokens int64) {
	free := map[int32]bool{}
	for _, slot := range g.pool.free {
		free[slot] = true
	}
	for slot, of := range g.pool.groups {
		if free[int32(slot)] {
			continue
		}
		for i := range of.samples {
			switch of.samples[i].stage {
			case gone:
			case doneGenerating, rewarded:
				complete++
				tokens += int64(of.samples[i].made)
			default:
				incomplete++
			}
		}
	}
	return complete, incomplete, tokens
}

// drop discards a group that is complete; another may start instead of it.
func (g *generator) drop(slot int32) {
	of := g.pool.groups[slot]
	g.job.stats.TokensDropped += of.tokens
	g.started--
	if g.racing() { // engines may still have samples of it
		for i := range of.samples {
			of.samples[i].stage = gone
		}
		g.race.filtered = append(g.race.filtered, slot)
		return
	}
	g.pool.release(slot)
}

// tooOld reports whether a group's oldest token is beyond what may be used.
func (g *generator) tooOld(of *group) bool {
	most := g.config.Mode.MaxOffPolicy
	if most == 0 {
		return false
	}
	for i := range of.samples {
		if g.published-of.samples[i].version > most {
			return true
		}
	}
	return false
}

// dropOld discards what a new version has made too old.
func (g *generator) dropOld() {
	if g.config.Mode.MaxOffPolicy == 0 {
		return
	}
	kept := g.ready[:0]
	for _, r := range g.ready {
		if of := g.pool.groups[r.slot]; g.tooOld(of) {
			g.job.stats.SamplesStale += int64(len(of.samples))
			g.drop(r.slot)
			continue
		}
		kept = append(kept, r)
	}
	g.ready = kept
	heap.Init(&g.ready)
}
