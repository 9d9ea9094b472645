package cluster

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

// Leaving says why a gang gives up its GPUs.
type Leaving uint8

// The reasons.
const (
	Done      Leaving = iota // it finished, or was withdrawn
	Preempted                // by the scheduler or the operator
	Failed                   // a worker failed, and that was noticed
	Resized                  // at its owner's wish, to go on with another size
)

var leavingNames = [...]string{"finished", "preempted", "failed", "resized"}

// String returns the reason's name in results.
func (l Leaving) String() string { return leavingNames[l] }

// Observer hears who holds which GPUs. It must not change anything.
type Observer interface {
	// Seated says that a gang, in the queue since a time, has got its GPUs.
	Seated(now, queued event.Time, g *Gang)
	// Withdrawn says that a gang, in the queue since a time, has left it without
	// GPUs, for good.
	Withdrawn(now, queued event.Time, g *Gang)
	// Stands says that the GPUs of a gang now stand in another account.
	Stands(now event.Time, g *Gang, a ledger.Account)
	// Left says that a gang is about to give up its GPUs.
	Left(now event.Time, g *Gang, why Leaving)
	// Out says that from now on so many milli-GPUs of a node are out of service,
	// and stand in an account of nobody.
	Out(now event.Time, pool, node int, milli int64, a ledger.Account)
}

// Observe makes an observer hear of everything from now on.
func (c *Cluster) Observe(o Observer) { c.observer = o }

// AfterPass makes f see what every scheduling pass has decided, once that is
// carried out and before owners hear of it. It must not change anything.
func (c *Cluster) AfterPass(f func(now event.Time, s *scheduler.Scheduler, d *scheduler.Decisions)) {
	c.afterPass = f
}

// Waiting calls f for every gang in the queue, with the time since when it
// waits, in the queue's order.
func (c *Cluster) Waiting(f func(g *Gang, since event.Time)) {
	for w := range c.sched.Waiting() {
		g := c.byID[w.ID]
		f(g, g.queued)
	}
}

// unobserved is the observer that nobody asked for.
type unobserved struct{}

func (unobserved) Seated(_, _ event.Time, _ *Gang)                 {}
func (unobserved) Withdrawn(_, _ event.Time, _ *Gang)              {}
func (unobserved) Stands(event.Time, *Gang, ledger.Account)        {}
func (unobserved) Left(event.Time, *Gang, Leaving)                 {}
func (unobserved) Out(event.Time, int, int, int64, ledger.Account) {}
