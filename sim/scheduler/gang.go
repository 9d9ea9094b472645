package scheduler

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// Gang is what the scheduler knows of a gang, waiting or running.
type Gang struct {
	ID          int64 // in order of submission
	Request     fleet.Request
	Pools       []int // acceptable pools, in order of preference
	AnyPool     bool  // no pool is preferred: the placement policy chooses
	Priority    int32
	Preemptible bool
	Submitted   event.Time
	Estimate    event.Time // expected run time from its start; 0 = runs for ever

	// While it runs:
	Started   event.Time
	Placement fleet.Placement
}

// end returns when a running gang is expected to end. One that has outlived
// its estimate may end at any moment.
func (g *Gang) end(now event.Time) event.Time {
	if g.Estimate == 0 {
		return event.Forever
	}
	return max(now, g.Started+g.Estimate)
}

// Start says that a waiting gang starts at a placement.
type Start struct {
	Gang      *Gang
	Placement fleet.Placement
}

// Decisions is what one pass decided. Preemptions come before starts.
type Decisions struct {
	Preempt []*Gang
	Start   []Start
	// Reserved is the gang that holds a reservation, nil if none, the time it
	// is for, and the milli-GPUs per pool that are free now but held for it.
	Reserved     *Gang
	ReservedFor  event.Time
	ReservedFree map[int]int64
}
