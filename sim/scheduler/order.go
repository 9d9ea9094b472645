package scheduler

import "github.com/jevons-sim/jevons/sim/event"

// Order sorts the waiting gangs. Less must be a strict total order; all end by
// comparing IDs.
type Order interface {
	Less(a, b *Gang) bool
	String() string
}

// FIFO serves gangs in order of submission.
type FIFO struct{}

// Less implements Order.
func (FIFO) Less(a, b *Gang) bool { return a.ID < b.ID }

// String returns "first in, first out".
func (FIFO) String() string { return "first in, first out" }

// ByPriority serves the highest priority first, equals in order of submission.
type ByPriority struct{}

// Less implements Order.
func (ByPriority) Less(a, b *Gang) bool {
	return a.Priority > b.Priority || (a.Priority == b.Priority && a.ID < b.ID)
}

// String returns "highest priority first".
func (ByPriority) String() string { return "highest priority first" }

// ShortestFirst serves the gang with the shortest estimate first; gangs
// without one come last.
type ShortestFirst struct{}

// Less implements Order.
func (ShortestFirst) Less(a, b *Gang) bool {
	x, y := lastIfUnknown(a.Estimate), lastIfUnknown(b.Estimate)
	return x < y || (x == y && a.ID < b.ID)
}

// String returns "shortest job first".
func (ShortestFirst) String() string { return "shortest job first" }

func lastIfUnknown(t event.Time) event.Time {
	if t == 0 {
		return event.Forever
	}
	return t
}
