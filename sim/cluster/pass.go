package cluster

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

var _ event.Handler = (*Cluster)(nil)

// Event kinds of a cluster.
const (
	passKind event.Kind = iota
	leftKind
)

// Handle implements event.Handler: a scheduling pass, or a preempted gang has
// saved its state.
func (c *Cluster) Handle(_ *event.Engine, ev event.Event) {
	if ev.Kind == leftKind {
		c.left(ev.Time, ev.Arg)
		return
	}
	now := ev.Time
	d := c.sched.Decide(now)
	c.decided = d
	for _, v := range d.Preempt {
		c.preempt(now, c.byID[v.ID])
	}
	c.started = c.started[:0]
	for _, s := range d.Start {
		g := c.byID[s.Gang.ID]
		c.started = append(c.started, g)
		c.seat(now, g, s.Placement)
	}
	c.splitIdle(now, &d)
	if d.Again {
		c.request(now)
	}
	if d.Wake != event.Forever {
		c.engine.Arm(c.wake, d.Wake, event.ClassSchedule)
	} else {
		c.engine.Disarm(c.wake)
	}
	if c.afterPass != nil {
		c.afterPass(now, c.sched, &d)
	}
	// Owners hear last, when fleet and ledger are consistent: they may submit
	// and finish gangs at will.
	for _, g := range c.started {
		if g.State == Running {
			g.owner.Start(now, g)
		}
	}
}

// preempt takes a running gang off the fleet, at once or when it has saved its
// state.
func (c *Cluster) preempt(now event.Time, g *Gang) {
	if c.grace == 0 {
		c.evict(now, g)
		return
	}
	g.owner.Preempt(now, g)
	g.Preemptions++
	g.State = Saving
	c.SetAccount(now, g, ledger.Checkpoint)
	c.sched.Leave(now, &g.sched, now+c.grace)
	c.unlist(g)
	c.engine.At(now+c.grace, event.ClassEnd, c, leftKind, g.ID())
}

// left returns a gang to the queue that has saved its state, unless it was
// withdrawn meanwhile.
func (c *Cluster) left(now event.Time, id int64) {
	if g := c.byID[id]; g != nil {
		c.free(now, g, Preempted)
		c.requeue(now, g)
		c.request(now)
	}
}

// evict returns a running gang to the queue at once.
func (c *Cluster) evict(now event.Time, g *Gang) {
	g.owner.Preempt(now, g)
	c.vacate(now, g, Preempted)
	g.Preemptions++
	c.requeue(now, g)
}

// seat gives a waiting gang its placement.
func (c *Cluster) seat(now event.Time, g *Gang, pl fleet.Placement) {
	c.fleet.Allocate(pl, g.sched.Request)
	c.sched.Begin(now, &g.sched, pl)
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
func (c *Cluster) splitIdle(now event.Time, d *scheduler.Decisions) {
	for p := range c.idle {
		have := &c.idle[p]
		total := have[0] + have[1] + have[2]
		want := idleSplit{total, 0, 0}
		if wanted := c.sched.Wanted(p); wanted > 0 {
			held := min(d.Held[p], total)
			want = idleSplit{0, total - held, held}
			if wanted == d.OverQuota[p] { // nobody else could use the rest
				want = idleSplit{total - held, 0, held}
			}
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
