package scheduler

import "github.com/jevons-sim/jevons/sim/event"

// EarliestDeadline serves the gang whose deadline comes first (EDF: Liu and
// Layland, J. ACM 1973); gangs without one come last.
type EarliestDeadline struct{}

var _ Displacing = EarliestDeadline{}

// Rank implements Order.
func (EarliestDeadline) Rank(_ event.Time, g *Gang) int64 {
	if g.Deadline == 0 {
		return int64(event.Forever)
	}
	return int64(g.Deadline)
}

// Displaces implements Displacing.
func (EarliestDeadline) Displaces() {}

// String returns "earliest deadline first".
func (EarliestDeadline) String() string { return "earliest deadline first" }
