package rl

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/serving"
)

// replicaTotals is what replicas have done.
type replicaTotals struct {
	usage        serving.Usage
	flops, bytes float64
}

// loads is the time engines spend on weights they pull one by one.
type loads struct {
	over   event.Time // of loads that have ended
	open   int64
	starts event.Time // summed, of open loads
}

func (l *loads) time(now event.Time) event.Time {
	return l.over + event.Time(l.open)*now - l.starts
}

// drained reports whether no sample is under way that old weights began.
func (g *generator) drained() bool {
	if g.config.Mode.Batches {
		return g.generating == 0 && g.rewarding == 0
	}
	return g.running == 0 && g.tools.busy == 0 && len(g.tools.waiting) == 0 && g.rewarding == 0
}

// halt takes the GPUs from the engines: for training, or to load weights for a
// time. What they were generating waits.
func (g *generator) halt(now, load event.Time) {
	g.halted = true
	for i := range g.engines {
		e := &g.engines[i]
		if e.outstanding == 0 {
			continue
		}
		if g.config.Mode.Update == InFlight {
			e.Pause(now, now+load)
			continue
		}
		g.retire(now, e)
		left := e.Stop(now)
		e.Replica = nil
		g.interrupted(left)
	}
}

// interrupted keeps what samples have so far, to go on from there.
func (g *generator) interrupted(left []*serving.Request) {
	for _, q := range left {
		_, s := g.pool.sample(q.Tag)
		s.stopped()
		g.job.stats.Interrupts++
	}
	g.paused = append(g.paused, left...)
}

// resume gives the engines their GPUs with the newest weights.
func (g *generator) resume(now event.Time) {
	g.halted, g.draining = false, false
	for i := range g.engines {
		g.engines[i].version = g.published
		if g.config.Mode.Update != InFlight {
			g.renew(now, &g.engines[i])
		}
	}
	for _, q := range g.paused {
		of, s := g.pool.sample(q.Tag)
		if s.made > 0 {
			g.job.stats.ResumedTokens += int64(of.prompt) + int64(s.made) + int64(s.answers)
		}
		g.engines[s.replica].Submit(now, s.next(now, of.prompt, g.published))
	}
	g.paused = g.paused[:0]
}

// renew replaces a replica that is gone, or whose prefix cache holds what old
// weights computed.
func (g *generator) renew(now event.Time, e *rolloutEngine) {
	if e.Replica != nil {
		if !g.config.Engine.PrefixCache {
			return
		}
		g.retire(now, e)
		e.Stop(now)
	}
	e.Replica = g.newReplica()
}

// retire keeps the totals of a replica that is about to be stopped.
func (g *generator) retire(now event.Time, e *rolloutEngine) {
	g.retired.add(now, e.Replica, g.config.Engine)
}

func (t *replicaTotals) add(now event.Time, r *serving.Replica, c *serving.Config) {
	u, w := r.Usage(now), r.Work(now)
	t.usage.Prefill += u.Prefill
	t.usage.Decode += u.Decode
	t.usage.Host += u.Host
	t.usage.Comm += u.Comm
	t.flops += w.FLOPs(c)
	t.bytes += w.Bytes(c)
}

// totals returns what all engines have done since they began.
func (g *generator) totals(now event.Time) replicaTotals {
	t := g.retired
	for i := range g.engines {
		if r := g.engines[i].Replica; r != nil {
			t.add(now, r, g.config.Engine)
		}
	}
	return t
}

// pull makes every engine that has finished fetch the newest weights.
func (g *generator) pull(now event.Time) {
	if g.config.Mode.Update != Pull {
		return
	}
	for i := range g.engines {
		e := &g.engines[i]
		if e.version == g.published || e.outstanding > 0 || e.loading {
			continue
		}
		e.loading, e.version = true, g.published
		g.loads.open++
		g.loads.starts += now
		g.engine.At(now+g.config.Sync, event.ClassArrival, g.job, kindLoaded, int64(i)|g.rewards.epoch<<epochShift)
	}
}

// loaded ends an engine's load of what was newest when it began.
func (g *generator) loaded(now event.Time, arg int64) {
	if arg>>epochShift != g.rewards.epoch {
		return
	}
	e := &g.engines[arg&(1<<epochShift-1)]
	e.loading = false
	g.loads.open--
	g.loads.starts -= now - g.config.Sync
	g.loads.over += g.config.Sync
	g.renew(now, e)
}

// cause returns why engines without a batch have none.
func (g *generator) cause() ledger.Account {
	synchronous := g.config.Mode.Staleness == 0
	switch {
	case g.halted:
		return ledger.StalledSync
	case g.generating == 0 && g.rewarding > 0 && synchronous:
		return ledger.StalledReward
	case g.generating == 0:
		return ledger.StalledStaleness
	case g.running == 0 && len(g.queue) == 0:
		return ledger.StalledTools
	case synchronous || g.draining || g.config.Mode.Batches:
		return ledger.StalledTail
	default:
		return ledger.StalledStaleness
	}
}

// stop gives up the engines and everything under way, and counts the samples.
func (g *generator) stop(now event.Time) (complete, incomplete, tokens int64) {
	g.engine.Disarm(g.turn)
	if g.config.Mode.Repack > 0 && g.engines != nil {
		g.engine.FreeTimer(g.repacking)
	}
	for i := range g.engines {
		if e := &g.engines[i]; e.Replica != nil {
			e.Stop(now)
		}
	}
	complete, incomplete, tokens = g.census()
	g.engines, g.queue, g.finished, g.ready, g.paused = nil, nil, nil, nil, nil
	g.tools.stop()
	g.rewards.stop()
	g.pool = pool{size: g.pool.size}
	g.race.deferred, g.race.filtered = g.race.before, nil
	g.generating, g.running, g.rewarding, g.ended = 0, 0, 0, 0
	g.started = g.published * int64(g.config.Prompts)
	g.limit = g.started
	if g.config.Mode.Staleness == 0 {
		g.index = g.base
	}
	return complete, incomplete, tokens
}
