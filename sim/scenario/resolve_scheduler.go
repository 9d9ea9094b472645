package scenario

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/event"
)

// usualHalfLife is that of usage in fair share, as Slurm's.
const usualHalfLife = 7 * event.Day

// scheduler checks the scheduling policy.
func (r *resolver) scheduler() {
	s := &r.Scheduler
	service := s.Queue == "las" || s.Queue == "2d-las"
	for i, q := range s.ServiceQueues {
		path := fmt.Sprintf("scheduler.service_queues[%d]", i)
		switch {
		case !service:
			r.fail(path, "service_queues are for the queues las and 2d-las, this is %s", s.Queue)
			return
		case q < event.Millisecond:
			r.fail(path, "must be at least 1ms")
		case i > 0 && q <= s.ServiceQueues[i-1]:
			r.fail(path, "%s is not more than the one before, %s", duration(q), duration(s.ServiceQueues[i-1]))
		}
	}
	if s.Promote > 0 && !service {
		r.fail("scheduler.promote", "is for the queues las and 2d-las, this is %s", s.Queue)
	}
	switch {
	case s.Queue != "fair-share" && s.HalfLife > 0:
		r.fail("scheduler.half_life", "is for the queue fair-share, this is %s", s.Queue)
	case s.Queue == "fair-share" && s.HalfLife == 0:
		s.HalfLife = usualHalfLife
	}
	r.preemption()
	r.tenants()
}

// preemption checks who makes way for whom.
func (r *resolver) preemption() {
	s := &r.Scheduler
	switch s.Queue {
	case "priority", "srtf", "edf", "las", "2d-las":
	default:
		if s.Preemption == "order" {
			r.fail("scheduler.preemption", "order is for the queues srtf, las, 2d-las, edf and priority, by which running gangs give way; this is %s", s.Queue)
		}
	}
	if s.Preempted != "checkpoint" && s.RestoreTime > 0 {
		r.fail("scheduler.restore_time", "is for preempted: checkpoint; batch jobs that are killed start anew")
	}
}

// tenants checks tenants, cohorts and their quotas.
func (r *resolver) tenants() {
	s := &r.Scheduler
	unique(r, "scheduler.tenants", "tenant", s.Tenants, func(t *Tenant) string { return t.Name })
	unique(r, "scheduler.cohorts", "cohort", s.Cohorts, func(c *Cohort) string { return c.Name })
	parents := map[string]string{}
	for i := range s.Cohorts {
		parents[s.Cohorts[i].Name] = s.Cohorts[i].Parent
	}
	for i := range s.Tenants {
		t := &s.Tenants[i]
		path := fmt.Sprintf("scheduler.tenants[%d]", i)
		r.cohort(path+".cohort", t.Cohort)
		r.quotas(path+".quotas", t.Quotas, t.Cohort != "")
		if t.Reclaim != "never" && t.Cohort == "" {
			r.fail(path+".reclaim", "needs a cohort: others borrow from %s only within one", t.Name)
		}
	}
	for i := range s.Cohorts {
		c := &s.Cohorts[i]
		path := fmt.Sprintf("scheduler.cohorts[%d]", i)
		r.quotas(path+".quotas", c.Quotas, c.Parent != "")
		r.cohort(path+".parent", c.Parent)
		seen := map[string]bool{c.Name: true}
		for at := c.Parent; at != ""; at = parents[at] {
			if seen[at] {
				r.fail(path+".parent", "cohort %s is among its own parents", at)
				break
			}
			seen[at] = true
		}
	}
}

// cohort checks the name of a cohort. Where none is described, they need not be.
func (r *resolver) cohort(path, name string) {
	if list := r.Scheduler.Cohorts; name != "" && len(list) > 0 {
		r.reference(path, "cohort", &name, names(list, func(c *Cohort) string { return c.Name }))
	}
}

func (r *resolver) quotas(path string, list []Quota, shares bool) {
	seen := map[[2]string]bool{}
	for i := range list {
		q := &list[i]
		at := fmt.Sprintf("%s[%d]", path, i)
		if q.Pool != "" && !r.isPool(q.Pool) {
			r.placed(at, &q.Pool)
		}
		if key := [2]string{q.Pool, q.Resource}; seen[key] {
			r.fail(at, "a second quota of %s for the same pool", q.Resource)
		} else {
			seen[key] = true
		}
		for _, limit := range []struct {
			key string
			is  bool
		}{{"borrow", q.Borrow != nil}, {"lend", q.Lend != nil}} {
			if limit.is && !shares {
				r.fail(at+"."+limit.key, "needs a cohort to %s", limit.key+map[string]string{"borrow": " from", "lend": " to"}[limit.key])
			}
		}
		if q.Lend != nil && *q.Lend > q.Nominal {
			r.fail(at+".lend", "%g is more than the nominal quota, %g", *q.Lend, q.Nominal)
		}
	}
}
