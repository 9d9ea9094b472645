package fleet

import "math/bits"

// Node is the state of one node: what of it is free, and what runs there. It
// changes through Fleet alone.
type Node struct {
	spec   *NodeSpec
	whole  uint64 // GPUs that are wholly free
	shared uint64 // GPUs that are partly used
	shares []int16
	cpu    int64 // free
	memory int64
	kinds  []int32 // [0]: workers on shares; [k]: workers on k whole GPUs; nil before the first
}

// GPUs returns the number of GPUs of the node.
func (n *Node) GPUs() int { return n.spec.GPUs }

// Whole returns the GPUs that are wholly free, as bits.
func (n *Node) Whole() uint64 { return n.whole }

// Shared returns the GPUs that are cut into shares, as bits.
func (n *Node) Shared() uint64 { return n.shared }

// Left returns the free thousandths of GPU g.
func (n *Node) Left(g int) int {
	switch bit := uint64(1) << g; {
	case n.whole&bit != 0:
		return MilliPerGPU
	case n.shared&bit != 0:
		return int(n.shares[g])
	}
	return 0
}

// FreeMilli returns the free thousandths of all GPUs.
func (n *Node) FreeMilli() int64 {
	free := int64(bits.OnesCount64(n.whole)) * MilliPerGPU
	for rest := n.shared; rest != 0; rest &= rest - 1 {
		free += int64(n.shares[bits.TrailingZeros64(rest)])
	}
	return free
}

// CPUMilli returns the free thousandths of CPU cores.
func (n *Node) CPUMilli() int64 { return n.cpu }

// MemoryMiB returns the free host memory.
func (n *Node) MemoryMiB() int64 { return n.memory }

// Fits reports whether there is room for one worker of a request.
func (n *Node) Fits(r Request) bool {
	if n.cpu < r.CPUMilli || n.memory < r.MemoryMiB || bits.OnesCount64(n.whole) < r.GPUs {
		return false
	}
	return r.Milli == 0 || n.whole != 0 || n.tightest(r.Milli) >= 0
}

// Room returns how many workers of a request for whole GPUs, or for none, fit the
// node, up to the request's own.
func (n *Node) Room(r Request) int {
	return perNode(bits.OnesCount64(n.whole), 0, n.cpu, n.memory, r)
}

// tightest returns the partly used GPU with the least room that suffices for a
// share, the lowest of equals, or −1.
func (n *Node) tightest(milli int) int {
	best, room := -1, int16(MilliPerGPU)
	for rest := n.shared; rest != 0; rest &= rest - 1 {
		g := bits.TrailingZeros64(rest)
		if left := n.shares[g]; left >= int16(milli) && left < room {
			best, room = g, left
		}
	}
	return best
}

// Tightest returns the GPUs that leave the least behind for a worker that fits:
// for a share, the partly used GPU with the least room, or else a free one;
// for whole GPUs, the lowest free ones.
func (n *Node) Tightest(r Request) uint64 {
	if r.Milli == 0 {
		return lowest(n.whole, r.GPUs)
	}
	if g := n.tightest(r.Milli); g >= 0 {
		return 1 << g
	}
	return lowest(n.whole, 1)
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

// Kinds returns whether a worker with the same GPU request runs on the node, a
// share of any size being one kind, and the number of kinds that run there.
func (n *Node) Kinds(r Request) (same bool, kinds int) {
	for k, workers := range n.kinds {
		if workers > 0 {
			kinds++
			same = same || k == r.kind()
		}
	}
	return same, kinds
}

// kind returns the index of a GPU request in Node.kinds, or −1 for none.
func (r Request) kind() int {
	switch {
	case r.Milli > 0:
		return 0
	case r.GPUs > 0:
		return r.GPUs
	}
	return -1
}

// count notes that workers of a request have come or gone.
func (n *Node) count(r Request, workers int32) {
	k := r.kind()
	if k < 0 {
		return
	}
	if n.kinds == nil {
		n.kinds = make([]int32, n.spec.GPUs+1)
	}
	n.kinds[k] += workers
}
