package cluster

import (
	"github.com/jevons-sim/jevons/sim/energy"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

// Owner is told what becomes of its gang.
type Owner interface {
	// Start says that the gang has got its GPUs. They stand in the account
	// Starting of the gang's class.
	Start(now event.Time, g *Gang)
	// Preempt says that the gang's GPUs are about to be taken back or, when the
	// gang is Hung, that a worker has failed. The owner settles its accounts and
	// forgets the placement; the gang is back in the queue afterwards, a hung one
	// once that is noticed.
	Preempt(now event.Time, g *Gang)
}

// Spec is what a gang asks for.
type Spec struct {
	Name          string
	Tenant        string
	Class         ledger.Class
	Priority      int32
	Workers       int        // placed all at once; 0 = 1
	GPUsPerWorker int        // whole GPUs, on one node
	GPUMilli      int        // or a share of one GPU, in thousandths
	CPUMilli      int64      // per worker
	MemoryMiB     int64      // per worker
	Pools         []int      // acceptable pools, in order of preference; nil = any
	AnyPool       bool       // no pool is preferred: the placement policy chooses
	Estimate      event.Time // expected run time; 0 = runs for ever
	Deadline      event.Time // span from submission by which it should have ended; 0 = none
	Preemptible   bool
	Within        fleet.Tier // all workers in one unit of this tier of the network
	// Bill is charged with what the gang uses, where the cluster has tariffs;
	// nil = a bill of the gang's own.
	Bill *energy.Bill
}

// request returns what the fleet must find room for.
func (s *Spec) request() fleet.Request {
	return fleet.Request{Workers: s.Workers, GPUs: s.GPUsPerWorker, Milli: s.GPUMilli, CPUMilli: s.CPUMilli, MemoryMiB: s.MemoryMiB, Within: s.Within}
}

// State is where in its life a gang is.
type State uint8

// The states.
const (
	Waiting State = iota
	Running
	Hung   // a worker has failed and nobody has noticed: it holds its GPUs for nothing
	Saving // preempted, it saves its state and holds its GPUs until that is done
	Finished
	Withdrawn
)

// Gang is a gang known to the cluster.
type Gang struct {
	Spec        Spec
	State       State
	Submitted   event.Time
	FirstStart  event.Time // valid once it has started
	LastStart   event.Time
	Ended       event.Time
	Waited      event.Time // in the queue, over all its turns there
	Preemptions int
	Failures    int // of its workers' components, each of which stopped it

	owner   Owner
	sched   scheduler.Gang
	account ledger.Account // while running
	meter   *ledger.Meter  // while it holds GPUs that are metered
	queued  event.Time     // since when it waits
	index   int            // in the cluster's list of running gangs
	starts  int
}

// ID returns the gang's number, in order of submission from 1.
func (g *Gang) ID() int64 { return g.sched.ID }

// Owner returns who is told what becomes of the gang.
func (g *Gang) Owner() Owner { return g.owner }

// Pool returns the pool of a running gang.
func (g *Gang) Pool() int { return g.sched.Placement.Pool }

// Placement returns where a running gang lies.
func (g *Gang) Placement() fleet.Placement { return g.sched.Placement }

// Locate returns where the workers of a running gang lie in its pool's network.
func (c *Cluster) Locate(g *Gang) fleet.Location {
	return c.fleet.Locate(g.sched.Placement, g.sched.Request)
}

// Milli returns the thousandths of GPUs that the gang holds while it runs.
func (g *Gang) Milli() int64 { return g.sched.Request.TotalMilli() }

// Started reports whether the gang has ever run.
func (g *Gang) Started() bool { return g.starts > 0 }

// Estimate returns how long a gang is expected to run from its next, or last,
// start; 0 = for ever.
func (g *Gang) Estimate() event.Time { return g.sched.Estimate }

// SetEstimate says how long a gang is expected to run from its next start; its
// owner calls it from Preempt when a part of the work is kept. 0 = for ever.
func (g *Gang) SetEstimate(t event.Time) { g.sched.Estimate = t }

// key returns an account of the gang's class.
func (g *Gang) key(a ledger.Account) ledger.Key { return ledger.Key{Class: g.Spec.Class, Account: a} }

// WaitedBy returns the time in the queue up to now, over all turns there.
func (g *Gang) WaitedBy(now event.Time) event.Time {
	if g.State == Waiting {
		return g.Waited + now - g.queued
	}
	return g.Waited
}
