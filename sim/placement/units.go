package placement

import (
	"cmp"
	"slices"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// groups returns the sizes of the groups of nodes to which a gang should keep,
// the best first.
func (p *Placer) groups(pp *fleet.Pool, r fleet.Request) []int {
	if r.Workers == 1 || r.Within == fleet.Anywhere && (p.spread || r.Workers*r.GPUs <= pp.LargestNode()) {
		return nil
	}
	sizes := pp.Groups()
	if r.Within == fleet.Anywhere {
		return sizes
	}
	most := pp.Span(r.Within)
	if p.spread {
		return []int{most}
	}
	sizes = slices.DeleteFunc(sizes, func(size int) bool { return size > most })
	if r.Workers*r.GPUs <= pp.LargestNode() {
		sizes = slices.Insert(sizes, 0, 1)
	}
	return sizes
}

// unit returns the first node of the group with room for a gang that it leaves
// fullest, or −1. A group of one node is the policy's choice.
func (p *Placer) unit(pool int, r fleet.Request, size int) int {
	var ix *index
	switch size {
	case 0:
		return -1
	case 1:
		r.GPUs, r.CPUMilli, r.MemoryMiB = r.Workers*r.GPUs, int64(r.Workers)*r.CPUMilli, int64(r.Workers)*r.MemoryMiB
		ix = p.node(pool, r)
	default:
		ix = p.group(pool, r, size)
	}
	score, _ := ix.tree.top(0, ix.places)
	if score == noRoom {
		return -1
	}
	return ix.tree.find(score, 0, ix.places, 0) * size
}

// blocking returns the sizes below most of the groups behind oversubscribed
// uplinks, the largest first; none where gangs need not keep together.
func (p *Placer) blocking(pp *fleet.Pool, r fleet.Request, most int) []int {
	if p.spread || r.Workers*r.GPUs <= pp.LargestNode() || !pp.Blocking() {
		return nil
	}
	sizes := slices.DeleteFunc(pp.Groups(), func(size int) bool { return size >= most })
	slices.Reverse(sizes)
	return sizes
}

// fill finds room for a gang on nodes lo … hi−1 in as few groups as it can: whole
// ones, those with the most room first, and for the rest the group that it
// leaves fullest; within each in the same way with the next smaller size. The
// policy chooses in the smallest.
func (p *Placer) fill(pool int, r fleet.Request, lo, hi int, sizes []int) (fleet.Placement, bool) {
	if len(sizes) == 0 || r.Workers == 1 {
		return p.place(pool, r, lo, hi)
	}
	size := sizes[0]
	type group struct{ lo, hi, room int }
	var groups []group
	for at := lo; at < hi; at += size {
		g := group{lo: at, hi: min(at+size, hi)}
		for i := g.lo; i < g.hi; i++ {
			g.room += p.fleet.Pools[pool].Node(i).Room(r)
		}
		if g.room > 0 {
			groups = append(groups, g)
		}
	}
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(b.room, a.room) })
	out := fleet.Placement{Pool: pool, Slots: make([]fleet.Slot, 0, r.Workers)}
	for left := r.Workers; left > 0; {
		if len(groups) == 0 {
			return fleet.Placement{}, false
		}
		best := 0
		for best+1 < len(groups) && groups[best+1].room >= left {
			best++
		}
		part := r
		part.Workers = min(left, groups[best].room)
		pl, ok := p.fill(pool, part, groups[best].lo, groups[best].hi, sizes[1:])
		if !ok {
			return fleet.Placement{}, false
		}
		out.Slots = append(out.Slots, pl.Slots...)
		left -= part.Workers
		groups = slices.Delete(groups, best, best+1)
	}
	slices.SortFunc(out.Slots, func(a, b fleet.Slot) int { return a.Node - b.Node })
	return out, true
}
