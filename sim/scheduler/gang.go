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
	Tenant      *Tenant
	Priority    int32
	Preemptible bool
	Submitted   event.Time
	Deadline    event.Time // instant by which it should have ended; 0 = none
	Estimate    event.Time // expected run time from its next start; 0 = runs for ever

	// While it runs:
	Started   event.Time
	Placement fleet.Placement

	state   state
	queued  event.Time // since when it waits
	served  event.Time // run time of former turns
	base    event.Time // of served, what least-attained service has forgiven
	ends    event.Time // expected end of the present turn
	rank    int64      // in the queue, as last computed
	index   int        // in the list of running or leaving gangs
	shape   int32      // number of the request
	line    *line      // in which it waits
	plan    plan       // under conservative backfill
	gone    uint64     // the last pass that preempted it, or started it
	stopped event.Time // end of its last turn, plus one; 0 = it has had none
	types   int32      // number of its list of pools
	// promised is when what others leave was to be its, before all others; 0 = no
	// promise.
	promised event.Time
}

// state is where the scheduler keeps a gang.
type state uint8

const (
	absent state = iota
	waiting
	running
	leaving // holds its GPUs until a known instant
	stuck   // holds its GPUs until somebody notices
)

// end returns when a gang is expected to give up its GPUs. One that has
// outlived its estimate may do so at any moment.
func (g *Gang) end(now event.Time) event.Time { return max(now, g.ends) }

// attained returns how long a gang has run, over all its turns.
func (g *Gang) attained(now event.Time) event.Time {
	if g.state == running {
		return g.served + now - g.Started
	}
	return g.served
}

// remaining returns for how long a gang is expected to run on; Forever if
// nobody knows.
func (g *Gang) remaining(now event.Time) event.Time {
	switch {
	case g.Estimate == 0:
		return event.Forever
	case g.state == running:
		return g.end(now) - now
	}
	return g.Estimate
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
	// Reserved is the gang that holds a reservation (EASY), nil if none, and the
	// time it is for.
	Reserved    *Gang
	ReservedFor event.Time
	// Held is the milli-GPUs per pool that are free now but held for
	// reservations, or by quotas against gangs that wait.
	Held []int64
	// OverQuota is the number of waiting gangs per pool that lack quota there.
	OverQuota []int
	// Again asks for another pass at this instant, once the decisions are carried
	// out: gangs that were preempted may fit elsewhere, or tenants that got
	// something have changed rank after others were told to wait.
	Again bool
	// Wake is when to decide again though nothing has happened; Forever = never.
	Wake event.Time
}
