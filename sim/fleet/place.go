package fleet

import "math/bits"

// Capable reports whether an empty pool could hold the gang without its spares.
func (p *Pool) Capable(r Request) bool {
	if r.Within != Anywhere {
		return p.capableWithin(r)
	}
	workers, nodes := 0, len(p.nodes)-p.spares
	for _, n := range p.Spec.Nodes {
		count := min(n.Count, nodes)
		nodes -= count
		workers += count * perNode(n.GPUs, n.GPUs*(MilliPerGPU/max(r.Milli, 1)), n.CPUMilli, n.MemoryMiB, r)
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

// Room returns how many of a gang's workers fit what is free, in one unit of its
// tier if it keeps to one, up to the number of workers that it has.
func (p *Pool) Room(r Request) int {
	if r.Within != Anywhere {
		return p.roomWithin(r)
	}
	return p.roomOf(r, 0, len(p.nodes))
}

// roomOf returns the room on nodes lo … hi−1.
func (p *Pool) roomOf(r Request, lo, hi int) int {
	room := 0
	for i := lo; i < hi; i++ {
		n := &p.nodes[i]
		shares := 0
		if r.Milli > 0 {
			for g := range n.GPUs() {
				shares += n.Left(g) / r.Milli
			}
		}
		if room += perNode(bits.OnesCount64(n.whole), shares, n.cpu, n.memory, r); room >= r.Workers {
			return r.Workers
		}
	}
	return room
}

// Part is a slot and the request that would take all that is free of it.
type Part struct {
	Slot    Slot
	Request Request
}

// FreeParts returns what is free now of a worker's future slot: its wholly free
// GPUs, with as much of the worker's CPU and memory as is free, and the rest of
// every GPU that is partly used; or as much of its share of a GPU as is free.
func (f *Fleet) FreeParts(pool int, s Slot, r Request) []Part {
	return f.appendFree(nil, pool, s, r)
}

func (f *Fleet) appendFree(parts []Part, pool int, s Slot, r Request) []Part {
	n := &f.Pools[pool].nodes[s.Node]
	if r.Milli > 0 {
		left := min(r.Milli, n.Left(bits.TrailingZeros64(s.GPUs)))
		part := Part{s, Request{Workers: 1, Milli: left, CPUMilli: min(n.cpu, r.CPUMilli), MemoryMiB: min(n.memory, r.MemoryMiB)}}
		if left == 0 {
			part.Slot.GPUs = 0
		}
		return append(parts, part)
	}
	whole := s.GPUs & n.whole
	parts = append(parts, Part{Slot{s.Node, whole}, Request{
		Workers: 1, GPUs: bits.OnesCount64(whole), CPUMilli: min(n.cpu, r.CPUMilli), MemoryMiB: min(n.memory, r.MemoryMiB),
	}})
	for rest := s.GPUs & n.shared; rest != 0; rest &= rest - 1 {
		if left := n.shares[bits.TrailingZeros64(rest)]; left > 0 {
			parts = append(parts, Part{Slot{s.Node, rest & -rest}, Request{Workers: 1, Milli: int(left)}})
		}
	}
	return parts
}
