package scheduler

import (
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// bounds are what searches for plans have shown in a pass: before which instant
// nobody can start who wants as much for as long. Plans that are added do not
// make that wrong, but plans that move, and gangs that are preempted, do.
type bounds struct {
	byKey map[roomKey][]bound
}

// bound is a gang's earliest start by what it asks for.
type bound struct {
	request fleet.Request
	span    event.Time // its estimate; Forever = none
	at      event.Time
	short   bool // it would be earlier, had the tenant more quota
}

func (b *bounds) reset() { clear(b.byKey) }

// of returns a bound of the start of a gang, 0 if nothing is known, and whether
// it is due to quota. A gang that has a plan, Forever = none, was in the way of
// others from then on, and is not in its own.
func (b *bounds) of(g *Gang, planned event.Time) (at event.Time, short bool) {
	list := b.byKey[boundKey(g)]
	for i := range list {
		k := &list[i]
		if k.at > at && spanOf(g) >= k.span && atLeast(&g.Request, &k.request) {
			at, short = k.at, k.short
		}
	}
	if planned < event.Forever {
		at = min(at, max(0, planned-spanOf(g)+1))
	}
	return at, short
}

// note remembers that a gang cannot start before an instant.
func (b *bounds) note(g *Gang, at event.Time, short bool) {
	if b.byKey == nil {
		b.byKey = map[roomKey][]bound{}
	}
	k, is := boundKey(g), bound{g.Request, spanOf(g), at, short}
	list := slices.DeleteFunc(b.byKey[k], func(o bound) bool { return o.at <= at && o.span >= is.span && atLeast(&o.request, &is.request) })
	b.byKey[k] = append(list, is)
}

func boundKey(g *Gang) roomKey { return roomKey{g.Tenant.number, g.types} }

func spanOf(g *Gang) event.Time {
	if g.Estimate == 0 {
		return event.Forever
	}
	return g.Estimate
}
