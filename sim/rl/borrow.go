package rl

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// Borrow lets a job whose trainer has its own GPUs generate on GPUs that nobody
// else wants: with engines in gangs of their own, which may be preempted.
type Borrow struct {
	Engines  int   // at most
	Priority int32 // of their gangs
}

func (b *Borrow) validate(c *Config) error {
	switch {
	case b.Engines < 0:
		return fmt.Errorf("it borrows %d rollout engines, must not be negative", b.Engines)
	case b.Engines > 0 && (c.colocated() || c.Mode.Update == Drain || c.TailBatching > 0):
		return fmt.Errorf("borrowed engines come and go at any time: the trainer needs GPUs of its own, and engines must not drain")
	}
	return nil
}

// lender is one borrowed engine's place: the owner of its gang.
type lender struct {
	job   *Job
	index int           // of the engine
	gang  *cluster.Gang // nil = not asked for
	timer event.Timer   // end of the start
	up    bool
	pool  int           // while up, and after
	lent  *cluster.Gang // the same

	pot enginePot
}

var (
	_ cluster.Owner = (*lender)(nil)
	_ event.Handler = (*lender)(nil)
)

func (j *Job) newLenders() {
	for i := range j.config.Borrow.Engines {
		l := &lender{job: j, index: j.config.replicas() + i, pot: enginePot{pot: pot{units: 1, milli: j.config.replicaMilli()}}}
		l.timer = j.engine.NewTimer(l, 0, 0)
		j.lenders = append(j.lenders, l)
	}
}

// borrow asks for GPUs.
func (j *Job) borrow(now event.Time) {
	for _, l := range j.lenders {
		s := j.config.Spec
		s.Name, s.Priority, s.Preemptible, s.Estimate = fmt.Sprintf("%s/borrowed-%d", s.Name, l.index-j.config.replicas()), j.config.Borrow.Priority, true, 0
		s.Workers = max(1, j.config.EngineGPUs/s.GPUsPerWorker)
		s.GPUsPerWorker = min(s.GPUsPerWorker, j.config.EngineGPUs)
		var err error
		if l.gang, err = j.cluster.Submit(now, s, l); err != nil {
			panic(fmt.Sprintf("rl: a fleet that holds the job does not hold one of its engines: %v", err))
		}
		l.pot.segment, l.pot.step = replicaTotals{}, replicaTotals{}
	}
}

// Start implements cluster.Owner.
func (l *lender) Start(now event.Time, g *cluster.Gang) {
	if g == l.gang {
		l.job.engine.Arm(l.timer, now+l.job.config.Init, event.ClassTimer)
	}
}

// Handle implements event.Handler: the engine is up, with the newest weights.
func (l *lender) Handle(_ *event.Engine, ev event.Event) {
	j, now := l.job, ev.Time
	j.cluster.SetAccount(now, l.gang, ledger.Rollout)
	g := &j.generator
	e := &g.engines[l.index]
	if e.config = j.config.Engine; j.config.EngineOn != nil {
		e.config = j.config.EngineOn(j.cluster.Locate(l.gang))
	}
	e.away, e.Replica, e.version = false, g.newReplica(e.config), g.published
	l.up, l.pool, l.lent, l.pot.since, l.pot.segment = true, l.gang.Pool(), l.gang, now, l.totals(now)
	j.stats.Loans++
	j.advance(now)
}

// Preempt implements cluster.Owner: what the engine was generating goes on
// elsewhere.
func (l *lender) Preempt(now event.Time, gang *cluster.Gang) {
	if gang != l.gang {
		return
	}
	l.job.engine.Disarm(l.timer)
	if !l.up {
		return
	}
	j, g := l.job, &l.job.generator
	l.settle(now)
	l.close(now)
	l.up = false
	j.stats.Returns++
	e := &g.engines[l.index]
	if e.Replica != nil {
		g.retire(now, e)
		for _, q := range e.Stop(now) {
			_, s := g.pool.sample(q.Tag)
			s.stopped()
			g.putBack(e, s)
		}
		e.Replica = nil
	}
	if e.loading {
		e.endLoad(now)
	}
	e.away = true
	g.engine.Arm(g.turn, now, event.ClassArrival)
}

// putBack returns a sample of an engine that has gone to the queue, to go on
// wherever there is room.
func (g *generator) putBack(e *rolloutEngine, s *sample) {
	e.outstanding--
	g.running--
	g.job.stats.SamplesMoved++
	s.stage = queued
	g.queue = append(g.queue, s.request.Tag)
}

// totals returns what the engine has done since the job began.
func (l *lender) totals(now event.Time) replicaTotals {
	g := &l.job.generator
	return g.totals(now, g.engines[l.index:l.index+1])
}

// time returns the engine's time in the segment under way.
func (l *lender) time(now event.Time) accounts {
	return l.job.engineTime(l.totals(now), &l.pot.segment, now-l.pot.since)
}

// close ends the segment under way.
func (l *lender) close(now event.Time) {
	if l.up {
		l.pot.close(now, l.time(now), l.totals(now))
	}
}

// settle journals the engine's time up to now.
func (l *lender) settle(now event.Time) {
	if l.up {
		l.job.post(&l.pot.pot, l.time(now), l.lent, l.pool)
	}
}

// endLoans forgets all borrowed engines; their gangs are given back when the
// cluster has finished what it is doing.
func (j *Job) endLoans(now event.Time) {
	for _, l := range j.lenders {
		j.engine.Disarm(l.timer)
		if l.gang != nil {
			j.returning = append(j.returning, l.gang)
		}
		l.gang, l.up = nil, false
	}
	if len(j.returning) > 0 {
		j.engine.At(now, event.ClassArrival, j, kindReturn, 0)
	}
}

// giveBack lets go of gangs.
func (j *Job) giveBack(now event.Time) {
	for _, g := range j.returning {
		if g.State == cluster.Running {
			j.cluster.Finish(now, g)
		} else {
			j.cluster.Withdraw(now, g)
		}
	}
	j.returning = nil
}
