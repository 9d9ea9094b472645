package scheduler

import (
	"math/bits"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// agenda is, for every node, who holds some of it and who is planned to: what
// conservative backfill looks at instead of the whole fleet. It is kept as gangs
// come and go, and empty under other rules.
type agenda [][]nodeAgenda // by pool and node

// nodeAgenda is one node's.
type nodeAgenda struct{ held, planned []hold }

// hold is one worker's part of a node; of a plan, when.
type hold struct {
	gang       *Gang
	gpus       uint64
	start, end event.Time
}

func newAgenda(f *fleet.Fleet) agenda {
	a := make(agenda, len(f.Pools))
	for i, pool := range f.Pools {
		a[i] = make([]nodeAgenda, pool.Nodes())
	}
	return a
}

func (a agenda) hold(g *Gang, pl fleet.Placement) {
	if a != nil {
		for _, s := range pl.Slots {
			n := &a[pl.Pool][s.Node]
			n.held = append(n.held, hold{gang: g, gpus: s.GPUs})
		}
	}
}

func (a agenda) letGo(g *Gang, pl fleet.Placement) {
	if a != nil {
		for _, s := range pl.Slots {
			n := &a[pl.Pool][s.Node]
			n.held = without(n.held, g)
		}
	}
}

func (a agenda) plan(g *Gang) {
	for _, s := range g.plan.placement.Slots {
		n := &a[g.plan.placement.Pool][s.Node]
		n.planned = append(n.planned, hold{g, s.GPUs, g.plan.start, g.plan.end})
	}
}

func (a agenda) unplan(g *Gang) {
	for _, s := range g.plan.placement.Slots {
		n := &a[g.plan.placement.Pool][s.Node]
		n.planned = without(n.planned, g)
	}
}

// without takes the first hold of a gang off a list, whose order does not matter.
func without(list []hold, g *Gang) []hold {
	i := slices.IndexFunc(list, func(h hold) bool { return h.gang == g })
	last := len(list) - 1
	list[i] = list[last]
	list[last] = hold{}
	return list[:last]
}

// endOfHold returns when a gang gives up what it holds, which is after now: also
// one that starts in this pass. It reports false if that has happened, in the
// trial.
func (p *pass) endOfHold(g *Gang) (event.Time, bool) {
	switch {
	case g.state == waiting:
		return endOf(p.now, g), true
	case p.isGone(g):
		return p.now + p.policy.Grace, p.policy.Grace > 0
	case g.ends <= p.now:
		return overdue(g, p.now), true
	}
	return g.ends, true
}

// roomAt returns how many workers of a gang find room on a node from one instant
// to another, beside the plans of others. The trial stands at now.
func (p *pass) roomAt(g *Gang, pool, node int, from, to event.Time) int {
	n, a := p.fleet.Pools[pool].Node(node), &p.agenda[pool][node]
	whole, cpu, memory, shares := p.freeAt(n, a, from, g.Request.Milli > 0)
	if bits.OnesCount64(whole) < g.Request.GPUs {
		return 0
	}
	if shares { // GPUs that were whole, or have become so
		for rest := whole; rest != 0; rest &= rest - 1 {
			p.left[bits.TrailingZeros64(rest)] = fleet.MilliPerGPU
		}
	}
	for i := range a.planned {
		h := &a.planned[i]
		if h.start >= to || from >= h.end || h.gang == g {
			continue
		}
		r := &h.gang.plan.request
		whole, cpu, memory = whole&^h.gpus, max(0, cpu-r.CPUMilli), max(0, memory-r.MemoryMiB)
		for rest := h.gpus; shares && rest != 0; rest &= rest - 1 {
			k := bits.TrailingZeros64(rest)
			if r.Milli > 0 {
				p.left[k] = max(0, p.left[k]-int16(r.Milli))
			} else {
				p.left[k] = 0
			}
		}
	}
	return p.workers(&g.Request, n.GPUs(), whole, cpu, memory)
}

// freeAt returns what of a node nobody who holds some of it now will hold at an
// instant: whole GPUs, CPU and memory. It reports whether parts of GPUs are in
// p.left, as they are where there are shares or, on demand, anyway. The trial
// stands at now.
func (p *pass) freeAt(n *fleet.Node, a *nodeAgenda, at event.Time, shares bool) (whole uint64, cpu, memory int64, _ bool) {
	whole, cpu, memory = n.Whole(), n.CPUMilli(), n.MemoryMiB()
	if shares = shares || n.Shared() != 0; shares {
		p.loadShares(n)
	}
	if at <= p.now {
		return whole, cpu, memory, shares
	}
	for _, h := range a.held {
		end, holds := p.endOfHold(h.gang)
		if !holds || end > at {
			continue
		}
		r := &h.gang.Request
		cpu, memory = cpu+r.CPUMilli, memory+r.MemoryMiB
		if whole |= h.gpus; r.Milli > 0 {
			if whole &^= h.gpus; !shares {
				p.loadShares(n)
				shares = true
			}
			k := bits.TrailingZeros64(h.gpus)
			if p.left[k] += int16(r.Milli); p.left[k] == fleet.MilliPerGPU {
				whole |= h.gpus
			}
		}
	}
	return whole, cpu, memory, shares
}

func (p *pass) loadShares(n *fleet.Node) {
	for k := range n.GPUs() {
		p.left[k] = int16(n.Left(k))
	}
}

// workers returns how many workers fit what is left of a node.
func (p *pass) workers(r *fleet.Request, gpus int, whole uint64, cpu, memory int64) int {
	n := r.Workers
	switch {
	case r.GPUs > 0:
		n = min(n, bits.OnesCount64(whole)/r.GPUs)
	case r.Milli > 0:
		count := 0
		for k := range gpus {
			count += int(p.left[k]) / r.Milli
		}
		n = min(n, count)
	}
	if r.CPUMilli > 0 {
		n = min(n, int(cpu/r.CPUMilli))
	}
	if r.MemoryMiB > 0 {
		n = min(n, int(memory/r.MemoryMiB))
	}
	return n
}

// mayFit reports whether all workers of a gang may find room in one of its pools
// from an instant on, counted node by node. The trial stands at now.
func (p *pass) mayFit(g *Gang, t event.Time) bool {
	end := endOf(t, g)
	for _, pool := range g.Pools {
		room := 0
		for node := range p.agenda[pool] {
			if room += p.roomAt(g, pool, node, t, end); room >= g.Request.Workers {
				return true
			}
		}
	}
	return false
}

// soonestOf returns when there is room for a worker of a gang on any node, not
// before from, or the limit.
func (p *pass) soonestOf(g *Gang, from, limit event.Time) event.Time {
	for _, pool := range g.Pools {
		for node := range p.agenda[pool] {
			if limit = p.soonest(g, pool, node, from, limit); limit <= from {
				return from
			}
		}
	}
	return limit
}

// soonest does so for one node.
func (p *pass) soonest(g *Gang, pool, node int, from, limit event.Time) event.Time {
	if from >= limit || p.roomAt(g, pool, node, limit-1, 0) < 1 {
		return limit // not even if there were no plans
	}
	if p.roomAt(g, pool, node, from, endOf(from, g)) > 0 {
		return from
	}
	a := &p.agenda[pool][node]
	for _, h := range a.held {
		if at, holds := p.endOfHold(h.gang); holds && at > from && at < limit && p.roomAt(g, pool, node, at, endOf(at, g)) > 0 {
			limit = at
		}
	}
	for _, h := range a.planned {
		if at := h.end; h.gang != g && at > from && at < limit && p.roomAt(g, pool, node, at, endOf(at, g)) > 0 {
			limit = at
		}
	}
	return limit
}
