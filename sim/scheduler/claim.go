package scheduler

import (
	"cmp"
	"iter"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// Where those who are preempted take their time, what they leave is promised to the
// gangs for which they go. A promise counts as used: of quotas, in what others may
// borrow, and of nodes.

// tryClaimants tries those first who were promised what others leave, in the order
// in which it was to be theirs: else these others, who may come before them in the
// queue, would take back what they gave, and be preempted again for ever. What it
// means for others that a claimant waits is seen to when its turn comes.
// Where they would borrow, gangs of other tenants come before them that would not.
func (p *pass) tryClaimants(list iter.Seq[*Gang]) {
	if p.policy.Grace == 0 {
		return
	}
	p.claimants = p.claimants[:0]
	for g := range list {
		_, tried := p.tried[g]
		switch {
		case tried || g.promised == 0:
		case p.ownFirst && p.mustBorrow(g):
			p.behind[g.Tenant] = true
		default:
			p.claimants = append(p.claimants, g)
		}
	}
	slices.SortStableFunc(p.claimants, func(a, b *Gang) int { return cmp.Compare(a.promised, b.promised) })
	for _, g := range p.claimants {
		p.tried[g] = p.startOrClaim(g)
		if !p.claimed(g) {
			g.promised = 0
		}
	}
}

// claim promises g a placement that those who leave will make free by an instant:
// for this pass, or until it starts.
func (p *pass) claim(g *Gang, pl fleet.Placement, at event.Time, lasting bool) {
	if lasting && g.promised == 0 {
		g.promised = at
	}
	p.claims = append(p.claims, claim{g, at, reservation{pl, g.Request}})
	p.holds = p.holdParts(p.holds, reservation{pl, g.Request})
}

// claim is what a gang was promised.
type claim struct {
	gang *Gang
	at   event.Time
	reservation
}

// claimed reports whether a gang has a claim.
func (p *pass) claimed(g *Gang) bool {
	return slices.ContainsFunc(p.claims, func(c claim) bool { return c.gang == g })
}

// placeSoonest finds room and quota for a gang at the first departure that leaves
// enough, and says when that is. The trial stands at the last one.
func (p *pass) placeSoonest(g *Gang, pools []int) (fleet.Placement, event.Time, bool) {
	p.departures = append(p.departures[:0], p.now)
	for _, ends := range p.departing() {
		p.departures = append(p.departures, ends)
	}
	slices.Sort(p.departures)
	for _, at := range slices.Compact(p.departures) {
		m := p.mark()
		for v, ends := range p.departing() {
			if ends > at { // it still has what nobody claims
				p.trial.Block(v.Placement, v.Request)
				p.charge(v, v.Placement.Pool, 1)
			}
		}
		pl, ok := p.placeNow(g, pools...)
		p.undoTo(m)
		if ok {
			return pl, at, true
		}
	}
	return fleet.Placement{}, 0, false
}

// departing yields the gangs that have been preempted, in this pass last, and when
// each will have left.
func (p *pass) departing() iter.Seq2[*Gang, event.Time] {
	return func(yield func(*Gang, event.Time) bool) {
		for _, v := range p.leaving {
			if !yield(v, v.ends) {
				return
			}
		}
		for _, v := range p.out.Preempt {
			if !yield(v, p.now+p.policy.Grace) {
				return
			}
		}
	}
}

// later takes the trial to when all who leave have left, and those who have a
// claim have what they claim, and returns when that is.
func (p *pass) later() event.Time {
	for _, h := range p.holds {
		p.trial.Release(h.placement, h.request)
	}
	at := p.now
	for v, ends := range p.departing() {
		p.release(v)
		at = max(at, ends)
	}
	for _, c := range p.claims {
		p.trial.Allocate(c.placement, c.request)
		p.charge(c.gang, c.placement.Pool, 1)
	}
	return at
}

// besidesClaims reports whether there will be quota for a gang at every instant at
// which a claim is to be met.
func (p *pass) besidesClaims(g *Gang, pool int) bool {
	for i := range p.claims {
		at := p.claims[i].at
		if slices.ContainsFunc(p.claims[:i], func(c claim) bool { return c.at == at }) {
			continue
		}
		m := p.mark()
		for v, ends := range p.departing() {
			if ends <= at {
				p.charge(v, v.Placement.Pool, -1)
			}
		}
		for _, c := range p.claims {
			if c.at <= at {
				p.charge(c.gang, c.placement.Pool, 1)
			}
		}
		fits := p.hasQuota(g, pool)
		p.undoTo(m)
		if !fits {
			return false
		}
	}
	return true
}

// ownOf reports whether a gang would stay within a quota's own. What was promised
// counts as used.
func (p *pass) ownOf(g *Gang, q *quota) bool {
	need := p.promised(q)
	need.add(amounts(g.Request), 1)
	return q.within(need)
}

// promised returns what gangs claim of a quota.
func (p *pass) promised(q *quota) (a Amounts) {
	for _, c := range p.claims {
		if c.gang.quota(c.placement.Pool) == q {
			a.add(amounts(c.request), 1)
		}
	}
	return a
}
