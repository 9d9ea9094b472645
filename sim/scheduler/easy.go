package scheduler

import (
	"iter"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// easy is the one reservation of EASY backfill.
type easy struct {
	gang  *Gang // nil = none
	at    event.Time
	whole reservation   // all that the gang will need
	hold  []reservation // the part of it that is free now, allocated in the trial
	free  []int64       // by pool, milli-GPUs of hold
	ended []*Gang       // that are expected to have ended by then
	owed  owed          // what these leave of quota
}

func (e *easy) reset() {
	e.gang, e.hold, e.ended, e.owed.known = nil, e.hold[:0], e.ended[:0], false
	clear(e.free)
}

// reserve finds the earliest time at which g fits if running gangs, and those
// that start in this pass, end as estimated, and holds what it will need.
func (p *pass) reserve(g *Gang) {
	m := p.mark()
	earliest := p.now
	if len(p.claims) > 0 {
		earliest = p.later()
	}
	quotas := len(p.policy.Tenants) > 0
	p.easy.ended, p.easy.owed.known = p.easy.ended[:0], false
	pending := event.Forever  // end of what was released since the last look
	p.touched = p.touched[:0] // the pools where that was
	look := func() bool {
		pl, ok := p.placeIn(g, p.touched)
		if !ok {
			return false
		}
		p.undoTo(m)
		p.easy.gang, p.easy.at = g, max(pending, earliest)
		p.easy.whole = reservation{pl, g.Request}
		p.out.Reserved, p.out.ReservedFor = g, p.easy.at
		p.holdFree()
		return true
	}
	for r := range p.expectedEnds(g) {
		at := r.end(p.now)
		if at != pending { // several end at once: look when all have
			if look() {
				return
			}
			pending, p.touched = at, p.touched[:0]
		}
		if !slices.Contains(p.touched, r.Placement.Pool) {
			p.touched = append(p.touched, r.Placement.Pool)
		}
		if r.state != leaving || len(p.claims) == 0 {
			p.trial.Release(r.Placement, r.Request)
			if quotas {
				p.charge(r, r.Placement.Pool, -1)
			}
		}
		if quotas {
			p.easy.ended = append(p.easy.ended, r)
		}
	}
	if !look() {
		p.undoTo(m)
	}
}

// placeIn finds room and quota for a gang in some pools, as the trial stands.
func (p *pass) placeIn(g *Gang, pools []int) (fleet.Placement, bool) {
	for _, pool := range pools {
		if p.hasQuota(g, pool) && p.placer.Enough(pool, g.Request) {
			if pl, ok := p.placer.Place([]int{pool}, g.Request); ok {
				return pl, true
			}
		}
	}
	return fleet.Placement{}, false
}

// expectedEnds yields the gangs in a gang's pools that will end, in order.
func (p *pass) expectedEnds(g *Gang) iter.Seq[*Gang] {
	var started []*Gang
	for _, st := range p.out.Start {
		if st.Gang.Estimate > 0 && slices.Contains(g.Pools, st.Placement.Pool) {
			s := *st.Gang
			s.Started, s.Placement, s.ends = p.now, st.Placement, p.now+st.Gang.Estimate
			started = append(started, &s)
		}
	}
	slices.SortFunc(started, byEnd)
	return func(yield func(*Gang) bool) {
		for r := range p.ends.all() {
			if p.isGone(r) || !slices.Contains(g.Pools, r.Placement.Pool) {
				continue
			}
			for len(started) > 0 && byEnd(started[0], r) < 0 {
				if !yield(started[0]) {
					return
				}
				started = started[1:]
			}
			if !yield(r) {
				return
			}
		}
		for _, s := range started {
			if !yield(s) {
				return
			}
		}
	}
}

// holdFree allocates, in the trial, the part of the reservation's placement that
// is free now.
func (p *pass) holdFree() {
	clear(p.easy.free)
	p.easy.hold = p.holdParts(p.easy.hold, p.easy.whole)
	for _, h := range p.easy.hold {
		p.easy.free[h.placement.Pool] += h.request.TotalMilli()
	}
}

// holdParts allocates what is free of a reservation, and adds it to a list.
func (p *pass) holdParts(list []reservation, r reservation) []reservation {
	for _, slot := range r.placement.Slots {
		for _, part := range p.fleet.FreeParts(r.placement.Pool, slot, r.request) {
			h := reservation{fleet.Placement{Pool: r.placement.Pool, Slots: []fleet.Slot{part.Slot}}, part.Request}
			p.trial.Allocate(h.placement, h.request)
			list = append(list, h)
		}
	}
	return list
}

// endsBefore reports whether a gang will be gone by the time of the reservation,
// and there is anything that it could then use.
func (p *pass) endsBefore(g *Gang) bool {
	return len(p.easy.hold) > 0 && g.Estimate > 0 && p.now+g.Estimate <= p.easy.at
}

// placeBefore finds room for such a gang, also on what is held.
func (p *pass) placeBefore(g *Gang, pool int) (fleet.Placement, bool) {
	if p.fleet.Pools[pool].FreeMilli()+p.easy.free[pool] < g.Request.TotalMilli() {
		return fleet.Placement{}, false
	}
	for _, h := range p.easy.hold {
		p.trial.Release(h.placement, h.request)
	}
	p.easy.hold = p.easy.hold[:0]
	pl, ok := p.placer.Place([]int{pool}, g.Request)
	if !ok {
		p.holdFree()
		return pl, false
	}
	// What it leaves free stays held: a gang that runs longer must not have it.
	// try starts g, so take it before holding again.
	p.trial.Allocate(pl, g.Request)
	p.holdFree()
	p.trial.Release(pl, g.Request)
	return pl, true
}
