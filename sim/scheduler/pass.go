package scheduler

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// pass is one scheduling pass.
type pass struct {
	*Scheduler
	now     event.Time
	out     Decisions
	charges []charge
	// failed holds, by shape and pool, the last epoch in which it did not fit.
	failed       []uint32
	failedBefore []uint32 // likewise, on what is held for the reservation
	epoch        uint32
	open         []int  // pools to look in; reused
	closed       []bool // by pool: a waiting gang closes it to those behind it
	barred       map[*Tenant]bool
	victims      map[*Gang]bool // preempted in this pass
	tried        map[*Gang]bool // claimants, which were tried before the others
	// With quotas, gangs that would borrow are tried after the others.
	ownFirst  bool
	deferred  []*Gang
	behind    map[*Tenant]bool // its gangs are deferred
	easy      easy
	queued    map[*Tenant]*easyQuota // gangs that wait for their tenant's quota
	claims    []claim
	holds     []reservation // the part of claims that is free now
	claimants []*Gang       // reused
	events    []expected    // conservative backfill: when what ends
	replan    bool          // conservative backfill: all plans are made anew
	profile   profile
	free      []int64 // reused
	scratch   []reservation
	heldOut   []int64
	touched   []int
	lacking   []int
	overQuota bool // the gang last tried lacks quota in a pool
}

// charge is a change of what a tenant holds, for the length of a pass.
type charge struct {
	gang *Gang
	pool int
	sign int64
}

// reservation is a placement and the request that takes it.
type reservation struct {
	placement fleet.Placement
	request   fleet.Request
}

func (p *pass) init(s *Scheduler) {
	p.Scheduler = s
	p.closed = make([]bool, len(s.fleet.Pools))
	p.easy.free = make([]int64, len(s.fleet.Pools))
	p.barred, p.behind = map[*Tenant]bool{}, map[*Tenant]bool{}
	p.tried = map[*Gang]bool{}
	p.victims, p.queued = map[*Gang]bool{}, map[*Tenant]*easyQuota{}
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

// reset forgets the last pass.
func (p *pass) reset() {
	p.epoch++
	clear(p.closed)
	clear(p.barred)
	clear(p.victims)
	clear(p.tried)
	clear(p.queued)
	p.claims, p.holds = p.claims[:0], p.holds[:0]
	p.easy.reset()
}

// all tries every waiting gang: first those that stay within their tenant's own
// quota, then those that would borrow, each in the queue's order.
func (p *pass) all() {
	p.tryClaimants()
	p.deferred, p.ownFirst = p.deferred[:0], len(p.policy.Tenants) > 0
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
	for _, g := range p.deferred {
		p.try(g)
	}
}

// try starts a gang, makes room for it, or lets it wait.
func (p *pass) try(g *Gang) {
	if p.tried[g] {
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
	if pl, ok := p.place(g); ok {
		p.start(g, pl)
		return
	}
	over := p.overQuota
	if pl, ok := p.makeRoom(g); ok {
		p.start(g, pl)
		return
	}
	p.wait(g, over)
}

// borrower reports whether a gang can only start on what its tenant would
// borrow, or comes behind one of its tenant's of which that is true.
func (p *pass) borrower(g *Gang) bool {
	if g.Tenant.quotas == nil || p.behind[g.Tenant] {
		return p.behind[g.Tenant]
	}
	for _, pool := range g.Pools {
		if q := g.quota(pool); q == nil || q.parent == nil || q.within(amounts(g.Request)) {
			return false
		}
	}
	p.behind[g.Tenant] = true
	return true
}

// start decides that g starts.
func (p *pass) start(g *Gang, pl fleet.Placement) {
	p.trial.Allocate(pl, g.Request)
	p.charge(g, pl.Pool, 1)
	p.out.Start = append(p.out.Start, Start{g, pl})
}

// charge notes that a gang holds what it asks for, or no longer does.
func (p *pass) charge(g *Gang, pool int, sign int64) {
	p.charges = append(p.charges, charge{g, pool, sign})
	p.apply(charge{g, pool, sign})
}

func (p *pass) apply(c charge) {
	a := amounts(c.gang.Request)
	c.gang.Tenant.settle(p.now, p.policy.HalfLife)
	c.gang.Tenant.Holds.add(a, c.sign)
	if q := c.gang.quota(c.pool); q != nil {
		q.use(a, c.sign)
	}
}

// mark is a state to return to.
type mark struct{ trial, charges int }

func (p *pass) mark() mark { return mark{p.trial.Mark(), len(p.charges)} }

func (p *pass) undoTo(m mark) {
	p.trial.UndoTo(m.trial)
	for i := len(p.charges) - 1; i >= m.charges; i-- {
		c := p.charges[i]
		c.sign = -c.sign
		p.apply(c)
	}
	p.charges = p.charges[:m.charges]
}

// wait decides what a gang that does not start means for those behind it.
func (p *pass) wait(g *Gang, overQuota bool) {
	if p.policy.Backfill == EASY {
		switch {
		case overQuota:
			p.awaitQuota(g)
		case p.easy.gang == nil && !p.claimed(g):
			p.reserve(g)
		}
		return
	}
	if overQuota {
		p.barred[g.Tenant] = true
		return
	}
	for _, pool := range g.Pools {
		p.closed[pool] = true
	}
}

// place finds room for a gang in the first of its pools that has any, or in
// the best of them.
func (p *pass) place(g *Gang) (fleet.Placement, bool) {
	p.overQuota = false
	if p.barred[g.Tenant] {
		p.overQuota = true
		return fleet.Placement{}, false
	}
	if g.AnyPool {
		return p.placeAmong(g, g.Pools)
	}
	for i := range g.Pools {
		if pl, ok := p.placeAmong(g, g.Pools[i:i+1]); ok {
			return pl, true
		}
	}
	return fleet.Placement{}, false
}

// placeAmong finds room for a gang in the best of some pools.
func (p *pass) placeAmong(g *Gang, pools []int) (fleet.Placement, bool) {
	p.open = p.open[:0]
	for _, pool := range pools {
		if p.mayUse(g, pool) && !p.hasFailed(p.failed, g, pool) {
			p.open = append(p.open, pool)
		}
	}
	if len(p.open) > 0 {
		if pl, ok := p.placer.Place(p.open, g.Request); ok {
			return pl, true
		}
		for _, pool := range p.open {
			p.fail(&p.failed, g, pool)
		}
	}
	if p.endsBefore(g) {
		for _, pool := range pools {
			if p.hasFailed(p.failedBefore, g, pool) || !p.mayUse(g, pool) {
				continue
			}
			if pl, ok := p.placeBefore(g, pool); ok {
				return pl, true
			}
			p.fail(&p.failedBefore, g, pool)
		}
	}
	return fleet.Placement{}, false
}

// mayUse reports whether rules, rather than room, let a gang into a pool.
func (p *pass) mayUse(g *Gang, pool int) bool {
	q := g.quota(pool)
	if q != nil {
		a := amounts(g.Request)
		if !q.fits(a) || !p.leavesQuota(g, pool, q) {
			p.overQuota = true
			return false
		}
		if p.closed[pool] {
			// What is a tenant's own is not for others to wait for.
			return q.within(a)
		}
	}
	return !p.closed[pool]
}

func (p *pass) slot(g *Gang, pool int) int { return int(g.shape)*len(p.fleet.Pools) + pool }

func (p *pass) hasFailed(list []uint32, g *Gang, pool int) bool {
	i := p.slot(g, pool)
	return i < len(list) && list[i] == p.epoch
}

func (p *pass) fail(list *[]uint32, g *Gang, pool int) {
	i := p.slot(g, pool)
	for i >= len(*list) {
		*list = append(*list, 0)
	}
	(*list)[i] = p.epoch
}

// finish undoes what was tried and completes the decisions.
func (p *pass) finish() {
	p.out.Held = p.held()
	p.undoTo(mark{})
	p.out.Again = (len(p.out.Preempt) > 0 && p.policy.Grace == 0) || (p.byTenant != nil && len(p.out.Start) > 0 && p.Scheduler.waiting.n > len(p.out.Start))
	if p.timed != nil && p.policy.Preempt == OrderPreemption && p.Scheduler.waiting.n > len(p.out.Start) {
		for _, g := range p.running {
			if g.Preemptible {
				p.wakeAt(p.timed.Next(p.now, g))
			}
		}
		for _, st := range p.out.Start {
			if st.Gang.Preemptible {
				// It starts with what it has had; when its rank changes is seen
				// from the instant of its start.
				p.wakeAt(p.nextOfStarted(st.Gang))
			}
		}
		if p.shifts {
			for g := range p.Scheduler.waiting.all() {
				p.wakeAt(p.timed.Next(p.now, g))
			}
		}
	}
	p.cached.keep(p)
}

// nextOfStarted returns when the rank of a gang changes that starts now.
func (p *pass) nextOfStarted(g *Gang) event.Time {
	started := *g
	p.timed.Begin(p.now, &started)
	started.state, started.Started = running, p.now
	return p.timed.Next(p.now, &started)
}

func (p *pass) wakeAt(t event.Time) {
	if t > p.now {
		p.out.Wake = min(p.out.Wake, t)
	}
}

// overQuotas counts the gangs that still wait and lack quota, by pool, and adds
// what they ask for to what is held.
func (p *pass) overQuotas() []int {
	p.lacking = append(p.lacking[:0], make([]int, len(p.closed))...)
	if len(p.policy.Tenants) == 0 {
		return p.lacking
	}
	for _, st := range p.out.Start {
		p.victims[st.Gang] = true // it waits no longer
	}
	for g := range p.Scheduler.waiting.all() {
		if g.Tenant.quotas == nil || p.victims[g] || g.Request.TotalMilli() == 0 {
			continue
		}
		for _, pool := range g.Pools {
			if p.barred[g.Tenant] || !p.hasQuota(g, pool) {
				p.heldOut[pool] += g.Request.TotalMilli()
				p.lacking[pool]++
			}
		}
	}
	return p.lacking
}

// held returns the milli-GPUs by pool that are free but not for those who wait.
func (p *pass) held() []int64 {
	p.heldOut = append(p.heldOut[:0], p.easy.free...)
	held := p.heldOut
	if p.policy.Backfill == Conservative && len(p.plans.list) > 0 {
		m := p.mark()
		for _, g := range p.plans.list {
			held[g.plan.placement.Pool] += p.trial.Block(g.plan.placement, g.plan.request)
		}
		p.undoTo(m)
	}
	for _, h := range p.holds {
		held[h.placement.Pool] += h.request.TotalMilli()
	}
	p.out.OverQuota = p.overQuotas()
	return held
}
