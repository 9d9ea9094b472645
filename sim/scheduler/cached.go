package scheduler

import (
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
)

// cached says what of the last pass still holds. When nothing has happened
// since but submissions, only the new gangs need to be tried: the others would
// fail as they did then.
type cached struct {
	settled bool
	fresh   []*Gang // submitted since
}

// valid reports whether a pass may continue the last one.
func (c *cached) valid(s *Scheduler, now event.Time) bool {
	e := &s.pass.easy
	if !c.settled || e.gang == nil || now > e.at || s.policy.Backfill != EASY || s.policy.Preempt != NoPreemption || s.byTenant != nil || s.shifts || len(s.policy.Tenants) > 0 {
		return false
	}
	for _, g := range c.fresh {
		if byRank(g, e.gang) < 0 {
			return false
		}
	}
	return true
}

// continueEASY tries the gangs that were submitted since the last pass.
func (p *pass) continueEASY() {
	p.epoch++
	p.out.Reserved, p.out.ReservedFor = p.easy.gang, p.easy.at
	slices.SortFunc(p.cached.fresh, byRank)
	p.easy.hold = p.easy.hold[:0]
	p.holdFree()
	for _, g := range p.cached.fresh {
		p.try(g)
	}
}

// keep remembers a pass. A gang that starts changes what was found only for
// those that it was tried before.
func (c *cached) keep(p *pass) {
	c.settled = true
	c.fresh = c.fresh[:0]
}
