package scheduler

import "github.com/jevons-sim/jevons/sim/event"

// ByPriority serves the highest priority first, equals in order of submission.
type ByPriority struct{}

var _ Displacing = ByPriority{}

// Rank implements Order.
func (ByPriority) Rank(_ event.Time, g *Gang) int64 { return -int64(g.Priority) }

// Displaces implements Displacing.
func (ByPriority) Displaces() {}

// String returns "highest priority first".
func (ByPriority) String() string { return "highest priority first" }
