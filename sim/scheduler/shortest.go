package scheduler

import "github.com/jevons-sim/jevons/sim/event"

// ShortestFirst serves the gang with the shortest estimate first; gangs
// without one come last.
type ShortestFirst struct{}

// Rank implements Order.
func (ShortestFirst) Rank(_ event.Time, g *Gang) int64 {
	if g.Estimate == 0 {
		return int64(event.Forever)
	}
	return int64(g.Estimate)
}

// String returns "shortest job first".
func (ShortestFirst) String() string { return "shortest job first" }

// ShortestRemaining serves the gang with the least estimated run time left
// first (SRTF). With OrderPreemption it displaces gangs with more left. Gangs
// without an estimate come last.
type ShortestRemaining struct{}

var _ Displacing = ShortestRemaining{}

// Rank implements Order.
func (ShortestRemaining) Rank(now event.Time, g *Gang) int64 { return int64(g.remaining(now)) }

// Displaces implements Displacing.
func (ShortestRemaining) Displaces() {}

// String returns "shortest remaining time first".
func (ShortestRemaining) String() string { return "shortest remaining time first" }
