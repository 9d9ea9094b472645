package sim

import (
	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/serving"
)

// lending measures what deployments that scale lend to other work: they claim
// the GPUs of their most replicas, others hold some of these while demand is
// low, and give them back by preemption before it peaks. It hears who holds
// what and passes it on.
type lending struct {
	cluster.Observer
	pools   []lent
	lenders map[string]int    // pool by deployment that scales
	wait    metrics.Histogram // ns that replicas waited for GPUs
	// Waits for GPUs that others held of the claim: their length over all
	// replicas, requests that arrived at a deployment in one, those of them that
	// missed their SLO.
	waited         event.Time
	during, missed int64
}

// lent is one pool's lending. Amounts are milli-GPUs.
type lent struct {
	claim, size       int64 // of deployments that scale; of the pool
	serving, others   int64 // held now
	since             event.Time
	lent, idle, taken ledger.Amount // of the claim: held by others, by nobody, by its own replicas
	reclaims          int64
	until             event.Time // the last time at which something was lent
}

// newLending returns the meter of a run's lending, which hears what next hears;
// nil where nothing is lent.
func (s *Simulation) newLending(next cluster.Observer) *lending {
	l := &lending{Observer: next, pools: make([]lent, len(s.fleet.Pools)), lenders: map[string]int{}}
	w := &s.doc.Workloads
	for _, d := range s.services {
		if d.lends() {
			l.pools[d.pool].claim += int64(d.spec.Autoscale.Max) * int64(d.Variant().GPUs()) * ledger.MilliPerGPU
			l.lenders[d.Name()] = d.pool
		}
	}
	if len(l.lenders) == 0 || len(w.Training)+len(w.RL)+len(w.Jobs) == 0 {
		return nil
	}
	for i := range l.pools {
		p := &l.pools[i]
		p.size = int64(s.fleet.Pools[i].GPUs()) * ledger.MilliPerGPU
		p.claim = min(p.claim, p.size)
	}
	return l
}

// out returns what others hold of the claim now.
func (p *lent) out() int64 {
	return min(max(0, p.others-(p.size-p.claim)), p.claim-min(p.serving, p.claim))
}

// waits counts a replica's wait up to the last time in it at which its pool lent
// something.
func (l *lending) waits(now, queued event.Time, g *cluster.Gang) {
	if pool, ok := l.lenders[g.Spec.Name]; ok && g.Spec.Class == ledger.Inference {
		p := &l.pools[pool]
		p.accrue(now)
		l.waited += max(0, p.until-queued)
	}
}

// arrived counts a request of a deployment, and reports whether a replica of it
// waits for GPUs that are lent.
func (l *lending) arrived(d *deployed) bool {
	if l == nil || d.Waiting() == 0 || !d.lends() || l.pools[d.pool].out() <= 0 {
		return false
	}
	l.during++
	return true
}

// ended counts the end of a request that arrived in such a wait. What the end
// of the run cuts off has neither met nor missed its SLO.
func (l *lending) ended(q *liveRequest, o serving.Outcome) {
	if q.reclaims && o != serving.Unfinished && (o != serving.Completed || !q.good()) {
		l.missed++
	}
}

// lends reports whether a deployment claims more GPUs than it always holds.
func (d *deployed) lends() bool {
	a := d.spec.Autoscale
	return a != nil && a.Max > a.Min
}

// accrue brings a pool's amounts up to now.
func (p *lent) accrue(now event.Time) {
	if d := now - p.since; d > 0 && p.claim > 0 {
		taken := min(p.serving, p.claim)
		lent := p.out()
		if lent > 0 {
			p.until = now
		}
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
	l.waits(now, queued, g)
	l.Observer.Seated(now, queued, g)
}

// Withdrawn implements cluster.Observer.
func (l *lending) Withdrawn(now, queued event.Time, g *cluster.Gang) {
	l.waits(now, queued, g)
	l.Observer.Withdrawn(now, queued, g)
}

// Left implements cluster.Observer.
func (l *lending) Left(now event.Time, g *cluster.Gang, why cluster.Leaving) {
	l.held(now, g, -g.Milli())
	if p := &l.pools[g.Pool()]; why == cluster.Preempted && g.Spec.Class != ledger.Inference && p.claim > 0 {
		p.reclaims++
	}
	l.Observer.Left(now, g, why)
}

// lendingSection sums up the whole run; nil where nothing is lent.
func (s *Simulation) lendingSection(now event.Time) *result.Lending {
	l := s.lending
	if l == nil {
		return nil
	}
	out := &result.Lending{}
	s.cluster.Waiting(func(g *cluster.Gang, since event.Time) { l.waits(now, since, g) })
	out.ReclaimWaitTotalS = l.waited.Seconds()
	if s.sampled == nil { // its windows do not cover the waits
		out.RequestsDuringReclaim, out.SLOMissedDuringReclaim = &l.during, &l.missed
	}
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
