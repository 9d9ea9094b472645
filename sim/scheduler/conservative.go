package scheduler

import (
	"cmp"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// expected is a gang that holds GPUs and when it will give them up.
type expected struct {
	gang      *Gang
	at        event.Time
	placement fleet.Placement
}

// conservative gives every waiting gang a plan, around which all plans made
// later must find their place, and starts those whose time has come. When
// something ends early, plans move up in the queue's order. They move back only
// when a running gang outlives its estimate or the fleet shrinks.
func (p *pass) conservative() {
	p.listed = false
	p.bounds.reset()
	for _, g := range p.plans.list {
		if g.plan.start <= p.now && !p.isFree(g.plan.reservation) {
			p.plans.stale = true
		}
	}
	p.replan = p.plans.stale
	p.plans.stale = false
	p.plans.freed.begin()
	p.all()
	if p.replan {
		p.plans.freed.end()
	}
	for _, g := range p.plans.list {
		p.wakeAt(g.plan.start)
	}
}

// tryPlan starts a gang, makes room for it, or plans it.
func (p *pass) tryPlan(g *Gang) {
	from := p.now
	p.planned = event.Forever
	if g.plan.made {
		p.planned = g.plan.start
	}
	if g.plan.made && g.plan.start > p.now && (p.shortcut || !p.replan) {
		from = g.plan.start
		if p.replan {
			var short bool
			if from, short = p.bounds.of(g, p.planned); from < g.plan.start {
				from = max(from, p.mayMoveUp(g))
			}
			g.plan.overQuota = g.plan.overQuota || short
		}
		if from >= g.plan.start && (p.hopeless(g) || !p.mayDisplace(g)) {
			return
		}
	}
	old := g.plan
	if old.made {
		p.sketch(&old, p.profile.remove)
	}
	p.dropPlan(g)
	if old.made && old.start <= p.now && p.hasQuota(g, old.placement.Pool) && p.isFree(old.reservation) {
		p.start(g, old.placement)
		if p.expectEnd(g, old.placement); old.start < p.now {
			p.listed = false // it ends later than planned, too: other plans may be broken
		}
		return
	}
	limit := event.Forever
	if old.made && old.start > p.now {
		limit = old.start
	}
	at, pl, ok := p.find(g, from, limit)
	overQuota := p.overQuota || old.overQuota
	if p.shortcut && (p.replan || limit == event.Forever) { // else nothing was searched
		p.bounds.note(g, earliest(at, ok, limit), p.overQuota)
	}
	if !ok && limit < event.Forever { // it stays as planned
		at, pl, ok = old.start, old.placement, true
	}
	if old.made && (!ok || at != old.start || old.start <= p.now) {
		p.moved() // its place is free
		p.plans.freed.add(old.placement)
	}
	switch {
	case ok && at == p.now:
		p.start(g, pl)
		p.expectEnd(g, pl)
		return
	case !ok || at > p.now+p.policy.Grace:
		before := len(p.out.Preempt)
		room, fits := p.makeRoom(g)
		if fits && old.made {
			p.plans.freed.add(old.placement)
		}
		if fits && p.policy.Grace == 0 {
			p.start(g, room)
			p.preempted(p.out.Preempt[before:])
			return
		} else if fits {
			p.preempted(p.out.Preempt[before:])
			at, pl, ok = p.now+p.policy.Grace, room, true
		}
	}
	if ok {
		p.setPlan(g, plan{overQuota: overQuota, start: at, end: endOf(at, g), reservation: reservation{pl, g.Request}})
		g.plan.overlaps = p.overlaps(g)
		g.plan.broken = p.listed && p.isBroken(&g.plan)
		p.sketch(&g.plan, p.profile.add)
	}
}

// earliest returns before which instant a search has found no start.
func earliest(at event.Time, ok bool, limit event.Time) event.Time {
	if ok {
		return at
	}
	return limit
}

// preempted takes note that gangs have been preempted.
func (p *pass) preempted(victims []*Gang) {
	p.listed = false
	p.moved()
	for _, v := range victims {
		p.plans.freed.add(v.Placement)
	}
}

// moved takes note that something has become free that was taken: what was found
// no longer holds.
func (p *pass) moved() {
	p.bounds.reset()
	p.epoch++
}

// endOf returns when a gang ends that starts at an instant.
func endOf(start event.Time, g *Gang) event.Time {
	if g.Estimate == 0 {
		return event.Forever
	}
	return start + g.Estimate
}

// isFree reports whether all of a reservation is free, in the trial.
func (p *pass) isFree(r reservation) bool {
	m := p.mark()
	defer p.undoTo(m)
	var free Amounts
	p.scratch = p.holdParts(p.scratch[:0], r)
	for _, h := range p.scratch {
		free.add(amounts(h.request), 1)
	}
	return free == amounts(r.request)
}

// list lists when what will end, and makes the profile, if they are asked for.
func (p *pass) list() {
	if !p.listed {
		p.expectEnds()
		p.outline()
		p.listed = true
	}
}

// expectEnds lists when what will end.
func (p *pass) expectEnds() {
	p.events = p.events[:0]
	for g := range p.ends.all() {
		at := g.ends
		switch {
		case p.isGone(g):
			if at = p.now + p.policy.Grace; p.policy.Grace == 0 {
				continue
			}
		case at <= p.now:
			at = overdue(g, p.now)
		}
		p.events = append(p.events, expected{g, at, g.Placement})
	}
	for _, v := range p.out.Preempt {
		if v.Estimate == 0 && p.policy.Grace > 0 {
			p.events = append(p.events, expected{v, p.now + p.policy.Grace, v.Placement})
		}
	}
	for _, st := range p.out.Start {
		if st.Gang.Estimate > 0 {
			p.events = append(p.events, expected{st.Gang, p.now + st.Gang.Estimate, st.Placement})
		}
	}
	slices.SortFunc(p.events, func(a, b expected) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.gang.ID, b.gang.ID)) })
}

// expectEnd lists the end of a gang that starts.
func (p *pass) expectEnd(g *Gang, pl fleet.Placement) {
	if g.Estimate == 0 || !p.listed {
		return
	}
	e := expected{g, p.now + g.Estimate, pl}
	i, _ := slices.BinarySearchFunc(p.events, e, func(a, b expected) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.gang.ID, b.gang.ID)) })
	p.events = slices.Insert(p.events, i, e)
	p.profile.add(e.at, pl.Pool, g.Request.TotalMilli())
}

// overdue returns when to expect the end of a gang that has outlived its
// estimate: the estimate is doubled until that is in the future.
func overdue(g *Gang, now event.Time) event.Time {
	estimate := max(g.ends-g.Started, event.Second)
	for g.Started+estimate <= now {
		estimate *= 2
	}
	return g.Started + estimate
}

// Planned returns when a waiting gang is to start under conservative backfill,
// if that is known.
func (s *Scheduler) Planned(g *Gang) (event.Time, bool) { return g.plan.start, g.plan.made }
