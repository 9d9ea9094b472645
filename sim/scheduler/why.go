package scheduler

import "github.com/jevons-sim/jevons/sim/event"

// Reason is the rule that keeps a gang from room that is free.
type Reason uint8

// The reasons.
const (
	NoRule    Reason = iota // there is no room, or the next pass will start it
	OverQuota               // a gang of its tenant waits for the same quota
	Reserved                // it is held for a gang ahead
	Queued                  // a gang ahead waits for the same pool
)

var reasonNames = [...]string{"none", "quota", "reservation", "queue"}

// String returns the reason's name.
func (r Reason) String() string { return reasonNames[r] }

// Wait is the rule that keeps a gang waiting, and for whom, where there is one
// such gang.
type Wait struct {
	Reason Reason
	Ahead  *Gang
}

// RuledOut says which rule keeps a waiting gang from a pool where it has quota
// and room, after a pass and before anything else happens. It places nothing: a
// run that is asked stays the same run. What else keeps it is the fleet's to say
// (Room), or the quota's (Shortages).
func (s *Scheduler) RuledOut(now event.Time, g *Gang) Wait {
	p := &s.pass
	p.now = now
	for _, pool := range g.Pools {
		if p.hasQuota(g, pool) && s.fleet.Pools[pool].Room(g.Request) >= g.Request.Workers {
			return p.ruledOut(g, pool)
		}
	}
	return Wait{}
}

// ruledOut says which rule keeps a gang from a pool where it has room.
func (p *pass) ruledOut(g *Gang, pool int) Wait {
	for _, other := range p.plans.list {
		if other != g && other.plan.placement.Pool == pool && other.plan.start < endOf(p.now, g) {
			return Wait{Reserved, other}
		}
	}
	if ahead := p.easy.gang; ahead != nil && ahead != g {
		return Wait{Reserved, ahead}
	}
	for _, c := range p.claims {
		if c.gang != g && c.placement.Pool == pool {
			return Wait{Reserved, c.gang}
		}
	}
	if e := p.queued[g.Tenant]; e != nil && e.gang != g {
		return Wait{OverQuota, e.gang}
	}
	for other := range p.Scheduler.waiting.all() {
		if other == g {
			break
		}
		for _, shared := range other.Pools {
			if shared == pool {
				return Wait{Queued, other}
			}
		}
	}
	return Wait{}
}
