package scheduler

import "github.com/jevons-sim/jevons/sim/event"

// FIFO serves gangs in order of submission.
type FIFO struct{}

// Rank implements Order.
func (FIFO) Rank(event.Time, *Gang) int64 { return 0 }

// String returns "first in, first out".
func (FIFO) String() string { return "first in, first out" }
