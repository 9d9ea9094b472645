package scheduler

import (
	"cmp"

	"github.com/jevons-sim/jevons/sim/event"
)

// rerank sorts the queue by what its gangs' ranks are now.
func (p *pass) rerank() {
	for g := range p.Scheduler.waiting.all() {
		g.rank = p.policy.Order.Rank(p.now, g)
	}
	p.Scheduler.waiting.reorder()
}

// byTenants tries the waiting gangs, always next one of the tenant whose rank is
// lowest by then.
func (p *pass) byTenants() {
	for _, t := range p.tenants {
		t.next = 0
	}
	for range p.Scheduler.waiting.n {
		var best *Tenant
		var rank int64
		for _, t := range p.tenants {
			if t.next == len(t.queue) {
				continue
			}
			r := p.byTenant.RankTenant(p.now, t)
			if best == nil || cmp.Or(cmp.Compare(r, rank), cmp.Compare(t.queue[t.next].ID, best.queue[best.next].ID)) < 0 {
				best, rank = t, r
			}
		}
		best.next++
		p.try(best.queue[best.next-1])
	}
}

// Head returns the waiting gang whose turn it is, nil if none waits.
func (s *Scheduler) Head(now event.Time) *Gang {
	var head *Gang
	if s.byTenant == nil {
		for g := range s.waiting.all() {
			return g
		}
	}
	var rank int64
	for _, t := range s.tenants {
		if len(t.queue) == 0 {
			continue
		}
		if r := s.byTenant.RankTenant(now, t); head == nil || cmp.Or(cmp.Compare(r, rank), cmp.Compare(t.queue[0].ID, head.ID)) < 0 {
			head, rank = t.queue[0], r
		}
	}
	return head
}
