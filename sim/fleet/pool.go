package fleet

import (
	"fmt"
	"math/bits"
)

// MilliPerGPU is the number of shares a GPU can be cut into.
const MilliPerGPU = 1000

// maxNodeGPUs is the largest node: its GPUs are kept as the bits of a word.
const maxNodeGPUs = 64

// NodeSpec describes the nodes of a pool that are alike.
type NodeSpec struct {
	Count     int
	GPUs      int   // per node
	CPUMilli  int64 // thousandths of cores
	MemoryMiB int64
}

// PoolSpec describes a pool. The order of Nodes is the order of node indices.
type PoolSpec struct {
	Name         string
	GPU          GPU
	Nodes        []NodeSpec
	NodesPerRack int // 0 = racks are not modelled
	// NodesPerDomain is how many nodes one scale-up (NVLink) network joins; 0 or
	// 1 = each node is a domain of its own.
	NodesPerDomain int
	NodesPerPod    int // 0 = pods of racks are not modelled
	// RackOversubscription is how many times the bandwidth of a rack's uplinks
	// its nodes' NICs have together, PodOversubscription the same of a pod's
	// uplinks and those of its racks; 0 or 1 = non-blocking.
	RackOversubscription, PodOversubscription float64
	NICBandwidth                              float64 // B/s per GPU of the scale-out network; 0 = the GPU's
	USDPerHour                                float64 // per GPU; 0 = the GPU's
	// Ranks order the nodes among those of all pools, increasing within the
	// pool: which of equally good nodes comes first. Nil = pool after pool.
	Ranks []int
}

// Pool is a set of nodes of one GPU type.
type Pool struct {
	Spec    PoolSpec
	nodes   []Node
	largest int // GPUs of the largest node
	gpus    int
	free    int64 // milli-GPUs
	whole   int   // wholly free GPUs
	first   int   // rank of the first node, where the spec has no ranks
	spares  int   // nodes held back
	touched journal
}

// HoldBack says that so many nodes of the pool only stand in for others: no
// gang may need them.
func (p *Pool) HoldBack(nodes int) { p.spares = nodes }

// newPool returns an empty pool.
func newPool(spec PoolSpec) (*Pool, error) {
	p := &Pool{Spec: spec}
	for i := range spec.Nodes {
		n := &p.Spec.Nodes[i]
		if n.Count < 1 || n.GPUs < 0 || n.GPUs > maxNodeGPUs || n.CPUMilli < 0 || n.MemoryMiB < 0 {
			return nil, fmt.Errorf("pool %s: %d nodes of %d GPUs, %d milli-CPUs and %d MiB: want at least one node, 0 to %d GPUs, nothing negative",
				spec.Name, n.Count, n.GPUs, n.CPUMilli, n.MemoryMiB, maxNodeGPUs)
		}
		for range n.Count {
			p.nodes = append(p.nodes, Node{spec: n, whole: 1<<n.GPUs - 1, cpu: n.CPUMilli, memory: n.MemoryMiB})
		}
		p.gpus += n.Count * n.GPUs
		p.largest = max(p.largest, n.GPUs)
	}
	if len(p.nodes) == 0 {
		return nil, fmt.Errorf("pool %s has no nodes", spec.Name)
	}
	if spec.Ranks != nil && len(spec.Ranks) != len(p.nodes) {
		return nil, fmt.Errorf("pool %s: %d ranks for %d nodes", spec.Name, len(spec.Ranks), len(p.nodes))
	}
	p.free, p.whole = int64(p.gpus)*MilliPerGPU, p.gpus
	p.touched.limit = 2*len(p.nodes) + 64
	return p, nil
}

// GPUs returns the number of GPUs in the pool.
func (p *Pool) GPUs() int { return p.gpus }

// Nodes returns the number of nodes in the pool.
func (p *Pool) Nodes() int { return len(p.nodes) }

// FreeMilli returns the free thousandths of GPUs.
func (p *Pool) FreeMilli() int64 { return p.free }

// FreeGPUs returns the number of wholly free GPUs.
func (p *Pool) FreeGPUs() int { return p.whole }

// Spares returns the number of nodes held back.
func (p *Pool) Spares() int { return p.spares }

// LargestNode returns the GPUs of the pool's largest node.
func (p *Pool) LargestNode() int { return p.largest }

// Node returns the state of a node.
func (p *Pool) Node(i int) *Node { return &p.nodes[i] }

// Rank returns the place of a node among the nodes of all pools.
func (p *Pool) Rank(i int) int {
	if p.Spec.Ranks != nil {
		return p.Spec.Ranks[i]
	}
	return p.first + i
}

// take gives a slot's resources to a worker of the request. Taking what is not
// free is a programming error.
func (p *Pool) take(s Slot, r Request) {
	n := &p.nodes[s.Node]
	if n.cpu -= r.CPUMilli; n.cpu < 0 {
		panic(fmt.Sprintf("fleet: pool %s node %d: CPU allocated twice", p.Spec.Name, s.Node))
	}
	if n.memory -= r.MemoryMiB; n.memory < 0 {
		panic(fmt.Sprintf("fleet: pool %s node %d: memory allocated twice", p.Spec.Name, s.Node))
	}
	if r.Milli == 0 {
		if n.whole&s.GPUs != s.GPUs {
			panic(fmt.Sprintf("fleet: pool %s node %d: GPUs %b allocated twice", p.Spec.Name, s.Node, s.GPUs))
		}
		n.whole &^= s.GPUs
		count := bits.OnesCount64(s.GPUs)
		p.whole -= count
		p.free -= int64(count) * MilliPerGPU
	} else {
		p.takeShare(n, s, r)
	}
	n.count(r, 1)
	p.touched.add(s.Node)
}

func (p *Pool) takeShare(n *Node, s Slot, r Request) {
	if n.shares == nil {
		n.shares = make([]int16, n.spec.GPUs)
	}
	g := bits.TrailingZeros64(s.GPUs)
	if n.whole&s.GPUs != 0 {
		n.whole &^= s.GPUs
		p.whole--
		n.shares[g] = MilliPerGPU
	}
	if n.shares[g] -= int16(r.Milli); n.shares[g] < 0 {
		panic(fmt.Sprintf("fleet: pool %s node %d: share of GPU %d allocated twice", p.Spec.Name, s.Node, g))
	}
	n.shared |= s.GPUs
	p.free -= int64(r.Milli)
}

// put returns what take gave.
func (p *Pool) put(s Slot, r Request) {
	n := &p.nodes[s.Node]
	n.cpu += r.CPUMilli
	n.memory += r.MemoryMiB
	if r.Milli == 0 {
		if n.whole&s.GPUs != 0 || n.shared&s.GPUs != 0 {
			panic(fmt.Sprintf("fleet: pool %s node %d: GPUs %b released twice", p.Spec.Name, s.Node, s.GPUs))
		}
		n.whole |= s.GPUs
		count := bits.OnesCount64(s.GPUs)
		p.whole += count
		p.free += int64(count) * MilliPerGPU
	} else {
		g := bits.TrailingZeros64(s.GPUs)
		if n.shared&s.GPUs == 0 {
			panic(fmt.Sprintf("fleet: pool %s node %d: share of GPU %d released twice", p.Spec.Name, s.Node, g))
		}
		if n.shares[g] += int16(r.Milli); n.shares[g] == MilliPerGPU {
			n.shared &^= s.GPUs
			n.whole |= s.GPUs
			p.whole++
		}
		p.free += int64(r.Milli)
	}
	n.count(r, -1)
	p.touched.add(s.Node)
}
