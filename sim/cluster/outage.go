package cluster

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// Outage is what of a node is out of service, and in which account of nobody
// its GPUs stand meanwhile. The zero Outage takes nothing out.
type Outage struct {
	GPUs    uint64 // bit g: GPU g
	Host    bool   // CPU and memory too
	Account ledger.Account
}

func (o Outage) none() bool { return o.GPUs == 0 && !o.Host }

// outage is an Outage and what the cluster has seized for it.
type outage struct {
	want  Outage
	held  ledger.Account // where milli stands
	parts []fleet.Part
	milli int64
}

// SetOutage takes a part of a node out of service, or puts it back, so that
// exactly what o says is out. What a gang holds of it leaves when the gang has
// gone; Fail and Evict see to that.
func (c *Cluster) SetOutage(now event.Time, pool, node int, o Outage) {
	if c.outages[pool] == nil {
		c.outages[pool] = make([]outage, c.fleet.Pools[pool].Nodes())
	}
	c.outages[pool][node].want = o
	c.seize(now, pool, node)
	c.sched.Changed()
	c.request(now)
}

// Out returns the milli-GPUs of a pool that are out of service.
func (c *Cluster) Out(pool int) int64 { return c.out[pool] }

// seize makes what is allocated for a node's outage all of it that is free.
func (c *Cluster) seize(now event.Time, pool, node int) {
	o := &c.outages[pool][node]
	for _, p := range o.parts {
		c.fleet.Release(fleet.Placement{Pool: pool, Slots: []fleet.Slot{p.Slot}}, p.Request)
	}
	before, account := o.milli, o.held
	o.parts, o.milli, o.held = nil, 0, o.want.Account
	if !o.want.none() {
		all := fleet.Request{}
		if o.want.Host {
			all.CPUMilli, all.MemoryMiB = math.MaxInt64, math.MaxInt64
		}
		o.parts = c.fleet.FreeParts(pool, fleet.Slot{Node: node, GPUs: o.want.GPUs}, all)
		for _, p := range o.parts {
			c.fleet.Allocate(fleet.Placement{Pool: pool, Slots: []fleet.Slot{p.Slot}}, p.Request)
			o.milli += p.Request.TotalMilli()
		}
	}
	c.out[pool] += o.milli - before
	c.toIdle(now, pool, before, ledger.Key{Class: ledger.Nobody, Account: account})
	c.fromIdle(now, pool, o.milli, ledger.Key{Class: ledger.Nobody, Account: o.held})
	c.observer.Out(now, pool, node, o.milli, o.held)
}

// On returns the running gangs that hold any of the given GPUs, or anything if
// host is set, of nodes lo … hi−1 of a pool, in order of submission.
func (c *Cluster) On(pool, lo, hi int, gpus uint64, host bool) []*Gang {
	var found []*Gang
	for _, g := range c.running {
		if g.Pool() != pool {
			continue
		}
		slots := g.sched.Placement.Slots // in order of node
		i, _ := slices.BinarySearchFunc(slots, lo, func(s fleet.Slot, n int) int { return cmp.Compare(s.Node, n) })
		for ; i < len(slots) && slots[i].Node < hi; i++ {
			if host || slots[i].GPUs&gpus != 0 {
				found = append(found, g)
				break
			}
		}
	}
	slices.SortFunc(found, func(a, b *Gang) int { return cmp.Compare(a.ID(), b.ID()) })
	return found
}

// Fail says that a worker of a running gang has failed and nobody has noticed:
// the gang stops (Owner.Preempt) but keeps its GPUs, in the account
// StalledFault, until Detect.
func (c *Cluster) Fail(now event.Time, g *Gang) {
	if g.State != Running {
		panic(fmt.Sprintf("cluster: %s fails but does not run", g.Spec.Name))
	}
	g.State = Hung
	g.Failures++
	g.owner.Preempt(now, g)
	c.SetAccount(now, g, ledger.StalledFault)
	c.sched.Hang(now, &g.sched)
	c.unlist(g)
}

// Detect returns a gang that has failed to the queue. A gang that is not Hung,
// having been withdrawn meanwhile, is left alone.
func (c *Cluster) Detect(now event.Time, g *Gang) {
	if g.State == Hung {
		c.free(now, g, Failed)
		c.requeue(now, g)
		c.request(now)
	}
}

// Evict returns a running gang to the queue, as a preemption by the operator.
func (c *Cluster) Evict(now event.Time, g *Gang) {
	if g.State != Running {
		panic(fmt.Sprintf("cluster: %s is evicted but does not run", g.Spec.Name))
	}
	c.evict(now, g)
	c.request(now)
}
