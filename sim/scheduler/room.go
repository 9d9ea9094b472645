package scheduler

import (
	"github.com/jevons-sim/jevons/sim/fleet"
)

// place finds room for a gang in the first of its pools that has any, or in
// the best of them.
func (p *pass) place(g *Gang) (fleet.Placement, bool) {
	p.overQuota = false
	if p.bars(g.Tenant) {
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
