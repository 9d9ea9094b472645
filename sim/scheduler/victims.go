package scheduler

import (
	"cmp"
	"math"
	"slices"
)

// candidate is a running gang that may be preempted for another.
type candidate struct {
	*Gang
	reclaimed bool // it borrows what is the other's
	rank      int64
}

// mayDisplace reports whether there is anybody to preempt for a gang.
func (p *pass) mayDisplace(g *Gang) bool {
	if p.policy.PreemptExempt > 0 { // the search says when to try again
		return len(p.victimsOf(g)) > 0
	}
	reclaims := p.reclaimable(g)
	if p.policy.Preempt == NoPreemption && !reclaims {
		return false
	}
	rank := p.seniority(g)
	if !reclaims && rank >= p.mostJunior() {
		return false
	}
	for _, r := range p.running {
		other := p.seniority(r)
		if (rank < other || reclaims) && !p.isGone(r) && slices.Contains(g.Pools, r.Placement.Pool) &&
			((reclaims && p.mayReclaim(g, r)) || p.mayPreempt(g, r, rank, other)) && !p.exempt(r) {
			return true
		}
	}
	return false
}

// seniority is what the preemption rule goes by: a gang may displace those with
// more.
func (p *pass) seniority(g *Gang) int64 {
	switch p.policy.Preempt {
	case PriorityPreemption:
		return -int64(g.Priority)
	case OrderPreemption:
		return p.policy.Order.Rank(p.now, g)
	}
	return 0
}

// mostJunior returns the most that any running gang has that may be preempted.
func (p *pass) mostJunior() int64 {
	if p.juniorOf != p.number {
		p.juniorOf, p.junior = p.number, math.MinInt64
		for _, r := range p.running {
			if r.Preemptible {
				p.junior = max(p.junior, p.seniority(r))
			}
		}
	}
	return p.junior
}

// victimsOf returns the running gangs that may be preempted for g, in the order
// in which they are: gangs that borrow g's quota, then by what the preemption
// rule goes by, the youngest first. The list is valid until the next call.
func (p *pass) victimsOf(g *Gang) []candidate {
	p.candidates = p.candidates[:0]
	reclaims := p.reclaimable(g)
	if p.policy.Preempt == NoPreemption && !reclaims {
		return nil
	}
	var rank int64
	if p.policy.Preempt == OrderPreemption {
		rank = p.policy.Order.Rank(p.now, g)
	}
	for _, r := range p.running {
		if p.isGone(r) || !slices.Contains(g.Pools, r.Placement.Pool) {
			continue
		}
		c := candidate{Gang: r, reclaimed: reclaims && p.mayReclaim(g, r)}
		switch p.policy.Preempt {
		case PriorityPreemption:
			c.rank = -int64(r.Priority)
		case OrderPreemption:
			c.rank = p.policy.Order.Rank(p.now, r)
		}
		if (c.reclaimed || p.mayPreempt(g, r, rank, c.rank)) && !p.exempt(r) {
			p.candidates = append(p.candidates, c)
		}
	}
	slices.SortFunc(p.candidates, func(a, b candidate) int {
		if a.reclaimed != b.reclaimed {
			if a.reclaimed {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(a.Priority, b.Priority), cmp.Compare(b.Started, a.Started), cmp.Compare(b.ID, a.ID))
	})
	return p.candidates
}

// exempt reports whether a running gang may not be preempted yet. Whatever the
// rules, a gang is preempted once at an instant: reclaim goes by what tenants
// hold, not by rank, and with preemption by rank within tenants gangs could take
// the same GPUs from each other in a circle.
func (p *pass) exempt(r *Gang) bool {
	until := r.Started + p.policy.PreemptExempt
	if p.now < until {
		p.wakeAt(until)
		return true
	}
	return r.stopped == p.now+1
}

// Outranks reports whether preemption by priority lets g displace a running r.
func (s *Scheduler) Outranks(g, r *Gang) bool {
	return s.policy.Preempt == PriorityPreemption && r.Preemptible && r.Priority < g.Priority
}

// mayPreempt reports whether the preemption rule lets g displace r. Between
// tenants that share a cohort only reclaim does.
func (p *pass) mayPreempt(g, r *Gang, rank, other int64) bool {
	switch p.policy.Preempt {
	case PriorityPreemption:
		return r.Preemptible && r.Priority < g.Priority && !p.cousins(g, r)
	case OrderPreemption:
		return r.Preemptible && rank < other && !p.cousins(g, r)
	}
	return false
}

// cousins reports whether two gangs belong to different tenants of one cohort.
func (p *pass) cousins(g, r *Gang) bool {
	a, b := g.quota(r.Placement.Pool), r.quota(r.Placement.Pool)
	return a != nil && b != nil && a != b && a.root() == b.root()
}

// reclaimable reports whether g, within its tenant's own quota, may take back
// what another tenant borrows, in one of its pools.
func (p *pass) reclaimable(g *Gang) bool {
	if g.Tenant.reclaim == ReclaimNever {
		return false
	}
	a := amounts(g.Request)
	for _, pool := range g.Pools {
		own := g.quota(pool)
		if own == nil || !p.ownOf(g, own) {
			continue
		}
		for _, t := range p.tenants {
			if t.quotas == nil || t.quotas[pool] == nil || t.quotas[pool] == own {
				continue
			}
			if q := t.quotas[pool]; q.borrows(a, a, p.promised(q)) && q.root() == own.root() {
				return true
			}
		}
	}
	return false
}

// mayReclaim reports whether g, within its tenant's own quota, may take back
// what r borrows.
func (p *pass) mayReclaim(g, r *Gang) bool {
	if g.Tenant.reclaim == ReclaimLowerPriority && r.Priority >= g.Priority {
		return false
	}
	return p.cousins(g, r) && r.holdsBorrowed(g, p.promised(r.quota(r.Placement.Pool))) && p.ownOf(g, g.quota(r.Placement.Pool))
}

// holdsBorrowed reports whether a running gang holds of something that its
// tenant borrows, or will when it has so much besides, and g asks for. Taking back anything else would not make what
// is g's own its own again, and two tenants could take it from each other for
// ever.
func (g *Gang) holdsBorrowed(by *Gang, besides Amounts) bool {
	return g.quota(g.Placement.Pool).borrows(amounts(g.Request), amounts(by.Request), besides)
}
