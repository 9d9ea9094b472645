package scheduler

import "github.com/jevons-sim/jevons/sim/event"

// tally is what will have changed of one quota by some instant.
type tally struct {
	quota   *quota
	in, out Amounts
}

// tallyPlans adds up, by quota, what plans need in a span, and what those leave who
// have ended by its start, if their ends are not counted already. What a quota's
// parents see of the sum is what they see of the parts one by one.
func (p *pass) tallyPlans(from, to event.Time, ends bool) {
	p.tallied = p.tallied[:0]
	if ends {
		for i := range p.events {
			e := &p.events[i]
			if e.at > from {
				break
			}
			if t := p.tallyOf(e.gang, e.placement.Pool); t != nil {
				t.out.add(amounts(e.gang.Request), 1)
			}
		}
	}
	for _, g := range p.plans.list {
		if g.plan.start < to && from < g.plan.end {
			if t := p.tallyOf(g, g.plan.placement.Pool); t != nil {
				t.in.add(amounts(g.Request), 1)
			}
		}
	}
}

// tallyOf returns the tally of a gang's quota in a pool, nil if it has none.
func (p *pass) tallyOf(g *Gang, pool int) *tally {
	q := g.quota(pool)
	if q == nil {
		return nil
	}
	for i := range p.tallied {
		if p.tallied[i].quota == q {
			return &p.tallied[i]
		}
	}
	p.tallied = append(p.tallied, tally{quota: q})
	return &p.tallied[len(p.tallied)-1]
}

// charged calls a function with the tallies counted as used.
func (p *pass) charged(do func()) {
	for i := range p.tallied {
		t := &p.tallied[i]
		t.quota.use(t.out, -1)
		t.quota.use(t.in, 1)
	}
	do()
	for i := range p.tallied {
		t := &p.tallied[i]
		t.quota.use(t.in, -1)
		t.quota.use(t.out, 1)
	}
}

// quotaAt reports whether a gang will have quota in one of its pools from an
// instant on, beside the plans of others. The trial stands at now.
func (p *pass) quotaAt(g *Gang, t event.Time) (ok bool) {
	if g.Tenant.quotas == nil || !p.shortcut {
		return true
	}
	p.tallyPlans(t, endOf(t, g), t > p.now)
	p.charged(func() {
		for _, pool := range g.Pools {
			if p.hasQuota(g, pool) {
				ok = true
			} else {
				p.overQuota = true
			}
		}
	})
	return ok
}
