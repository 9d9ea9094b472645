package placement

import "github.com/jevons-sim/jevons/sim/fleet"

// Clustering (GpuClustering of Weng et al., USENIX ATC 2023) keeps workers with
// the same GPU request together, a share of any size being one kind of request:
// it prefers nodes that run this kind alone, then those that run it among
// others, then idle ones, then the rest; among them, those with fewer GPUs free.
// A worker without GPUs finds all nodes equally good.
type Clustering struct{ tightest }

// Score implements Policy.
func (Clustering) Score(n Node, r fleet.Request) int {
	if r.GPUs == 0 && r.Milli == 0 {
		return 0
	}
	const band = MaxScore / 4
	score := int(band * (n.Largest.GPUMilli - n.FreeMilli()) / n.Largest.GPUMilli)
	switch same, kinds := n.Kinds(r); {
	case same && kinds == 1:
		score += 3 * band
	case same:
		score += 2 * band
	case kinds == 0:
		score += band
	}
	return score
}

// String returns "clustering".
func (Clustering) String() string { return "clustering" }
