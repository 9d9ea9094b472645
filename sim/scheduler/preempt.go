package scheduler

import (
	"slices"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// makeRoom finds running gangs whose going makes room, and quota, for g, none
// that is not needed. When they go at once it returns where g may start. When
// they take their time, g gets a claim to what they leave. A gang that has room
// and quota besides what is claimed, and is kept from them by a rule, preempts
// nobody.
func (p *pass) makeRoom(g *Gang) (fleet.Placement, bool) {
	pools := p.notClosed(g)
	if len(pools) == 0 || p.bars(g.Tenant) || p.hopeless(g) {
		return fleet.Placement{}, false
	}
	victims := p.victimsOf(g)
	waits := p.policy.Grace > 0 && p.policy.Backfill != Conservative // g gets a claim
	if len(victims) == 0 && !(waits && len(p.leaving)+len(p.claims)+len(p.out.Preempt) > 0) {
		p.despair(g)
		return fleet.Placement{}, false
	}
	if p.override(g) {
		if pl, ok := p.placeNow(g, pools...); ok {
			return pl, true
		}
	} else if pl, ok := p.placeNow(g, pools...); ok && (len(p.claims) == 0 || p.besidesClaims(g, pl.Pool)) {
		return fleet.Placement{}, false
	}
	m := p.mark()
	if waits {
		p.later()
		if pl, at, ok := p.placeSoonest(g, pools); ok {
			p.undoTo(m)
			q := g.quota(pl.Pool)
			p.claim(g, pl, at, q != nil && p.ownOf(g, q)) // else, next time, those come first to whom it belongs
			return fleet.Placement{}, false
		}
	}
	for _, pool := range pools {
		pl, chosen, ok := p.evict(g, pool, victims)
		if !ok {
			continue
		}
		p.out.Preempt = append(p.out.Preempt, chosen...)
		for _, v := range chosen {
			v.gone = p.number
		}
		if p.policy.Grace > 0 {
			p.undoTo(m)
		}
		if waits {
			p.claim(g, pl, p.now+p.policy.Grace, true)
			return fleet.Placement{}, false
		}
		p.epoch++ // room has been made
		return pl, true
	}
	p.undoTo(m)
	p.despair(g)
	return fleet.Placement{}, false
}

// notClosed returns the pools that no gang ahead of g keeps from it.
func (p *pass) notClosed(g *Gang) []int {
	if p.policy.Backfill != NoBackfill || !slices.ContainsFunc(g.Pools, func(pool int) bool { return p.closed[pool] }) {
		return g.Pools
	}
	var pools []int
	for _, pool := range g.Pools {
		if q := g.quota(pool); !p.closed[pool] || (q != nil && p.ownOf(g, q)) {
			pools = append(pools, pool)
		}
	}
	return pools
}

// override takes the reservation from a gang that would borrow for it, in
// favour of one that reclaims what is its tenant's own, and reports whether it
// has.
func (p *pass) override(g *Gang) bool {
	e := &p.easy
	if e.gang == nil || g.Tenant.reclaim == ReclaimNever {
		return false
	}
	pool := e.whole.placement.Pool
	own, theirs := g.quota(pool), e.gang.quota(pool)
	if own == nil || theirs == nil || own == theirs || own.root() != theirs.root() ||
		p.ownOf(e.gang, theirs) || !p.ownOf(g, own) {
		return false
	}
	for _, h := range e.hold {
		p.trial.Release(h.placement, h.request)
	}
	e.reset()
	p.out.Reserved, p.out.ReservedFor = nil, 0
	p.epoch++
	return true
}

// placeNow finds room and quota for a gang in some pools as the trial stands.
func (p *pass) placeNow(g *Gang, pools ...int) (fleet.Placement, bool) {
	if !slices.ContainsFunc(pools, func(pool int) bool { return p.placer.Enough(pool, g.Request) }) {
		return fleet.Placement{}, false
	}
	if p.policy.Backfill == Conservative {
		return p.placeAt(g, p.now, pools)
	}
	m := p.mark()
	defer p.undoTo(m)
	if e := &p.easy; e.gang != nil && endOf(p.now, g) > e.at {
		p.trial.Block(e.whole.placement, e.whole.request) // what runs now, too, is the reserved gang's
	}
	return p.placeIn(g, pools)
}

// evict releases victims in a pool, in their order, until g fits, and takes
// those back that turn out not to be needed, the last first. It leaves the
// trial without those chosen, or as it was when g does not fit.
func (p *pass) evict(g *Gang, pool int, victims []candidate) (fleet.Placement, []*Gang, bool) {
	m := p.mark()
	var chosen []*Gang
	var pl fleet.Placement
	fits := false
	for _, v := range victims {
		if v.Placement.Pool != pool || (v.reclaimed && !v.holdsBorrowed(g, Amounts{})) {
			continue
		}
		p.release(v.Gang)
		chosen = append(chosen, v.Gang)
		if !p.mayHelp(g, v.Gang) {
			continue
		}
		if pl, fits = p.placeNow(g, pool); fits {
			break
		}
	}
	if !fits {
		p.undoTo(m)
		return pl, nil, false
	}
	stale := false // the best place may be another
	for i := len(chosen) - 2; i >= 0; i-- {
		v := chosen[i]
		before := p.mark()
		p.trial.Allocate(v.Placement, v.Request)
		p.charge(v, pool, 1)
		if p.policy.Backfill == Conservative && p.shortcut && g.Tenant.quotas == nil && apart(v.Placement, pl) {
			stale = true
			chosen = slices.Delete(chosen, i, i+1)
			continue
		}
		if other, still := p.placeNow(g, pool); still {
			pl, stale = other, false
			chosen = slices.Delete(chosen, i, i+1)
			continue
		}
		p.undoTo(before)
	}
	if stale {
		pl, _ = p.placeNow(g, pool)
	}
	return pl, chosen, true
}

// mayHelp reports whether g may fit now that one more gang has made room, when
// it did not before. It looks at nodes only, and at EASY's not at all.
func (p *pass) mayHelp(g, v *Gang) bool {
	switch {
	case p.policy.Backfill != Conservative || !p.shortcut:
		return true
	case g.Request.Workers > 1:
		return p.mayFit(g, p.now)
	case g.Tenant.quotas != nil:
		return true
	}
	end := endOf(p.now, g)
	return slices.ContainsFunc(v.Placement.Slots, func(s fleet.Slot) bool { return p.roomAt(g, v.Placement.Pool, s.Node, p.now, end) > 0 })
}

// apart reports whether two placements in one pool share no node. Their slots are
// in the order of nodes.
func apart(a, b fleet.Placement) bool {
	for i, k := 0, 0; i < len(a.Slots) && k < len(b.Slots); {
		switch {
		case a.Slots[i].Node < b.Slots[k].Node:
			i++
		case a.Slots[i].Node > b.Slots[k].Node:
			k++
		default:
			return false
		}
	}
	return true
}

// release takes a running gang off the fleet, in the trial.
func (p *pass) release(v *Gang) {
	p.trial.Release(v.Placement, v.Request)
	p.charge(v, v.Placement.Pool, -1)
}
