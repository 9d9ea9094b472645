package placement

import "github.com/jevons-sim/jevons/sim/fleet"

// Policies that add CPU to GPUs measure both against the largest node of the
// openb trace, after Weng et al. (USENIX ATC 2023).
const (
	scaleCPU = 128_000 // thousandths of cores
	scaleGPU = 8000    // thousandths of GPUs
)

// BestFit takes the node with the least left over:
//
//	100 × (1 − ½·CPU/128 cores − ½·GPU/8 GPUs), both after placement.
type BestFit struct{ tightest }

// Score implements Policy.
func (BestFit) Score(_ int, n *fleet.Node, r fleet.Request) int {
	cpu := n.CPUMilli() - r.CPUMilli
	gpu := n.FreeMilli() - r.TotalMilli()
	return clamp((MaxScore*2*scaleCPU - MaxScore*cpu - MaxScore*(scaleCPU/scaleGPU)*gpu) / (2 * scaleCPU))
}

// String returns "best fit".
func (BestFit) String() string { return "best fit" }

// clamp bounds a score: nodes larger than the scale would fall below 0.
func clamp(score int64) int { return int(min(max(score, 0), MaxScore)) }
