package scheduler

import (
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
)

// easyQuota is a gang that waits for its tenant's quota: as EASY's reservation,
// but of quota.
type easyQuota struct {
	gang  *Gang
	at    event.Time // Forever = nobody knows
	ended []*Gang
	owed  owed
}

// awaitQuota finds when a gang will have quota, if none of its tenant waits for
// that already.
func (p *pass) awaitQuota(g *Gang) {
	if p.queued[g.Tenant] != nil {
		return
	}
	e := &easyQuota{gang: g, at: event.Forever}
	p.queued[g.Tenant] = e
	m := p.mark()
	for r := range p.expectedEnds(g) {
		p.charge(r, r.Placement.Pool, -1)
		e.ended = append(e.ended, r)
		if p.hasQuota(g, r.Placement.Pool) {
			e.at = r.end(p.now)
			break
		}
	}
	p.undoTo(m)
}

func (p *pass) hasQuota(g *Gang, pool int) bool {
	q := g.quota(pool)
	return q == nil || q.fits(amounts(g.Request))
}

// leavesQuota reports whether a gang leaves the quota alone for which those
// ahead of it wait: that of its own tenant, what is claimed, and that of the
// reserved gang.
func (p *pass) leavesQuota(g *Gang, pool int, q *quota) bool {
	if e := p.queued[g.Tenant]; e != nil && e.gang != g && !p.besides(g, pool, e.gang, e.at, e.ended, &e.owed) {
		return false
	}
	if len(p.claims) > 0 && !p.besidesClaims(g, pool) {
		return false
	}
	e := &p.easy
	if e.gang == nil || e.gang == g {
		return true
	}
	theirs := e.gang.quota(e.whole.placement.Pool)
	if theirs == nil || theirs.root() != q.root() {
		return true
	}
	return p.besides(g, pool, e.gang, e.at, e.ended, &e.owed)
}

// besides reports whether a gang ends before another is to start, or there will
// be quota for both.
func (p *pass) besides(g *Gang, pool int, first *Gang, at event.Time, ended []*Gang, o *owed) bool {
	if g.Estimate > 0 && p.now+g.Estimate <= at {
		return true
	}
	if at == event.Forever {
		return false
	}
	o.sum(p, ended)
	target := pool
	if first == p.easy.gang {
		target = p.easy.whole.placement.Pool
	}
	theirs, need := first.quota(target), amounts(first.Request)
	o.use(-1)
	if theirs != nil {
		theirs.use(need, 1)
	}
	fits := p.hasQuota(g, pool)
	if theirs != nil {
		theirs.use(need, -1)
	}
	o.use(1)
	return fits
}

// owed is what gangs that will have ended leave to the quotas of their tenants.
type owed struct {
	epoch uint32
	known bool
	list  []due
}

// due is what will be left to one quota.
type due struct {
	quota *quota
	Amounts
}

// sum adds up what gangs leave that have not been preempted.
func (o *owed) sum(p *pass, ended []*Gang) {
	if o.known && o.epoch == p.epoch {
		return
	}
	o.known, o.epoch, o.list = true, p.epoch, o.list[:0]
	for _, g := range ended {
		q := g.quota(g.Placement.Pool)
		if q == nil || p.isGone(g) {
			continue
		}
		i := slices.IndexFunc(o.list, func(d due) bool { return d.quota == q })
		if i < 0 {
			i = len(o.list)
			o.list = append(o.list, due{quota: q})
		}
		o.list[i].add(amounts(g.Request), 1)
	}
}

func (o *owed) use(sign int64) {
	for i := range o.list {
		o.list[i].quota.use(o.list[i].Amounts, sign)
	}
}
