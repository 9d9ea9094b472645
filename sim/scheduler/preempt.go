package scheduler

import (
	"cmp"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// makeRoom finds running gangs whose going makes room, and quota, for g, none
// that is not needed. When they go at once it returns where g may start. When
// they take their time, g gets a claim to what they leave.
func (p *pass) makeRoom(g *Gang) (fleet.Placement, bool) {
	victims := p.victimsOf(g)
	waits := p.policy.Grace > 0 && p.policy.Backfill != Conservative // g gets a claim
	if len(victims) == 0 && !(waits && len(p.leaving)+len(p.claims)+len(p.out.Preempt) > 0) {
		return fleet.Placement{}, false
	}
	p.override(g)
	m := p.mark()
	if waits {
		p.later()
		if pl, ok := p.placeNow(g, g.Pools...); ok {
			p.undoTo(m)
			p.claim(g, pl)
			return fleet.Placement{}, false
		}
	}
	for _, pool := range g.Pools {
		pl, chosen, ok := p.evict(g, pool, victims)
		if !ok {
			continue
		}
		p.out.Preempt = append(p.out.Preempt, chosen...)
		for _, v := range chosen {
			p.victims[v] = true
		}
		if p.policy.Grace > 0 {
			p.undoTo(m)
		}
		if waits {
			g.claims = true
			p.claim(g, pl)
			return fleet.Placement{}, false
		}
		p.epoch++ // room has been made
		return pl, true
	}
	p.undoTo(m)
	return fleet.Placement{}, false
}

// override takes the reservation from a gang that would borrow for it, in
// favour of one that reclaims what is its tenant's own.
func (p *pass) override(g *Gang) {
	e := &p.easy
	if e.gang == nil || g.Tenant.reclaim == ReclaimNever {
		return
	}
	pool := e.whole.placement.Pool
	own, theirs := g.quota(pool), e.gang.quota(pool)
	if own == nil || theirs == nil || own == theirs || own.root() != theirs.root() ||
		theirs.within(amounts(e.gang.Request)) || !own.within(amounts(g.Request)) {
		return
	}
	for _, h := range e.hold {
		p.trial.Release(h.placement, h.request)
	}
	e.reset()
	p.out.Reserved, p.out.ReservedFor = nil, 0
	p.epoch++
}

// placeNow finds room and quota for a gang in some pools as the trial stands.
func (p *pass) placeNow(g *Gang, pools ...int) (fleet.Placement, bool) {
	m := p.mark()
	defer p.undoTo(m)
	switch e := &p.easy; {
	case p.policy.Backfill == Conservative:
		p.chargePlans(p.now, endOf(p.now, g))
		p.block(p.now, endOf(p.now, g))
	case e.gang != nil && endOf(p.now, g) > e.at:
		p.trial.Block(e.whole.placement, e.whole.request) // what runs now, too, is the reserved gang's
	}
	return p.placeIn(g, pools)
}

// mayDisplace reports whether there is anybody to preempt for a gang.
func (p *pass) mayDisplace(g *Gang) bool { return len(p.victimsOf(g)) > 0 }

// victimsOf returns the running gangs that may be preempted for g, in the order
// in which they are: gangs that borrow g's quota, then by what the preemption
// rule goes by, the youngest first.
func (p *pass) victimsOf(g *Gang) []*Gang {
	if p.policy.Preempt == NoPreemption && g.Tenant.reclaim == ReclaimNever {
		return nil
	}
	type candidate struct {
		*Gang
		reclaimed bool
		rank      int64
	}
	var list []candidate
	rank := p.policy.Order.Rank(p.now, g)
	for _, r := range p.running {
		if p.victims[r] || !slices.Contains(g.Pools, r.Placement.Pool) {
			continue
		}
		c := candidate{Gang: r, reclaimed: p.mayReclaim(g, r)}
		switch p.policy.Preempt {
		case PriorityPreemption:
			c.rank = -int64(r.Priority)
		case OrderPreemption:
			c.rank = p.policy.Order.Rank(p.now, r)
		}
		if c.reclaimed || p.mayPreempt(g, r, rank, c.rank) {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b candidate) int {
		if a.reclaimed != b.reclaimed {
			if a.reclaimed {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(a.Priority, b.Priority), cmp.Compare(b.Started, a.Started), cmp.Compare(b.ID, a.ID))
	})
	out := make([]*Gang, len(list))
	for i, c := range list {
		out[i] = c.Gang
	}
	return out
}

// Outranks reports whether preemption by priority lets g displace a running r.
func (s *Scheduler) Outranks(g, r *Gang) bool {
	return s.policy.Preempt == PriorityPreemption && r.Preemptible && r.Priority < g.Priority
}

// mayPreempt reports whether the preemption rule lets g displace r. Between
// tenants that share a cohort only reclaim does.
func (p *pass) mayPreempt(g, r *Gang, rank, other int64) bool {
	if !r.Preemptible || p.cousins(g, r) {
		return false
	}
	switch p.policy.Preempt {
	case PriorityPreemption:
		return r.Priority < g.Priority
	case OrderPreemption:
		return rank < other
	}
	return false
}

// cousins reports whether two gangs belong to different tenants of one cohort.
func (p *pass) cousins(g, r *Gang) bool {
	a, b := g.quota(r.Placement.Pool), r.quota(r.Placement.Pool)
	return a != nil && b != nil && a != b && a.root() == b.root()
}

// mayReclaim reports whether g, within its tenant's own quota, may take back
// what r borrows.
func (p *pass) mayReclaim(g, r *Gang) bool {
	switch g.Tenant.reclaim {
	case ReclaimNever:
		return false
	case ReclaimLowerPriority:
		if r.Priority >= g.Priority {
			return false
		}
	}
	pool := r.Placement.Pool
	return p.cousins(g, r) && g.quota(pool).within(amounts(g.Request)) && r.holdsBorrowed(g)
}

// holdsBorrowed reports whether a running gang holds of something that its
// tenant borrows and g asks for. Taking back anything else would not make what
// is g's own its own again, and two tenants could take it from each other for
// ever.
func (g *Gang) holdsBorrowed(by *Gang) bool {
	return g.quota(g.Placement.Pool).borrows(amounts(g.Request), amounts(by.Request))
}

// evict releases victims in a pool, in their order, until g fits, and takes
// those back that turn out not to be needed, the last first. It leaves the
// trial without those chosen, or as it was when g does not fit.
func (p *pass) evict(g *Gang, pool int, victims []*Gang) (fleet.Placement, []*Gang, bool) {
	m := p.mark()
	var chosen []*Gang
	var pl fleet.Placement
	fits := false
	for _, v := range victims {
		if v.Placement.Pool != pool || (p.cousins(g, v) && !v.holdsBorrowed(g)) {
			continue
		}
		p.release(v)
		chosen = append(chosen, v)
		if pl, fits = p.placeNow(g, pool); fits {
			break
		}
	}
	if !fits {
		p.undoTo(m)
		return pl, nil, false
	}
	for i := len(chosen) - 2; i >= 0; i-- {
		v := chosen[i]
		before := p.mark()
		p.trial.Allocate(v.Placement, v.Request)
		p.charge(v, pool, 1)
		if other, still := p.placeNow(g, pool); still {
			pl = other
			chosen = slices.Delete(chosen, i, i+1)
			continue
		}
		p.undoTo(before)
	}
	return pl, chosen, true
}

// release takes a running gang off the fleet, in the trial.
func (p *pass) release(v *Gang) {
	p.trial.Release(v.Placement, v.Request)
	p.charge(v, v.Placement.Pool, -1)
}

// tryClaimants tries those first for whom others were preempted: else these, who
// may come before them in the queue, would take back what they gave, and be
// preempted again for ever.
func (p *pass) tryClaimants() {
	if p.policy.Grace == 0 {
		return
	}
	p.claimants = p.claimants[:0]
	for g := range p.Scheduler.waiting.all() {
		if g.claims {
			p.claimants = append(p.claimants, g)
		}
	}
	for _, g := range p.claimants {
		p.try(g)
		p.tried[g] = true
		g.claims = p.claimed(g)
	}
}

// claim promises g a placement that those who leave will make free.
func (p *pass) claim(g *Gang, pl fleet.Placement) {
	p.claims = append(p.claims, claim{g, reservation{pl, g.Request}})
	p.holds = p.holdParts(p.holds, reservation{pl, g.Request})
}

// claim is what a gang was promised.
type claim struct {
	gang *Gang
	reservation
}

// claimed reports whether a gang has a claim.
func (p *pass) claimed(g *Gang) bool {
	return slices.ContainsFunc(p.claims, func(c claim) bool { return c.gang == g })
}

// later takes the trial to when all who leave have left, and those who have a
// claim have what they claim, and returns when that is.
func (p *pass) later() event.Time {
	for _, h := range p.holds {
		p.trial.Release(h.placement, h.request)
	}
	at := p.now
	for _, v := range p.leaving {
		p.release(v)
		at = max(at, v.ends)
	}
	for _, v := range p.out.Preempt {
		p.release(v)
		at = max(at, p.now+p.policy.Grace)
	}
	for _, c := range p.claims {
		p.trial.Allocate(c.placement, c.request)
		p.charge(c.gang, c.placement.Pool, 1)
	}
	return at
}
