package scheduler

import "github.com/jevons-sim/jevons/sim/event"

// Reason is why a gang waits.
type Reason uint8

// The reasons.
const (
	Busy        Reason = iota // too few GPUs are free in the pools that it may use
	Fragmented                // enough are free, but not on nodes with room for its workers
	WrongType                 // there is room, but in pools that it may not use
	OverQuota                 // its tenant may not hold more
	Reserved                  // there is room, held for a gang ahead of it
	Queued                    // there is room, but a gang ahead of it waits for the same pool
	AboutToMove               // there is room: the next pass will start it
)

var reasonNames = [...]string{"busy", "fragmentation", "gpu_type", "quota", "reservation", "queue", "none"}

// String returns the reason's name in results.
func (r Reason) String() string { return reasonNames[r] }

// Wait is why a gang waits, and for whom, where there is one such gang.
type Wait struct {
	Reason Reason
	Ahead  *Gang
}

// Why says why a waiting gang did not start in the last pass. It is to be asked
// before anything else happens, and looks at the fleet itself: asking is as
// expensive as placing the gang.
func (s *Scheduler) Why(now event.Time, g *Gang) Wait {
	p := &s.pass
	p.now = now
	within := false
	for _, pool := range g.Pools {
		within = within || p.hasQuota(g, pool)
	}
	if !within {
		return Wait{Reason: OverQuota}
	}
	enough := false
	for _, pool := range g.Pools {
		enough = enough || s.placer.Enough(pool, g.Request)
		if _, ok := s.placer.Place([]int{pool}, g.Request); ok && p.hasQuota(g, pool) {
			return p.ruledOut(g, pool)
		}
	}
	if enough {
		return Wait{Reason: Fragmented}
	}
	for pool := range s.fleet.Pools {
		if _, ok := s.placer.Place([]int{pool}, g.Request); ok {
			return Wait{Reason: WrongType}
		}
	}
	return Wait{Reason: Busy}
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
	return Wait{Reason: AboutToMove}
}
