package sim

import (
	"fmt"
	"slices"

	"github.com/jevons-sim/jevons/sim/placement"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

// policy returns the scenario's scheduling policy.
func (s *Simulation) policy() (p scheduler.Policy, err error) {
	c := &s.doc.Scheduler
	o := scheduler.Options{Queues: c.ServiceQueues, Promote: c.Promote, HalfLife: c.HalfLife}
	if p.Order, err = scheduler.ParseOrder(c.Queue, o); err != nil {
		return p, err
	}
	if p.Placement, err = placement.Parse(c.Placement, s.doc.Seed); err != nil {
		return p, err
	}
	if p.Backfill, err = scheduler.ParseBackfill(c.Backfill); err != nil {
		return p, err
	}
	if p.Preempt, err = scheduler.ParsePreemption(c.Preemption); err != nil {
		return p, err
	}
	p.Unconstrained = c.Topology == "unconstrained"
	p.Grace, p.PreemptExempt, p.HalfLife = c.GracePeriod, c.PreemptExemptTime, c.HalfLife
	for i := range c.Tenants {
		t := &c.Tenants[i]
		spec := scheduler.TenantSpec{Name: t.Name, Weight: t.Weight, Cohort: t.Cohort}
		if spec.Reclaim, err = scheduler.ParseReclaim(t.Reclaim); err != nil {
			return p, err
		}
		if spec.Limits, err = s.limits(t.Quotas, scheduler.Unlimited); err != nil {
			return p, fmt.Errorf("tenant %s: %w", t.Name, err)
		}
		p.Tenants = append(p.Tenants, spec)
	}
	for i := range c.Cohorts {
		spec := scheduler.CohortSpec{Name: c.Cohorts[i].Name, Parent: c.Cohorts[i].Parent}
		if spec.Limits, err = s.limits(c.Cohorts[i].Quotas, 0); err != nil {
			return p, fmt.Errorf("cohort %s: %w", spec.Name, err)
		}
		p.Cohorts = append(p.Cohorts, spec)
	}
	return p, p.Check()
}

// quotaUnits are how many of the scheduler's units one of a scenario's is.
var quotaUnits = map[string]struct {
	resource scheduler.Resource
	unit     float64
}{"gpus": {scheduler.GPUs, 1000}, "cpus": {scheduler.CPU, 1000}, "memory": {scheduler.Memory, 1024}}

// limits returns quotas as limits, one for each pool that they name. What they
// leave out is as given.
func (s *Simulation) limits(quotas []scenario.Quota, other int64) ([]scheduler.Limit, error) {
	var out []scheduler.Limit
	for i := range quotas {
		q := &quotas[i]
		pools := []int{-1}
		if q.Pool != "" {
			if pools = s.poolsNamed(q.Pool); len(pools) != 1 {
				return nil, fmt.Errorf("a quota is for one pool, or for all: pool %s stands for %d", q.Pool, len(pools))
			}
		}
		u := quotaUnits[q.Resource]
		amount := func(v *float64) int64 {
			if v == nil {
				return scheduler.Unlimited
			}
			return int64(min(*v*u.unit, scheduler.Unlimited))
		}
		for _, pool := range pools {
			k := slices.IndexFunc(out, func(l scheduler.Limit) bool { return l.Pool == pool })
			if k < 0 {
				k = len(out)
				l := scheduler.Limit{Pool: pool}
				for r := range l.Nominal {
					l.Nominal[r], l.Borrow[r], l.Lend[r] = other, scheduler.Unlimited, scheduler.Unlimited
				}
				out = append(out, l)
			}
			l := &out[k]
			l.Nominal[u.resource], l.Borrow[u.resource], l.Lend[u.resource] = amount(&q.Nominal), amount(q.Borrow), amount(q.Lend)
		}
	}
	return out, nil
}
