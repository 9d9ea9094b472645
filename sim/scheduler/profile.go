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
		if g.plan.broken = p.isBroken(g); g.plan.broken {
			p.profile = append(p.profile, point{at: g.plan.end}) // what it needs would count twice
			continue
		}
		start, milli := max(g.plan.start, p.now), g.plan.request.TotalMilli()
		p.profile = append(p.profile, point{start, g.plan.placement.Pool, -milli}, point{g.plan.end, g.plan.placement.Pool, milli})
	}
	slices.SortFunc(p.profile, byInstant)
}

// isBroken reports whether a plan may not find all it needs, or others may need
// the same: gangs outlive their estimates, GPUs fail, and who preempts gangs that
// take their time starts when these have left, whatever is planned by the time it
// ends.
func (p *pass) isBroken(g *Gang) bool {
	plan := &g.plan
	milli := plan.request.Milli
	for _, s := range plan.placement.Slots {
		if s.GPUs == 0 {
			continue
		}
		a := &p.agenda[plan.placement.Pool][s.Node]
		whole, _, _, _ := p.freeAt(p.fleet.Pools[plan.placement.Pool].Node(s.Node), a, plan.start, false)
		if s.GPUs&^whole != 0 {
			return true
		}
		shared := 0
		for i := range a.planned {
			h := &a.planned[i]
			if h.gpus&s.GPUs == 0 || h.start >= plan.end || plan.start >= h.end || (h.gang == g && milli == 0) {
				continue
			}
			other := h.gang.plan.request.Milli
			if shared += other; milli == 0 || other == 0 || shared > fleet.MilliPerGPU {
				return true
			}
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
