package scheduler

import (
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// freed is the nodes where something has ended early, or a plan has moved away,
// since plans were last looked at. A gang can only move up with a worker on one of
// them: everywhere else nothing has become better than when it was planned.
type freed struct {
	nodes []freedNode
	at    map[nodeKey]int // index in nodes
	// everywhere says that something else has changed: the fleet, or who waits.
	everywhere bool
}

type nodeKey struct{ pool, node int }

// freedNode is one of these nodes and what will happen there.
type freedNode struct {
	nodeKey
	last   bool // freed since the pass began: those ahead in the queue have not seen it
	events []nodeEvent
	plans  []nodePlan
}

// nodeEvent is the end of a gang that holds some of a node.
type nodeEvent struct {
	gang *Gang
	at   event.Time
	reservation
}

// nodePlan is a plan for some of a node.
type nodePlan struct {
	gang  *Gang
	start event.Time // when it was made for: else it has been made anew
	reservation
}

// add notes that what a reservation took is free.
func (f *freed) add(r reservation, p *pass) {
	first := len(f.nodes)
	for _, s := range r.placement.Slots {
		k := nodeKey{r.placement.Pool, s.Node}
		i, ok := f.at[k]
		if !ok {
			if f.at == nil {
				f.at = map[nodeKey]int{}
			}
			i = len(f.nodes)
			f.at[k] = i
			f.nodes = append(f.nodes, freedNode{nodeKey: k})
		}
		f.nodes[i].last = true
	}
	if p != nil && first < len(f.nodes) {
		f.know(p, first)
	}
}

// begin lists what will happen on the nodes.
func (f *freed) begin(p *pass) {
	for i := range f.nodes {
		f.nodes[i].last = false
	}
	f.renew(p)
}

// renew lists it again.
func (f *freed) renew(p *pass) {
	for i := range f.nodes {
		f.nodes[i].events, f.nodes[i].plans = nil, nil
	}
	if len(f.nodes) > 0 {
		f.know(p, 0)
	}
}

// know lists what will happen on the nodes from some index on.
func (f *freed) know(p *pass, from int) {
	if len(f.nodes) > manyFreed {
		return // nobody will ask
	}
	for _, e := range p.events {
		f.expect(e, from)
	}
	for _, g := range p.plans.list {
		f.plan(g, from)
	}
}

// end forgets the nodes that every gang has seen in a pass.
func (f *freed) end() {
	f.everywhere = false
	f.nodes = slices.DeleteFunc(f.nodes, func(n freedNode) bool { return !n.last })
	clear(f.at)
	for i := range f.nodes {
		f.at[f.nodes[i].nodeKey] = i
	}
}

// expect adds an end to what will happen on the nodes from some index on.
func (f *freed) expect(e expected, from int) {
	f.onNodes(reservation{e.placement, e.gang.Request}, from, func(n *freedNode, part reservation) {
		n.events = append(n.events, nodeEvent{e.gang, e.at, part})
	})
}

// plan adds a plan to what will happen on the nodes from some index on.
func (f *freed) plan(g *Gang, from int) {
	f.onNodes(g.plan.reservation, from, func(n *freedNode, part reservation) {
		n.plans = append(n.plans, nodePlan{g, g.plan.start, part})
	})
}

// onNodes calls a function with what a reservation takes of each of the nodes
// from some index on. The workers on one node stand together.
func (f *freed) onNodes(r reservation, from int, do func(*freedNode, reservation)) {
	slots := r.placement.Slots
	for i := 0; i < len(slots); {
		k := i + 1
		for k < len(slots) && slots[k].Node == slots[i].Node {
			k++
		}
		if n, ok := f.at[nodeKey{r.placement.Pool, slots[i].Node}]; ok && n >= from {
			part := reservation{fleet.Placement{Pool: r.placement.Pool, Slots: slots[i:k]}, r.request}
			part.request.Workers = k - i
			do(&f.nodes[n], part)
		}
		i = k
	}
}

// manyFreed is from how many nodes on a search over all costs no more than one
// over those.
const manyFreed = 4

// mayMoveUp returns before which instant, or its planned start, a gang cannot
// start.
func (p *pass) mayMoveUp(g *Gang) event.Time {
	f := &p.plans.freed
	switch {
	case f.everywhere || len(f.nodes) > manyFreed:
		return p.now
	case g.plan.overQuota && len(f.nodes) > 0:
		return p.now // what has ended leaves quota, too
	}
	first := g.plan.start
	for i := range f.nodes {
		if n := &f.nodes[i]; slices.Contains(g.Pools, n.pool) {
			first = p.soonest(g, n, first)
		}
	}
	return first
}

// soonest returns when there is room for a worker of a gang on a node, or the
// limit.
func (p *pass) soonest(g *Gang, n *freedNode, limit event.Time) event.Time {
	try := func(t event.Time) {
		if t < p.now || t >= limit {
			return
		}
		m := p.mark()
		defer p.undoTo(m)
		for i := range n.events {
			if e := &n.events[i]; e.at <= t {
				p.trial.Release(e.placement, e.request)
			}
		}
		node := p.fleet.Pools[n.pool].Node(n.node)
		if !node.Fits(g.Request) {
			return
		}
		end := endOf(t, g)
		for i := range n.plans {
			other := &n.plans[i]
			if other.gang != g && other.current() && other.start < end && t < other.gang.plan.end {
				p.trial.Block(other.placement, other.request)
			}
		}
		if node.Fits(g.Request) {
			limit = t
		}
	}
	try(p.now)
	for i := range n.events {
		try(n.events[i].at)
	}
	for i := range n.plans {
		if other := &n.plans[i]; other.current() {
			try(other.gang.plan.end)
		}
	}
	return limit
}

// current reports whether the plan is still that for which it was noted.
func (n *nodePlan) current() bool { return n.gang.plan.made && n.gang.plan.start == n.start }
