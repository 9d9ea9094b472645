package sim

import (
	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/result"
)

// lending measures what deployments that scale lend to other work: they claim
// the GPUs of their most replicas, others hold some of these while demand is
// low, and give them back by preemption before it peaks. It hears who holds
// what and passes it on.
type lending struct {
	cluster.Observer
	pools []lent
	wait  metrics.Histogram // ns that replicas waited for GPUs
}

// lent is one pool's lending. Amounts are milli-GPUs.
type lent struct {
	claim, size       int64 // of deployments that scale; of the pool
	serving, others   int64 // held now
	since             event.Time
	lent, idle, taken ledger.Amount // of the claim: held by others, by nobody, by its own replicas
	reclaims          int64
}

// newLending returns the meter of a run's lending, which hears what next hears;
// nil where nothing is lent.
func (s *Simulation) newLending(next cluster.Observer) *lending {
	l := &lending{Observer: next, pools: make([]lent, len(s.fleet.Pools))}
	w := &s.doc.Workloads
	claims := false
	for _, d := range s.services {
		if a := d.spec.Autoscale; a != nil && a.Max > a.Min {
			l.pools[d.pool].claim += int64(a.Max) * int64(d.Variant().GPUs()) * ledger.MilliPerGPU
			claims = true
		}
	}
	if !claims || len(w.Training)+len(w.RL)+len(w.Jobs) == 0 {
		return nil
	}
	for i := range l.pools {
		p := &l.pools[i]
		p.size = int64(s.fleet.Pools[i].GPUs()) * ledger.MilliPerGPU
		p.claim = min(p.claim, p.size)
	}
	return l
}

// accrue brings a pool's amounts up to now.
func (p *lent) accrue(now event.Time) {
	if d := now - p.since; d > 0 && p.claim > 0 {
		taken := min(p.serving, p.claim)
		lent := min(max(0, p.others-(p.size-p.claim)), p.claim-taken)
		p.lent = p.lent.Add(ledger.Product(lent, d))
		p.taken = p.taken.Add(ledger.Product(taken, d))
		p.idle = p.idle.Add(ledger.Product(p.claim-taken-lent, d))
	}
	p.since = now
}

// held adds to what a class of work holds in a pool.
func (l *lending) held(now event.Time, g *cluster.Gang, milli int64) {
	p := &l.pools[g.Pool()]
	p.accrue(now)
	switch g.Spec.Class {
	case ledger.Inference:
		p.serving += milli
	case ledger.RL, ledger.Training, ledger.Jobs:
		p.others += milli
	}
}

// Seated implements cluster.Observer.
func (l *lending) Seated(now, queued event.Time, g *cluster.Gang) {
	l.held(now, g, g.Milli())
	if g.Spec.Class == ledger.Inference && l.pools[g.Pool()].claim > 0 {
		l.wait.Record(int64(now - queued))
	}
	l.Observer.Seated(now, queued, g)
}

// Left implements cluster.Observer.
func (l *lending) Left(now event.Time, g *cluster.Gang, why cluster.Leaving) {
	l.held(now, g, -g.Milli())
	if p := &l.pools[g.Pool()]; why == cluster.Preempted && g.Spec.Class != ledger.Inference && p.claim > 0 {
		p.reclaims++
	}
	l.Observer.Left(now, g, why)
}

// section sums up the whole run; nil where nothing is lent.
func (l *lending) section(now event.Time) *result.Lending {
	if l == nil {
		return nil
	}
	out := &result.Lending{}
	var lent, idle, taken ledger.Amount
	for i := range l.pools {
		p := &l.pools[i]
		p.accrue(now)
		lent, idle, taken = lent.Add(p.lent), idle.Add(p.idle), taken.Add(p.taken)
		out.Reclaims += p.reclaims
	}
	out.LentGPUHours, out.IdleGPUHours, out.ServingGPUHours = lent.Hours(), idle.Hours(), taken.Hours()
	out.ReplicaWait = result.QuantilesOf(&l.wait, 1e9)
	return out
}
