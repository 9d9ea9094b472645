package fleet

import (
	"math/bits"
	"slices"
)

// Capable reports whether an empty pool could hold the gang without its spares.
func (p *Pool) Capable(r Request) bool {
	workers, nodes := 0, len(p.nodes)-p.spares
	for _, n := range p.Spec.Nodes {
		count := min(n.Count, nodes)
		nodes -= count
		workers += count * perNode(n.GPUs, n.GPUs*(milliPerGPU/max(r.Milli, 1)), n.CPUMilli, n.MemoryMiB, r)
		if workers >= r.Workers {
			return true
		}
	}
	return false
}

// perNode returns how many workers fit a node with so many wholly free GPUs,
// free shares of the size asked for, and so much free CPU and memory.
func perNode(whole, shares int, cpu, memory int64, r Request) int {
	n := r.Workers
	switch {
	case r.GPUs > 0:
		n = min(n, whole/r.GPUs)
	case r.Milli > 0:
		n = min(n, shares)
	}
	if r.CPUMilli > 0 {
		n = min(n, int(cpu/r.CPUMilli))
	}
	if r.MemoryMiB > 0 {
		n = min(n, int(memory/r.MemoryMiB))
	}
	return n
}

// BestFit finds room for a gang in a pool: every worker goes where the fewest
// GPUs are left over, lowest node first among equals. A gang that does not fit
// one node goes to the scale-up domain, or else to the rack, that it leaves
// fullest; one that fits no single one of these may spread over the pool. It
// reports false when the gang does not fit, and leaves the fleet as it was.
func (f *Fleet) BestFit(pool int, r Request) (Placement, bool) {
	p := f.Pools[pool]
	if r.TotalMilli() > p.free || r.Workers*r.GPUs > p.whole {
		return Placement{}, false
	}
	if r.Workers > 1 && r.Workers*r.GPUs > p.LargestNode() {
		for _, size := range []int{p.Spec.NodesPerDomain, p.Spec.NodesPerRack} {
			if size < 2 {
				continue
			}
			if lo, ok := p.tightestGroup(r, size); ok {
				return f.bestFit(pool, r, lo, min(lo+size, len(p.nodes)))
			}
		}
	}
	return f.bestFit(pool, r, 0, len(p.nodes))
}

// tightestGroup returns the first node of the group of neighbours (a domain or
// a rack of size nodes) with room for the whole gang that has the fewest free
// GPUs.
func (p *Pool) tightestGroup(r Request, size int) (int, bool) {
	best, bestFree := -1, 0
	for lo := 0; lo < len(p.nodes); lo += size {
		room, free := 0, 0
		for i := lo; i < min(lo+size, len(p.nodes)); i++ {
			n := &p.nodes[i]
			whole := bits.OnesCount64(n.whole)
			room += perNode(whole, 0, n.cpu, n.memory, r)
			free += whole
		}
		if room >= r.Workers && (best < 0 || free < bestFree) {
			best, bestFree = lo, free
		}
	}
	return best, best >= 0
}

// bestFit places the workers one by one on nodes lo … hi−1.
func (f *Fleet) bestFit(pool int, r Request, lo, hi int) (Placement, bool) {
	p := f.Pools[pool]
	pl := Placement{Pool: pool, Slots: make([]Slot, 0, r.Workers)}
	for range r.Workers {
		s, ok := p.bestSlot(r, lo, hi)
		if !ok {
			break
		}
		p.take(s, r)
		pl.Slots = append(pl.Slots, s)
	}
	f.Release(pl, r)
	if len(pl.Slots) < r.Workers {
		return Placement{}, false
	}
	slices.SortFunc(pl.Slots, func(a, b Slot) int { return a.Node - b.Node })
	return pl, true
}

// bestSlot returns the best fit for one worker on nodes lo … hi−1.
func (p *Pool) bestSlot(r Request, lo, hi int) (Slot, bool) {
	if r.Milli > 0 {
		if s, ok := p.bestShare(r, lo, hi); ok {
			return s, true
		}
	}
	need := r.GPUs
	if r.Milli > 0 {
		need = 1 // no used GPU has room: open a free one
	}
	for free := need; free < len(p.byFree); free++ {
		for i := p.byFree[free].next(lo); i >= 0 && i < hi; i = p.byFree[free].next(i + 1) {
			if n := &p.nodes[i]; n.cpu >= r.CPUMilli && n.memory >= r.MemoryMiB {
				return Slot{i, lowest(n.whole, need)}, true
			}
		}
	}
	return Slot{}, false
}

// bestShare returns the partly used GPU with the least room that suffices.
func (p *Pool) bestShare(r Request, lo, hi int) (Slot, bool) {
	best, room := Slot{}, int16(milliPerGPU)
	for i := p.shared.next(lo); i >= 0 && i < hi; i = p.shared.next(i + 1) {
		n := &p.nodes[i]
		if n.cpu < r.CPUMilli || n.memory < r.MemoryMiB {
			continue
		}
		for rest := n.shared; rest != 0; rest &= rest - 1 {
			g := bits.TrailingZeros64(rest)
			if left := n.shares[g]; left >= int16(r.Milli) && left < room {
				best, room = Slot{i, 1 << g}, left
			}
		}
	}
	return best, room < milliPerGPU
}

// lowest returns the n lowest bits set in mask.
func lowest(mask uint64, n int) uint64 {
	var out uint64
	for range n {
		bit := mask & -mask
		out |= bit
		mask &^= bit
	}
	return out
}

// Part is a slot and the request that would take all that is free of it.
type Part struct {
	Slot    Slot
	Request Request
}

// FreeParts returns what is free now of a worker's future slot: its wholly free
// GPUs, with as much of the worker's CPU and memory as is free, and the rest of
// every GPU that is partly used.
func (f *Fleet) FreeParts(pool int, s Slot, r Request) []Part {
	n := &f.Pools[pool].nodes[s.Node]
	whole := s.GPUs & n.whole
	parts := []Part{{Slot{s.Node, whole}, Request{
		Workers: 1, GPUs: bits.OnesCount64(whole), CPUMilli: min(n.cpu, r.CPUMilli), MemoryMiB: min(n.memory, r.MemoryMiB),
	}}}
	for rest := s.GPUs & n.shared; rest != 0; rest &= rest - 1 {
		if left := n.shares[bits.TrailingZeros64(rest)]; left > 0 {
			parts = append(parts, Part{Slot{s.Node, rest & -rest}, Request{Workers: 1, Milli: int(left)}})
		}
	}
	return parts
}
