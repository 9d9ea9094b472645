package scheduler

import (
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
)

// pass is one scheduling pass.
type pass struct {
	*Scheduler
	now     event.Time
	out     Decisions
	charges []charge
	// failed holds, by shape and pool, the last epoch in which it did not fit.
	failed       []uint32
	failedBefore []uint32            // likewise, on what is held for the reservation
	noRoom       map[roomKey]*noRoom // for whom preemption has made none
	epoch        uint32
	open         []int             // pools to look in; reused
	closed       []bool            // by pool: a waiting gang closes it to those behind it
	number       uint64            // of passes; marks on gangs and tenants that bear it are of this one
	tried        map[*Gang]outcome // claimants, which were tried before the others
	// With quotas, gangs that would borrow are tried after the others.
	ownFirst   bool
	deferred   []*Gang
	behind     map[*Tenant]bool // its gangs are deferred
	easy       easy
	queued     map[*Tenant]*easyQuota // gangs that wait for their tenant's quota
	claims     []claim
	holds      []reservation // the part of claims that is free now
	claimants  []*Gang       // reused
	departures []event.Time  // reused
	events     []expected    // conservative backfill: when what ends
	replan     bool          // conservative backfill: all plans are made anew
	profile    profile
	planned    event.Time // start of the plan of the gang that is tried; Forever = none
	junior     int64      // the most seniority of a running gang, in the pass juniorOf
	juniorOf   uint64
	tallied    []tally
	listed     bool // events and profile are up to date
	outlook    outlook
	marks      nodeMarks
	bounds     bounds
	candidates []candidate // reused
	scratch    []reservation
	left       [64]int16 // of the GPUs of a node
	heldOut    []int64
	touched    []int
	lacking    []int
	overQuota  bool // the gang last tried lacks quota in a pool
}

func (p *pass) init(s *Scheduler) {
	p.Scheduler = s
	p.closed = make([]bool, len(s.fleet.Pools))
	p.easy.free = make([]int64, len(s.fleet.Pools))
	p.behind = map[*Tenant]bool{}
	p.tried = map[*Gang]outcome{}
	p.queued, p.noRoom = map[*Tenant]*easyQuota{}, map[roomKey]*noRoom{}
}

// Decide makes one pass over the waiting gangs. It leaves the fleet as it found
// it: whoever owns the fleet carries the decisions out, and says so with Leave,
// Release and Begin.
func (s *Scheduler) Decide(now event.Time) Decisions {
	p := &s.pass
	p.now = now
	p.out = Decisions{Wake: event.Forever}
	switch {
	case s.waiting.n == 0:
		p.reset()
	case s.policy.Backfill == Conservative:
		p.reset()
		p.conservative()
	case s.cached.valid(s, now):
		p.continueEASY()
	default:
		p.reset()
		p.all()
	}
	p.finish()
	return p.out
}

// isGone reports whether a gang was preempted, or waits no longer, since the
// pass began.
func (p *pass) isGone(g *Gang) bool { return g.gone == p.number }

// bars reports whether a gang of a tenant waits for quota that those behind it
// must leave alone.
func (p *pass) bars(t *Tenant) bool { return t.barred == p.number }

// reset forgets the last pass.
func (p *pass) reset() {
	p.epoch++
	clear(p.closed)
	p.number++
	clear(p.tried)
	clear(p.queued)
	p.claims, p.holds = p.claims[:0], p.holds[:0]
	p.easy.reset()
}

// all tries every waiting gang: first those that stay within their tenant's own
// quota, then those that would borrow, each in the queue's order.
func (p *pass) all() {
	p.deferred, p.ownFirst = p.deferred[:0], len(p.policy.Tenants) > 0
	p.tryClaimants(p.Scheduler.waiting.all())
	switch {
	case p.byTenant != nil:
		p.byTenants()
	case p.shifts:
		p.rerank()
		fallthrough
	default:
		if p.byLine {
			p.byLines()
			break
		}
		for g := range p.Scheduler.waiting.all() {
			p.try(g)
		}
	}
	p.ownFirst = false
	clear(p.behind)
	if len(p.deferred) > 0 {
		p.tryClaimants(slices.Values(p.deferred))
	}
	for _, g := range p.deferred {
		p.try(g)
	}
}

// try starts a gang, makes room for it, or lets it wait.
func (p *pass) try(g *Gang) {
	if o, ok := p.tried[g]; ok {
		p.wait(g, o)
		return
	}
	if p.ownFirst && p.borrower(g) {
		p.deferred = append(p.deferred, g)
		return
	}
	if p.policy.Backfill == Conservative {
		p.tryPlan(g)
		return
	}
	p.wait(g, p.startOrClaim(g))
}

// outcome is what came of trying a gang.
type outcome struct {
	starts    bool
	overQuota bool // it waits for quota
}

// startOrClaim starts a gang, or preempts others for it.
func (p *pass) startOrClaim(g *Gang) outcome {
	if pl, ok := p.place(g); ok {
		p.start(g, pl)
		return outcome{starts: true}
	}
	over := p.overQuota
	if pl, ok := p.makeRoom(g); ok {
		p.start(g, pl)
		return outcome{starts: true}
	}
	return outcome{overQuota: over}
}

// borrower reports whether a gang can only start on what its tenant would
// borrow, what its gangs claim being used, or comes behind one of its tenant's of
// which that is true.
func (p *pass) borrower(g *Gang) bool {
	if !p.behind[g.Tenant] && p.mustBorrow(g) {
		p.behind[g.Tenant] = true
	}
	return p.behind[g.Tenant]
}

// mustBorrow reports whether a gang can only start on what its tenant would
// borrow.
func (p *pass) mustBorrow(g *Gang) bool {
	if g.Tenant.quotas == nil {
		return false
	}
	for _, pool := range g.Pools {
		if q := g.quota(pool); q == nil || q.parent == nil || p.ownOf(g, q) {
			return false
		}
	}
	return true
}

// wait decides what a gang that does not start means for those behind it.
func (p *pass) wait(g *Gang, o outcome) {
	switch {
	case o.starts:
		return
	case p.policy.Backfill == EASY:
		switch {
		case o.overQuota:
			p.awaitQuota(g)
		case p.easy.gang == nil && !p.claimed(g):
			p.reserve(g)
		}
		return
	case o.overQuota:
		g.Tenant.barred = p.number
		return
	}
	for _, pool := range g.Pools {
		p.closed[pool] = true
	}
}
