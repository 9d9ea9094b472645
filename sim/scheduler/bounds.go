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
}

func (b *bounds) reset() { clear(b.byKey) }

// of returns a bound of the start of a gang, 0 if nothing is known.
func (b *bounds) of(g *Gang) event.Time {
	at := event.Time(0)
	list := b.byKey[boundKey(g)]
	for i := range list {
		k := &list[i]
		if k.at > at && spanOf(g) >= k.span && atLeast(&g.Request, &k.request) {
			at = k.at
		}
	}
	return at
}

// note remembers that a gang cannot start before an instant.
func (b *bounds) note(g *Gang, at event.Time) {
	if b.byKey == nil {
		b.byKey = map[roomKey][]bound{}
	}
	k, is := boundKey(g), bound{g.Request, spanOf(g), at}
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
