package scheduler

import (
	"cmp"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// find returns the earliest start in a span that respects all plans.
func (p *pass) find(g *Gang, from, limit event.Time) (event.Time, fleet.Placement, bool) {
	p.overQuota = false
	if at, short := p.bounds.of(g, p.planned); at > from {
		from, p.overQuota = at, short
	}
	single := p.shortcut && g.Request.Workers == 1
	if single {
		from = p.soonestOf(g, from, limit)
	}
	if from >= limit {
		return 0, fleet.Placement{}, false
	}
	if from == p.now && p.quotaAt(g, from) && (single || p.mayFit(g, from)) {
		if pl, ok := p.placeAt(g, from, g.Pools); ok {
			return from, pl, true
		}
	}
	p.list()
	m := p.mark()
	defer p.undoTo(m)
	outlook := p.look()
	quotas := len(p.policy.Tenants) > 0
	for t := p.possible(g, outlook, from); t < limit; {
		if t == p.now || !p.quotaAt(g, t) || (!single && !p.mayFit(g, t)) {
			t = p.nextPossible(g, outlook, t)
			continue
		}
		for _, e := range p.events {
			if e.at > t {
				break
			}
			p.trial.Release(e.placement, e.gang.Request)
			if quotas {
				p.charge(e.gang, e.placement.Pool, -1)
			}
		}
		if pl, ok := p.placeAt(g, t, g.Pools); ok {
			return t, pl, true
		}
		p.undoTo(m)
		t = p.nextPossible(g, outlook, t)
	}
	return 0, fleet.Placement{}, false
}

// nextPossible returns the first possible instant after one at which a gang
// finds no room: another node may serve once something else has ended.
func (p *pass) nextPossible(g *Gang, o *outlook, t event.Time) event.Time {
	i, _ := slices.BinarySearchFunc(p.profile, t+1, func(a point, t event.Time) int { return cmp.Compare(a.at, t) })
	if i == len(p.profile) {
		return event.Forever
	}
	return p.possible(g, o, p.profile[i].at)
}

// placeAt finds room for a gang in some pools from an instant on, beside the
// plans of others.
// The trial stands at that instant.
func (p *pass) placeAt(g *Gang, t event.Time, pools []int) (fleet.Placement, bool) {
	p.open = p.open[:0]
	for _, pool := range pools {
		if p.placer.Enough(pool, g.Request) {
			p.open = append(p.open, pool)
		}
	}
	if len(p.open) == 0 {
		return fleet.Placement{}, false
	}
	if g.Tenant.quotas != nil {
		before := len(p.open)
		p.tallyPlans(t, endOf(t, g), false)
		p.charged(func() {
			p.open = slices.DeleteFunc(p.open, func(pool int) bool { return !p.hasQuota(g, pool) })
		})
		p.overQuota = p.overQuota || len(p.open) < before
	}
	if len(p.open) == 0 {
		return fleet.Placement{}, false
	}
	m := p.mark()
	defer p.undoTo(m)
	p.marks.plan++
	for range lookups {
		pl, ok := p.placeOpen(g)
		if !ok || p.spares(g, pl, t) {
			return pl, ok
		}
	}
	p.block(t, endOf(t, g))
	return p.placeOpen(g)
}

// lookups is how many placements are tried before what all plans need is taken.
const lookups = 6

// placeOpen finds room for a gang in the pools that are open to it.
func (p *pass) placeOpen(g *Gang) (fleet.Placement, bool) {
	if g.AnyPool {
		return p.placer.Place(p.open, g.Request)
	}
	for i := range p.open {
		if pl, ok := p.placer.Place(p.open[i:i+1], g.Request); ok {
			return pl, true
		}
	}
	return fleet.Placement{}, false
}

// spares reports whether a placement from an instant on leaves to all plans what
// they need, and if not, takes what those on its nodes need: that is less than
// to take what all plans do.
func (p *pass) spares(g *Gang, pl fleet.Placement, t event.Time) bool {
	p.marks.begin(p.fleet.Pools[pl.Pool].Nodes())
	for _, s := range pl.Slots {
		p.marks.set(s.Node)
	}
	end, met := endOf(t, g), false
	for _, other := range p.plans.list {
		plan := &other.plan
		if plan.placement.Pool != pl.Pool || plan.start >= end || t >= plan.end || plan.mark == p.marks.plan {
			continue
		}
		if slices.ContainsFunc(plan.placement.Slots, func(s fleet.Slot) bool { return p.marks.has(s.Node) }) {
			met = true
			plan.mark = p.marks.plan
			p.trial.Block(plan.placement, plan.request)
		}
	}
	return !met || p.isFree(reservation{pl, g.Request})
}

// nodeMarks is a set of nodes that is emptied at no cost.
type nodeMarks struct {
	stamp  uint32
	stamps []uint32
	plan   uint64 // plans that bear it have what they need
}

func (n *nodeMarks) begin(nodes int) {
	if len(n.stamps) < nodes {
		n.stamps = append(n.stamps, make([]uint32, nodes-len(n.stamps))...)
	}
	n.stamp++
}

func (n *nodeMarks) set(node int) { n.stamps[node] = n.stamp }

func (n *nodeMarks) has(node int) bool { return n.stamps[node] == n.stamp }

// block takes what plans need at any time of a span. Shares of a GPU, CPU and
// memory that are needed one after the other are taken as if at once.
func (p *pass) block(from, to event.Time) {
	for _, g := range p.plans.list {
		if g.plan.start < to && from < g.plan.end && g.plan.mark != p.marks.plan {
			p.trial.Block(g.plan.placement, g.plan.request)
		}
	}
}
