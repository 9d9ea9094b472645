package cluster

import (
	"fmt"
	"slices"

	"github.com/jevons-sim/jevons/sim/energy"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/placement"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

// Cluster is the fleet in operation.
type Cluster struct {
	engine  *event.Engine
	fleet   *fleet.Fleet
	placer  *placement.Placer
	ledger  *ledger.Ledger
	sched   *scheduler.Scheduler
	grace   event.Time
	timer   event.Timer
	wake    event.Timer // for a pass at an instant the scheduler has named
	running []*Gang
	idle    []idleSplit     // by pool
	outages [][]outage      // by pool and node; nil = the pool never had any
	out     []int64         // by pool, milli-GPUs out of service
	slow    []slowness      // by pool
	tariffs []energy.Tariff // by pool; nil = nothing is metered
	rates   []energy.Rates  // by pool, since the last reading
	nextID  int64
	// Gangs among the running that stand for nodes not delivered yet.
	withheld  int
	observer  Observer
	afterPass func(now event.Time, s *scheduler.Scheduler, d *scheduler.Decisions)
	byID      map[int64]*Gang
	started   []*Gang             // reused
	decided   scheduler.Decisions // by the last pass
}

// idleSplit is how a pool's idle milli-GPUs stand in the ledger.
type idleSplit [3]int64 // no demand, fragmented, reserved

var idleAccounts = [3]ledger.Account{ledger.IdleNoDemand, ledger.IdleFragmented, ledger.IdleReserved}

func idleKey(i int) ledger.Key { return ledger.Key{Class: ledger.Nobody, Account: idleAccounts[i]} }

// New returns a cluster over an empty fleet whose ledger stands at zero. The
// policy must pass its Check.
func New(e *event.Engine, f *fleet.Fleet, l *ledger.Ledger, p scheduler.Policy) *Cluster {
	c := &Cluster{engine: e, fleet: f, ledger: l, grace: p.Grace, byID: map[int64]*Gang{}, observer: unobserved{}}
	if p.Placement == nil {
		p.Placement = placement.BestFit{}
	}
	c.placer = placement.New(f, p.Placement)
	if p.Unconstrained {
		c.placer.Unconstrained()
	}
	c.sched = scheduler.New(p, c.placer)
	c.timer, c.wake = e.NewTimer(c, passKind, 0), e.NewTimer(c, passKind, 0)
	for i := range f.Pools {
		c.idle = append(c.idle, idleSplit{l.Size(i), 0, 0})
	}
	c.outages = make([][]outage, len(f.Pools))
	c.out = make([]int64, len(f.Pools))
	c.slow = make([]slowness, len(f.Pools))
	return c
}

// Fleet returns the fleet.
func (c *Cluster) Fleet() *fleet.Fleet { return c.fleet }

// Queue returns the number of waiting gangs.
func (c *Cluster) Queue() int { return c.sched.Queue() }

// RunningGangs returns the number of running gangs.
func (c *Cluster) RunningGangs() int { return len(c.running) - c.withheld }

// Check returns the error that Submit would return for a gang, if any.
func (c *Cluster) Check(s Spec) error {
	s.Workers = max(s.Workers, 1)
	if len(c.capable(s.Pools, s.request())) == 0 {
		return c.misfit(&s)
	}
	return nil
}

// Submit queues a gang. It fails when an empty fleet could not hold it, saying
// why.
func (c *Cluster) Submit(now event.Time, s Spec, o Owner) (*Gang, error) {
	s.Workers = max(s.Workers, 1)
	if s.GPUMilli >= ledger.MilliPerGPU || (s.GPUMilli > 0 && s.GPUsPerWorker > 0) {
		return nil, fmt.Errorf("%s asks for %d GPUs and %d thousandths of one per worker: want whole GPUs or a share below 1000", s.Name, s.GPUsPerWorker, s.GPUMilli)
	}
	g := &Gang{Spec: s, Submitted: now, owner: o, queued: now}
	g.sched = scheduler.Gang{
		Request: s.request(), Priority: s.Priority, Preemptible: s.Preemptible, Submitted: now, Estimate: s.Estimate,
	}
	g.sched.Tenant = c.sched.Tenant(s.Tenant)
	if s.Deadline > 0 {
		g.sched.Deadline = now + s.Deadline
	}
	g.sched.AnyPool = s.Pools == nil || s.AnyPool
	g.sched.Pools = c.capable(s.Pools, g.sched.Request)
	if len(g.sched.Pools) == 0 {
		return nil, c.misfit(&s)
	}
	c.placer.Observe(g.sched.Request, g.sched.Pools)
	c.nextID++
	g.sched.ID = c.nextID
	c.byID[g.sched.ID] = g
	c.sched.Enqueue(now, &g.sched)
	c.request(now)
	return g, nil
}

// capable returns the pools, of those acceptable, that could hold a request
// when empty.
func (c *Cluster) capable(acceptable []int, r fleet.Request) []int {
	var pools []int
	for i, p := range c.fleet.Pools {
		if (acceptable == nil || slices.Contains(acceptable, i)) && p.Capable(r) {
			pools = append(pools, i)
		}
	}
	if acceptable != nil { // in the order of preference
		slices.SortStableFunc(pools, func(a, b int) int { return slices.Index(acceptable, a) - slices.Index(acceptable, b) })
	}
	return pools
}

// misfit says why no pool can hold a gang.
func (c *Cluster) misfit(s *Spec) error {
	var sizes string
	for i, p := range c.fleet.Pools {
		if s.Pools != nil && !slices.Contains(s.Pools, i) {
			continue
		}
		sizes += fmt.Sprintf("; pool %s has %d nodes of at most %d × %s", p.Spec.Name, p.Nodes(), p.LargestNode(), p.Spec.GPU.Name)
		if n := p.Spares(); n > 0 {
			sizes += fmt.Sprintf(", %d of them spares", n)
		}
		if s.Within != fleet.Anywhere {
			sizes += fmt.Sprintf(", in %vs of %d", s.Within, p.Span(s.Within))
		}
	}
	if sizes == "" {
		sizes = "; no pool is acceptable to it"
	}
	ask := fmt.Sprintf("%d GPUs", s.GPUsPerWorker)
	if s.GPUMilli > 0 {
		ask = fmt.Sprintf("%d/1000 of a GPU", s.GPUMilli)
	}
	within := ""
	if s.Within != fleet.Anywhere {
		within = fmt.Sprintf(" in one %v", s.Within)
	}
	return fmt.Errorf("%s can never start: it needs %d workers of %s, %g CPU cores and %d MiB each%s%s",
		s.Name, s.Workers, ask, float64(s.CPUMilli)/1000, s.MemoryMiB, within, sizes)
}

// FitsWithout reports whether a waiting gang would find room if a running one
// ended.
func (c *Cluster) FitsWithout(waits, runs *Gang) bool {
	trial := c.fleet.Try()
	defer trial.UndoTo(trial.Mark())
	trial.Release(runs.sched.Placement, runs.sched.Request)
	_, ok := c.placer.Place(waits.sched.Pools, waits.sched.Request)
	return ok
}

// Finish ends a running gang and frees its GPUs.
func (c *Cluster) Finish(now event.Time, g *Gang) {
	if g.State != Running {
		panic(fmt.Sprintf("cluster: %s finishes but does not run", g.Spec.Name))
	}
	c.vacate(now, g, Done)
	g.State, g.Ended = Finished, now
	delete(c.byID, g.sched.ID)
	c.request(now)
}

// Withdraw takes a waiting gang out of the queue, or a hung one off the fleet.
func (c *Cluster) Withdraw(now event.Time, g *Gang) {
	switch g.State {
	case Waiting:
		c.sched.Dequeue(&g.sched)
		g.Waited += now - g.queued
		c.observer.Withdrawn(now, g.queued, g)
	case Hung:
		c.free(now, g, Failed)
	case Saving:
		c.free(now, g, Preempted)
	default:
		panic(fmt.Sprintf("cluster: %s is withdrawn but does not wait", g.Spec.Name))
	}
	g.State, g.Ended = Withdrawn, now
	delete(c.byID, g.sched.ID)
	c.request(now)
}

// SetAccount moves all GPUs of a running gang to an account of its class.
func (c *Cluster) SetAccount(now event.Time, g *Gang, a ledger.Account) {
	c.ledger.Move(now, g.Pool(), g.Milli(), g.key(g.account), g.key(a))
	g.account = a
	c.observer.Stands(now, g, a)
	if g.meter != nil {
		g.meter.Set(now, a)
	}
}

// Reclassify says what milli-GPUs × d of a gang's time really were, while it
// holds its GPUs.
func (c *Cluster) Reclassify(g *Gang, milli int64, d event.Time, from, to ledger.Account) {
	c.ReclassifyIn(g.Pool(), g, milli, d, from, to)
}

// ReclassifyIn does the same for time that a gang, which may have left since,
// spent in a pool.
func (c *Cluster) ReclassifyIn(pool int, g *Gang, milli int64, d event.Time, from, to ledger.Account) {
	c.ledger.Reclassify(pool, milli, d, g.key(from), g.key(to))
	if g.meter != nil {
		g.meter.Reclassify(milli, d, from, to)
	}
}

// request asks for a scheduling pass at this instant.
func (c *Cluster) request(now event.Time) { c.engine.Arm(c.timer, now, event.ClassSchedule) }

// requeue lets a gang that has lost its GPUs wait again.
func (c *Cluster) requeue(now event.Time, g *Gang) {
	g.State = Waiting
	g.queued = now
	c.sched.Enqueue(now, &g.sched)
}

// vacate takes a running gang off the fleet and returns its GPUs to the idle
// accounts.
func (c *Cluster) vacate(now event.Time, g *Gang, why Leaving) {
	c.free(now, g, why)
	c.unlist(g)
}

// free returns a gang's GPUs to the idle accounts, and to outages that wait for
// them.
func (c *Cluster) free(now event.Time, g *Gang, why Leaving) {
	c.observer.Left(now, g, why)
	pool := g.Pool()
	c.read(now, g)
	g.meter = nil
	c.toIdle(now, pool, g.Milli(), g.key(g.account))
	c.fleet.Release(g.sched.Placement, g.sched.Request)
	c.sched.Release(now, &g.sched)
	if c.outages[pool] == nil {
		return
	}
	last := -1
	for _, s := range g.sched.Placement.Slots { // in order of node
		if s.Node != last && !c.outages[pool][s.Node].want.none() {
			c.seize(now, pool, s.Node)
		}
		last = s.Node
	}
}

// unlist takes a gang out of the list of running ones.
func (c *Cluster) unlist(g *Gang) {
	last := len(c.running) - 1
	c.running[g.index] = c.running[last]
	c.running[g.index].index = g.index
	c.running[last] = nil
	c.running = c.running[:last]
}

// toIdle moves milli-GPUs of a pool from an account to idle without demand: the
// pass that follows says why they are idle.
func (c *Cluster) toIdle(now event.Time, pool int, milli int64, from ledger.Key) {
	c.ledger.Move(now, pool, milli, from, idleKey(0))
	c.idle[pool][0] += milli
}

// fromIdle moves idle milli-GPUs of a pool to an account; the idle accounts
// give what they have, no demand first.
func (c *Cluster) fromIdle(now event.Time, pool int, milli int64, to ledger.Key) {
	for k := range c.idle[pool] {
		part := min(milli, c.idle[pool][k])
		c.ledger.Move(now, pool, part, idleKey(k), to)
		c.idle[pool][k] -= part
		milli -= part
	}
}
