package placement

import (
	"math/bits"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// Packing (GpuPacking of Weng et al., USENIX ATC 2023) keeps idle what is idle:
// it takes a partly used GPU, the fullest first; or else free GPUs of a used
// node, few of them rather than many; or else an idle node, a small one first.
// A worker without GPUs finds all nodes equally good.
type Packing struct{ tightest }

// The bands of Packing's scores.
const (
	bandUsedNode = MaxScore / 2
	bandIdleNode = MaxScore / 3
)

// Score implements Policy.
func (Packing) Score(n Node, r fleet.Request) int {
	if r.GPUs == 0 && r.Milli == 0 {
		return 0
	}
	free := bits.OnesCount64(n.Whole())
	if free == n.GPUs() {
		return max(bandIdleNode-free, 0)
	}
	gpus := n.Tightest(r)
	if opened := bits.OnesCount64(gpus & n.Whole()); opened > 0 {
		return max(bandUsedNode-opened, bandIdleNode)
	}
	// A tenth of the percentage of the GPU that is free.
	return MaxScore - n.Left(bits.TrailingZeros64(gpus))/100
}

// String returns "packing".
func (Packing) String() string { return "packing" }
