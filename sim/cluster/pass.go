package cluster

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

var _ event.Handler = (*Cluster)(nil)

// Handle implements event.Handler: one scheduling pass.
func (c *Cluster) Handle(_ *event.Engine, ev event.Event) {
	now := ev.Time
	d := c.decide(now)
	for _, v := range d.Preempt {
		c.preempt(now, c.byID[v.ID])
	}
	started := make([]*Gang, len(d.Start))
	for i, s := range d.Start {
		started[i] = c.byID[s.Gang.ID]
		c.seat(now, started[i], s.Placement)
	}
	c.splitIdle(now, d.ReservedFree)
	// Owners hear last, when fleet and ledger are consistent: they may submit
	// and finish gangs at will.
	for _, g := range started {
		if g.State == Running {
			g.owner.Start(now, g)
		}
	}
}

func (c *Cluster) decide(now event.Time) scheduler.Decisions {
	c.waitingView, c.runningView = c.waitingView[:0], c.runningView[:0]
	for _, g := range c.waiting {
		c.waitingView = append(c.waitingView, &g.sched)
	}
	for _, g := range c.running {
		c.runningView = append(c.runningView, &g.sched)
	}
	return c.policy.Decide(now, c.waitingView, c.runningView, c.placer)
}

// preempt returns a running gang to the queue.
func (c *Cluster) preempt(now event.Time, g *Gang) {
	g.owner.Preempt(now, g)
	c.vacate(now, g, Preempted)
	g.Preemptions++
	c.requeue(now, g)
}

// seat gives a waiting gang its placement.
func (c *Cluster) seat(now event.Time, g *Gang, pl fleet.Placement) {
	i := c.find(g)
	c.waiting = append(c.waiting[:i], c.waiting[i+1:]...)
	c.fleet.Allocate(pl, g.sched.Request)
	g.sched.Placement, g.sched.Started = pl, now
	g.State = Running
	g.LastStart = now
	if g.starts++; g.starts == 1 {
		g.FirstStart = now
	}
	g.Waited += now - g.queued
	g.index = len(c.running)
	c.running = append(c.running, g)
	g.account = ledger.Starting
	if c.tariffs != nil {
		g.meter = ledger.NewMeter(now, g.Milli(), g.account)
	}
	c.fromIdle(now, pl.Pool, g.Milli(), g.key(ledger.Starting))
	c.observer.Seated(now, g.queued, g)
	if w := c.slow[pl.Pool].watcher; w != nil {
		w.Seated(now, g)
	}
}

// splitIdle sorts each pool's idle GPUs by why they are idle.
func (c *Cluster) splitIdle(now event.Time, reserved map[int]int64) {
	wanted := map[int]bool{}
	for _, g := range c.waiting {
		if len(wanted) == len(c.idle) {
			break
		}
		if g.Milli() > 0 {
			for _, p := range g.sched.Pools {
				wanted[p] = true
			}
		}
	}
	for p := range c.idle {
		have := &c.idle[p]
		total := have[0] + have[1] + have[2]
		want := idleSplit{total, 0, 0}
		if wanted[p] {
			held := min(reserved[p], total)
			want = idleSplit{0, total - held, held}
		}
		// Move from the accounts that have too much to those that have too
		// little.
		for from := range have {
			for to := range have {
				if have[from] > want[from] && have[to] < want[to] {
					n := min(have[from]-want[from], want[to]-have[to])
					c.ledger.Move(now, p, n, idleKey(from), idleKey(to))
					have[from] -= n
					have[to] += n
				}
			}
		}
	}
}
