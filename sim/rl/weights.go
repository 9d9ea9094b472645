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
	loading      event.Time // of weights that engines pull one by one
}

// drained reports whether no sample is under way that old weights began.
func (g *generator) drained() bool {
	return g.generated() && g.rewarding == 0
}

// generated reports whether what old weights began is complete but for rewards.
func (g *generator) generated() bool {
	if g.config.Mode.Batches {
		return g.generating == 0
	}
	return g.running == 0 && g.tools.busy == 0 && len(g.tools.waiting) == 0
}

// halt takes the GPUs from the engines: for training, or to load weights for a
// time. What they were generating waits.
func (g *generator) halt(now, load event.Time) {
	g.halted = true
	for i := range g.engines {
		e := &g.engines[i]
		if e.outstanding == 0 || e.away {
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
		if g.engines[i].away {
			continue
		}
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
		e := &g.engines[s.replica]
		if e.away { // meanwhile
			g.putBack(e, s)
			continue
		}
		e.Submit(now, s.next(now, of.prompt, g.published))
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
	e.Replica = g.newReplica(e.config)
}

// retire keeps the totals of a replica that is about to be stopped.
func (g *generator) retire(now event.Time, e *rolloutEngine) {
	e.gone.add(now, e.Replica, g.config.Engine)
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

// totals returns what engines have done since they began.
func (g *generator) totals(now event.Time, engines []rolloutEngine) (t replicaTotals) {
	for i := range engines {
		e := &engines[i]
		t.plus(&e.gone)
		if e.Replica != nil {
			t.add(now, e.Replica, g.config.Engine)
		}
		if e.loading {
			t.loading += now - e.loads
		}
	}
	return t
}

func (t *replicaTotals) plus(o *replicaTotals) {
	t.usage.Prefill += o.usage.Prefill
	t.usage.Decode += o.usage.Decode
	t.usage.Host += o.usage.Host
	t.usage.Comm += o.usage.Comm
	t.flops += o.flops
	t.bytes += o.bytes
	t.loading += o.loading
}

// pull makes every engine that has finished fetch the newest weights.
func (g *generator) pull(now event.Time) {
	if g.config.Mode.Update != Pull {
		return
	}
	for i := range g.engines {
		e := &g.engines[i]
		if e.away || e.version == g.published || e.outstanding > 0 || e.loading {
			continue
		}
		e.loading, e.loads, e.version = true, now, g.published
		g.engine.At(now+g.config.Sync, event.ClassArrival, g.job, kindLoaded, int64(i)|g.rewards.epoch<<epochShift)
	}
}

// loaded ends an engine's load of what was newest when it began.
func (g *generator) loaded(now event.Time, arg int64) {
	if arg>>epochShift != g.rewards.epoch {
		return
	}
	e := &g.engines[arg&(1<<epochShift-1)]
	if !e.loading || e.loads != now-g.config.Sync {
		return // its GPUs were taken back
	}
	e.endLoad(now)
	g.renew(now, e)
}

func (e *rolloutEngine) endLoad(now event.Time) {
	e.loading = false
	e.gone.loading += now - e.loads
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
	g.scorer.stop(now)
	g.pool = pool{size: g.pool.size}
	g.race.deferred, g.race.filtered = g.race.before, nil
	g.generating, g.running, g.rewarding, g.complete, g.ended = 0, 0, 0, 0, 0
	g.started = g.published * int64(g.config.Prompts)
	g.limit = g.started
	if g.config.Mode.Staleness == 0 {
		g.index = g.base
	}
	return complete, incomplete, tokens
}
