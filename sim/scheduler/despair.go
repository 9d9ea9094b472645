package scheduler

import (
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// What preemption could not do for a gang, it cannot do later in a pass for one
// that wants as much and may preempt nobody else, until somebody is preempted.
// The gangs that wait are many and of many sizes, and each would go through all
// that run.

// roomKey is what decides, apart from size, rank and estimate, for whom
// preemption can make room.
type roomKey struct {
	tenant int
	types  int32
}

// noRoom is the gangs for which preemption has made none.
type noRoom struct {
	epoch uint32
	gangs []hopelessGang
}

// hopelessGang is what matters of such a gang.
type hopelessGang struct {
	request  fleet.Request
	priority int32
	rank     int64
	beyond   bool       // it would outlast the start of the reserved gang
	span     event.Time // its estimate, where plans may be in the way
	apart    event.Time // how long it is until its own plan was in the way of others
}

// hopeless reports whether preemption has been shown to make no room for a gang.
func (p *pass) hopeless(g *Gang) bool {
	if !p.despairs() {
		return false
	}
	n := p.noRoom[roomKey{g.Tenant.number, g.types}]
	if n == nil || n.epoch != p.epoch || len(n.gangs) == 0 {
		return false
	}
	is := p.hopelessGang(g)
	return slices.ContainsFunc(n.gangs, func(h hopelessGang) bool { return h.covers(&is) })
}

// despair notes that preemption makes no room for a gang.
func (p *pass) despair(g *Gang) {
	if !p.despairs() {
		return
	}
	k := roomKey{g.Tenant.number, g.types}
	n := p.noRoom[k]
	if n == nil {
		n = &noRoom{}
		p.noRoom[k] = n
	}
	if n.epoch != p.epoch {
		n.epoch, n.gangs = p.epoch, n.gangs[:0]
	}
	is := p.hopelessGang(g)
	n.gangs = slices.DeleteFunc(n.gangs, func(h hopelessGang) bool { return is.covers(&h) })
	n.gangs = append(n.gangs, is)
}

// despairs reports whether what fails once in a pass fails again: where nobody
// gets a claim.
func (p *pass) despairs() bool {
	return p.shortcut && p.policy.Grace == 0 && (p.policy.Preempt != NoPreemption || len(p.policy.Tenants) > 0)
}

func (p *pass) hopelessGang(g *Gang) hopelessGang {
	h := hopelessGang{request: g.Request, priority: g.Priority, beyond: p.easy.gang != nil && endOf(p.now, g) > p.easy.at}
	if p.policy.Backfill == Conservative {
		h.span, h.apart = spanOf(g), event.Forever
		if p.planned < event.Forever {
			h.apart = p.planned - p.now
		}
	}
	if p.policy.Preempt == OrderPreemption {
		h.rank = p.policy.Order.Rank(p.now, g)
	}
	return h
}

// covers reports whether what fails for h fails for another gang.
func (h *hopelessGang) covers(g *hopelessGang) bool {
	return g.priority <= h.priority && g.rank >= h.rank && g.span >= h.span && g.apart >= h.span && (g.beyond || !h.beyond) && atLeast(&g.request, &h.request)
}

// atLeast reports whether a request wants some of the same resources as another,
// and no less of any.
func atLeast(a, b *fleet.Request) bool {
	return a.Within == b.Within && a.Workers >= b.Workers && a.GPUs >= b.GPUs && (a.Milli >= b.Milli || a.GPUs > 0) && a.CPUMilli >= b.CPUMilli && a.MemoryMiB >= b.MemoryMiB &&
		(a.CPUMilli > 0) == (b.CPUMilli > 0) && (a.MemoryMiB > 0) == (b.MemoryMiB > 0) && (a.TotalMilli() > 0) == (b.TotalMilli() > 0)
}
