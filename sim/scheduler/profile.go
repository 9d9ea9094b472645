package scheduler

import (
	"cmp"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// point is an instant at which GPUs of a pool become free or, below 0, taken.
type point struct {
	at    event.Time
	pool  int
	milli int64
}

func byInstant(a, b point) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.pool, b.pool), cmp.Compare(a.milli, b.milli))
}

// profile is how many GPUs are expected to become free and taken when: what
// conservative backfill looks at before it looks at nodes.
type profile []point

func (s *profile) add(at event.Time, pool int, milli int64) {
	p := point{at, pool, milli}
	i, _ := slices.BinarySearchFunc(*s, p, byInstant)
	*s = slices.Insert(*s, i, p)
}

func (s *profile) remove(at event.Time, pool int, milli int64) {
	if i, ok := slices.BinarySearchFunc(*s, point{at, pool, milli}, byInstant); ok {
		*s = slices.Delete(*s, i, i+1)
	}
}

// earliest returns the first instant, not before from, from which on so many
// milli-GPUs of a pool stay free for a span, when so many are free at from, of
// which the first point after is given; Forever if there is none.
func (s profile) earliest(pool int, free, need int64, first int, from, span event.Time) event.Time {
	start := from // of the stretch in which there are enough
	enough := free >= need
	for i := first; i < len(s); {
		at := s[i].at
		if enough && at > start && at-start >= span {
			return start
		}
		for ; i < len(s) && s[i].at == at; i++ {
			if s[i].pool == pool {
				free += s[i].milli
			}
		}
		if free < need {
			enough = false
		} else if !enough {
			enough, start = true, at
		}
	}
	if !enough {
		return event.Forever
	}
	return start
}

// outline makes the profile of what runs and what is planned.
func (p *pass) outline() {
	p.profile = p.profile[:0]
	for _, e := range p.events {
		p.profile = append(p.profile, point{e.at, e.placement.Pool, e.gang.Request.TotalMilli()})
	}
	for _, g := range p.plans.list {
		if g.plan.broken = p.isBroken(&g.plan); g.plan.broken {
			p.profile = append(p.profile, point{at: g.plan.end}) // what it needs would count twice
			continue
		}
		start, milli := max(g.plan.start, p.now), g.plan.request.TotalMilli()
		p.profile = append(p.profile, point{start, g.plan.placement.Pool, -milli}, point{g.plan.end, g.plan.placement.Pool, milli})
	}
	slices.SortFunc(p.profile, byInstant)
}

// isBroken reports whether a plan may not find all it needs when it begins, since
// a gang outlives its estimate or GPUs fail, or needs what others do.
func (p *pass) isBroken(plan *plan) bool {
	pool := plan.placement.Pool
	return plan.overlaps || slices.ContainsFunc(plan.placement.Slots, func(s fleet.Slot) bool {
		n := p.fleet.Pools[pool].Node(s.Node)
		return s.GPUs&^n.Whole() != 0 && !p.isLeft(s.GPUs, n, &p.agenda[pool][s.Node], plan.start)
	})
}

// overlaps reports whether a gang's plan needs what others do. It can where gangs
// leave with a grace period: who preempts them may, by that much later, still run
// when the next was to start.
func (p *pass) overlaps(g *Gang) bool {
	return p.policy.Grace > 0 && slices.ContainsFunc(g.plan.placement.Slots, func(s fleet.Slot) bool {
		return p.agenda[g.plan.placement.Pool][s.Node].overlaps(g, s.GPUs)
	})
}

// isLeft reports whether those who hold some GPUs of a node leave them whole by
// an instant.
func (p *pass) isLeft(gpus uint64, n *fleet.Node, a *nodeAgenda, by event.Time) bool {
	rest, shares := gpus&^n.Whole(), false
	for i := range a.held {
		h := &a.held[i]
		if h.gpus&gpus == 0 {
			continue
		}
		switch at, holds := p.endOfHold(h.gang); {
		case !holds:
		case at > max(by, p.now):
			return false
		case h.gang.Request.Milli > 0:
			shares = true
		default:
			rest &^= h.gpus
		}
	}
	if shares { // which may not be all that is taken
		whole, _, _, _ := p.freeAt(n, a, by, false)
		rest = gpus &^ whole
	}
	return rest == 0
}

// overlaps reports whether others plan to hold some GPUs while a gang does, unless
// all have shares for which there is room.
func (a *nodeAgenda) overlaps(g *Gang, gpus uint64) bool {
	milli, shared := g.plan.request.Milli, 0
	for i := range a.planned {
		h := &a.planned[i]
		if h.gpus&gpus == 0 || h.start >= g.plan.end || g.plan.start >= h.end || (h.gang == g && milli == 0) {
			continue
		}
		other := h.gang.plan.request.Milli
		if shared += other; milli == 0 || other == 0 || shared > fleet.MilliPerGPU {
			return true
		}
	}
	return false
}

// sketch adds a plan to the profile, or takes it away.
func (p *pass) sketch(plan *plan, change func(at event.Time, pool int, milli int64)) {
	if !p.listed {
		return
	}
	if plan.broken {
		change(plan.end, 0, 0)
		return
	}
	milli := plan.request.TotalMilli()
	change(max(plan.start, p.now), plan.placement.Pool, -milli)
	change(plan.end, plan.placement.Pool, milli)
}

// outlook is what is free by pool at an instant, by the profile.
type outlook struct {
	free []int64
	next int // first point after the instant
}

// look makes an outlook of what is free now.
func (p *pass) look() *outlook {
	o := &p.outlook
	o.free, o.next = o.free[:0], 0
	for _, pool := range p.fleet.Pools {
		o.free = append(o.free, pool.FreeMilli())
	}
	return o
}

// possible returns the first instant, not before from, at which a gang may find
// room in any of its pools by the number of GPUs. It takes the outlook to from,
// which must not be before that of the last call.
func (p *pass) possible(g *Gang, o *outlook, from event.Time) event.Time {
	for ; o.next < len(p.profile) && p.profile[o.next].at <= from; o.next++ {
		o.free[p.profile[o.next].pool] += p.profile[o.next].milli
	}
	if !p.shortcut || g.Request.Workers == 1 { // whose nodes have been looked at
		return from
	}
	first := event.Forever
	for _, pool := range g.Pools {
		first = min(first, p.profile.earliest(pool, o.free[pool], g.Request.TotalMilli(), o.next, from, spanOf(g)))
	}
	return first
}
