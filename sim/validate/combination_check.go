package validate

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

// check looks at what a pass has decided.
func (r *combinationRun) check(now event.Time, s *scheduler.Scheduler, d *scheduler.Decisions) {
	if r.row.Quotas {
		r.checkQuotas(now, s)
	} else if !d.Again { // else a pass follows at once
		r.checkHead(now, s)
	}
	if r.policy.Preempt == scheduler.NoPreemption && r.c.upper && !r.row.Quotas {
		r.checkPromises(now, s, d)
	}
}

// checkHead looks for room for the head of the queue.
func (r *combinationRun) checkHead(now event.Time, s *scheduler.Scheduler) {
	if r.policy.Backfill == scheduler.Conservative {
		return // others may have been promised what it could use
	}
	head := s.Head(now)
	if head == nil {
		return
	}
	if pl, ok := r.prober.Place(head.Pools, head.Request); ok {
		r.violated("at %v the head, gang %d, waits although it fits pool %d", now, head.ID, pl.Pool)
	}
}

// checkPromises holds starts against what was promised before.
func (r *combinationRun) checkPromises(now event.Time, s *scheduler.Scheduler, d *scheduler.Decisions) {
	for _, st := range d.Start {
		if at, ok := r.promised[st.Gang]; ok {
			if now > at {
				r.violated("gang %d was promised %v and starts at %v", st.Gang.ID, at, now)
			}
			delete(r.promised, st.Gang)
		}
	}
	switch r.policy.Backfill {
	case scheduler.EASY:
		if _, fifo := r.policy.Order.(scheduler.FIFO); fifo && d.Reserved != nil {
			r.promise(d.Reserved, d.ReservedFor)
		}
	case scheduler.Conservative:
		for g := range s.Waiting() {
			at, ok := s.Planned(g)
			if !ok {
				r.violated("at %v gang %d waits without a reservation", now, g.ID)
				continue
			}
			r.promise(g, at)
		}
	}
}

func (r *combinationRun) promise(g *scheduler.Gang, at event.Time) {
	if before, ok := r.promised[g]; !ok || at < before {
		r.promised[g] = at
	}
}

// checkQuotas looks at what tenants hold.
func (r *combinationRun) checkQuotas(now event.Time, s *scheduler.Scheduler) {
	most := r.c.most()
	for _, name := range tenantNames {
		if holds := s.Tenant(name).Holds[scheduler.GPUs]; holds > most {
			r.violated("at %v tenant %s holds %d thousandths of GPUs, may hold %d", now, name, holds, most)
		}
	}
}
