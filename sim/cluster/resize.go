package cluster

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// sized returns what a gang would ask for with another number of workers.
func (g *Gang) sized(workers int) fleet.Request {
	r := g.sched.Request
	r.Workers = workers
	return r
}

// Fits reports whether a waiting gang would find room now with so many workers,
// or a running one if it gave up what it holds. Gangs that it may displace by
// priority are not in its way.
func (c *Cluster) Fits(g *Gang, workers int) bool {
	trial := c.fleet.Try()
	defer trial.UndoTo(trial.Mark())
	if g.State == Running {
		trial.Release(g.sched.Placement, g.sched.Request)
	}
	for _, r := range c.running {
		if r != g && c.sched.Outranks(&g.sched, &r.sched) {
			trial.Release(r.sched.Placement, r.sched.Request)
		}
	}
	_, ok := c.placer.Place(g.sched.Pools, g.sized(workers))
	return ok
}

// Resize changes the number of workers of a waiting gang.
func (c *Cluster) Resize(now event.Time, g *Gang, workers int) {
	if g.State != Waiting || workers < 1 {
		panic(fmt.Sprintf("cluster: %s is resized to %d workers but does not wait", g.Spec.Name, workers))
	}
	c.sched.Dequeue(&g.sched) // the order may depend on the size
	g.sched.Request = g.sized(workers)
	c.sched.Enqueue(now, &g.sched)
	c.request(now)
}

// Yield returns a running gang to the queue at its owner's wish, with another
// number of workers. The owner has settled its accounts.
func (c *Cluster) Yield(now event.Time, g *Gang, workers int) {
	if g.State != Running {
		panic(fmt.Sprintf("cluster: %s yields but does not run", g.Spec.Name))
	}
	c.vacate(now, g, Resized)
	g.sched.Request = g.sized(workers)
	c.requeue(now, g)
	c.request(now)
}
