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

// freedNode is one of these nodes.
type freedNode struct {
	nodeKey
	last bool // freed since the pass began: those ahead in the queue have not seen it
}

// add notes that what a placement took is free.
func (f *freed) add(pl fleet.Placement) {
	for _, s := range pl.Slots {
		k := nodeKey{pl.Pool, s.Node}
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
}

// begin notes that a pass begins.
func (f *freed) begin() {
	for i := range f.nodes {
		f.nodes[i].last = false
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

// manyFreed is from how many nodes on the profile of all tells as much of a gang
// of several workers at less cost.
const manyFreed = 4

// mayMoveUp returns before which instant, or its planned start, a gang cannot
// start.
func (p *pass) mayMoveUp(g *Gang) event.Time {
	f := &p.plans.freed
	switch {
	case f.everywhere || (len(f.nodes) > manyFreed && g.Request.Workers > 1):
		return p.now
	case g.plan.overQuota && len(f.nodes) > 0:
		return p.now // what has ended leaves quota, too
	}
	first := g.plan.start
	for i := range f.nodes {
		if n := &f.nodes[i]; slices.Contains(g.Pools, n.pool) {
			first = p.soonest(g, n.pool, n.node, p.now, first)
		}
	}
	return first
}
