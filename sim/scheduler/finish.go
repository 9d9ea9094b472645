package scheduler

import (
	"github.com/jevons-sim/jevons/sim/event"
)

// finish undoes what was tried and completes the decisions.
func (p *pass) finish() {
	p.out.Held = p.held()
	p.undoTo(mark{})
	for _, st := range p.out.Start {
		p.agenda.letGo(st.Gang, st.Placement) // until it begins
	}
	p.out.Again = (len(p.out.Preempt) > 0 && p.policy.Grace == 0) || (p.byTenant != nil && len(p.out.Start) > 0 && p.Scheduler.waiting.n > len(p.out.Start))
	if p.timed != nil && p.policy.Preempt == OrderPreemption && p.Scheduler.waiting.n > len(p.out.Start) {
		for _, g := range p.running {
			if g.Preemptible {
				p.wakeAt(p.timed.Next(p.now, g))
			}
		}
		for _, st := range p.out.Start {
			if st.Gang.Preemptible {
				// It starts with what it has had; when its rank changes is seen
				// from the instant of its start.
				p.wakeAt(p.nextOfStarted(st.Gang))
			}
		}
		if p.shifts {
			for g := range p.Scheduler.waiting.all() {
				p.wakeAt(p.timed.Next(p.now, g))
			}
		}
	}
	p.cached.keep(p)
}

// nextOfStarted returns when the rank of a gang changes that starts now.
func (p *pass) nextOfStarted(g *Gang) event.Time {
	started := *g
	p.timed.Begin(p.now, &started)
	started.state, started.Started = running, p.now
	return p.timed.Next(p.now, &started)
}

func (p *pass) wakeAt(t event.Time) {
	if t > p.now {
		p.out.Wake = min(p.out.Wake, t)
	}
}

// overQuotas counts the gangs that still wait and lack quota, by pool, and adds
// what they ask for to what is held.
func (p *pass) overQuotas() []int {
	p.lacking = append(p.lacking[:0], make([]int, len(p.closed))...)
	if len(p.policy.Tenants) == 0 {
		return p.lacking
	}
	for _, st := range p.out.Start {
		st.Gang.gone = p.number // it waits no longer
	}
	for g := range p.Scheduler.waiting.all() {
		if g.Tenant.quotas == nil || p.isGone(g) || g.Request.TotalMilli() == 0 {
			continue
		}
		for _, pool := range g.Pools {
			if p.bars(g.Tenant) || !p.hasQuota(g, pool) {
				p.heldOut[pool] += g.Request.TotalMilli()
				p.lacking[pool]++
			}
		}
	}
	return p.lacking
}

// held returns the milli-GPUs by pool that are free but not for those who wait.
func (p *pass) held() []int64 {
	p.heldOut = append(p.heldOut[:0], p.easy.free...)
	held := p.heldOut
	if p.policy.Backfill == Conservative && len(p.plans.list) > 0 {
		m := p.mark()
		for _, g := range p.plans.list {
			if p.fleet.Pools[g.plan.placement.Pool].FreeMilli() == 0 {
				continue
			}
			held[g.plan.placement.Pool] += p.trial.Block(g.plan.placement, g.plan.request)
		}
		p.undoTo(m)
	}
	for _, h := range p.holds {
		held[h.placement.Pool] += h.request.TotalMilli()
	}
	p.out.OverQuota = p.overQuotas()
	return held
}
