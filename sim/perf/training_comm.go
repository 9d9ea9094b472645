package perf

// link is the slowest tier that a communication group crosses.
type link struct {
	bandwidth float64 // bytes/s that each rank sends while it receives as much
	latency   float64 // s per hop
}

// allReduce returns the seconds of a ring all-reduce of size bytes over n ranks.
func (l link) allReduce(n int, size float64) float64 { return 2 * l.gather(n, size) }

// gather returns the seconds of a ring all-gather, or reduce-scatter, whose
// gathered buffer has size bytes.
func (l link) gather(n int, size float64) float64 {
	if n <= 1 {
		return 0
	}
	hops := float64(n - 1)
	return float64(hops/float64(n)*size/l.bandwidth) + float64(hops*l.latency)
}

// allToAll returns the seconds in which each of n ranks sends size bytes,
// spread evenly over all.
func (l link) allToAll(n int, size float64) float64 {
	if n <= 1 {
		return 0
	}
	return float64(float64(n-1)/float64(n)*size/l.bandwidth) + l.latency
}

// send returns the seconds of one transfer of size bytes to a neighbour.
func (l link) send(size float64) float64 { return size/l.bandwidth + l.latency }

// links resolves which tier each group of a layout crosses. Groups nest
// [TP, CP, PP, DP] with TP innermost, each GPU has its own NIC.
type links struct {
	scaleUp, network link
	node             int          // GPUs that share a scale-up domain within one node
	placed           *placedLinks // nil: neighbours, on a network that blocks nowhere
}

// group returns the link of groups of n ranks whose neighbours are stride GPUs
// apart. Where k of its ranks share a node, its ring leaves that node
// once for all of them, so the network carries k NICs' worth per rank.
func (l links) group(kind trainGroup, n, stride int) link {
	if n*stride <= l.node || l.inside(kind) {
		return l.scaleUp
	}
	k := max(1, min(n, l.node/max(1, stride)))
	net := l.network
	if k > 1 {
		net.bandwidth = min(l.scaleUp.bandwidth, float64(k)*net.bandwidth)
	}
	return l.ring(kind, net)
}
