package cluster

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// Withhold keeps nodes of a pool from the fleet until they are delivered: they
// stand in the account Absent, held by a gang that nobody owns. It is to be
// called on an empty fleet, before anything is submitted.
func (c *Cluster) Withhold(now event.Time, pool, nodes int, until event.Time) (*Gang, error) {
	p := c.fleet.Pools[pool]
	g := &Gang{
		Spec:      Spec{Name: "delivery", Workers: nodes, GPUsPerWorker: p.LargestNode(), Pools: []int{pool}, Estimate: until - now},
		Submitted: now, queued: now,
	}
	g.sched.Request, g.sched.Submitted, g.sched.Estimate, g.sched.Pools = g.Spec.request(), now, until-now, g.Spec.Pools
	placement, ok := c.placer.Place(g.Spec.Pools, g.sched.Request)
	if !ok {
		return nil, fmt.Errorf("pool %s has no %d nodes to deliver later", p.Spec.Name, nodes)
	}
	c.nextID++
	g.sched.ID = c.nextID
	c.byID[g.sched.ID] = g
	g.sched.Tenant = c.sched.Tenant("")
	c.sched.Enqueue(now, &g.sched)
	c.seat(now, g, placement)
	c.SetAccount(now, g, ledger.Absent)
	c.withheld++
	return g, nil
}

// Deliver gives withheld nodes to the fleet.
func (c *Cluster) Deliver(now event.Time, g *Gang) {
	c.withheld--
	c.Finish(now, g)
}
