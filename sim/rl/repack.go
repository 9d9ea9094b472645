package rl

import (
	"cmp"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
)

// Repacking (Laminar, arXiv 2510.12633) frees engines from the long tail of old
// weights: engines that may start nothing more hand what they still generate to
// others of the same version, so that they can pull the newest. That is done only
// while samples wait for an engine.

// armRepack waits for the next look at the engines.
func (g *generator) armRepack(now event.Time) {
	if every := g.config.Mode.Repack; every > 0 {
		g.repacking = g.engine.NewTimer(g.job, kindRepack, 0)
		g.engine.Arm(g.repacking, now+every, event.ClassTimer)
	}
}

// repackKV is the share of its KV memory that an engine may hold after taking
// another's samples: they go on growing.
const repackKV = 0.75

// repack empties as many engines of old versions as the others of their version
// can take on. Samples that move have their KV computed again.
func (g *generator) repack(now event.Time) {
	g.engine.Arm(g.repacking, now+g.config.Mode.Repack, event.ClassTimer)
	if g.halted || len(g.queue) == 0 { // nothing waits for an engine
		return
	}
	var old []int
	for i := range g.engines {
		e := &g.engines[i]
		if !e.away && e.version < g.published && !e.loading && e.outstanding > 0 && e.Waiting() == 0 {
			old = append(old, i)
		}
	}
	slices.SortStableFunc(old, func(a, b int) int { return cmp.Compare(g.engines[a].outstanding, g.engines[b].outstanding) })
	room := int64(repackKV * float64(g.config.Engine.Blocks))
	given := map[int]int64{} // KV blocks, to those that stay
	for k, from := range old {
		e := &g.engines[from]
		if given[from] > 0 {
			continue
		}
		// The fullest that has room: the fewest engines remain.
		kv := e.KVBlocks(now)
		for _, to := range slices.Backward(old[k+1:]) {
			t := &g.engines[to]
			if t.version == e.version && t.outstanding+e.outstanding <= g.config.Engine.MaxSeqs && t.KVBlocks(now)+given[to]+kv <= room {
				given[to] += max(kv, 1)
				g.move(now, e, int32(to))
				break
			}
		}
	}
}

// move hands all that an engine has to another.
func (g *generator) move(now event.Time, e *rolloutEngine, to int32) {
	g.retire(now, e)
	left := e.Stop(now)
	e.Replica, e.outstanding = g.newReplica(e.config), e.outstanding-len(left)
	t := &g.engines[to]
	t.outstanding += len(left)
	for _, q := range left {
		of, s := g.pool.sample(q.Tag)
		s.stopped()
		s.replica = to
		g.job.stats.SamplesMoved++
		g.job.stats.ResumedTokens += int64(of.prompt) + int64(s.made) + int64(s.answers)
		t.Submit(now, s.next(now, of.prompt, t.version))
	}
}
