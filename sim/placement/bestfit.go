package placement

import "github.com/jevons-sim/jevons/sim/fleet"

// BestFit takes the node with the least left over:
//
//	100 × (1 − ½·CPU left ÷ largest CPU − ½·GPU left ÷ largest GPU)
//
// after placement, where the largest are those of any node of the fleet. The
// weights are those of Weng et al. (USENIX ATC 2023), whose largest node has 128
// cores and 8 GPUs.
type BestFit struct{ tightest }

// Score implements Policy.
func (BestFit) Score(n Node, r fleet.Request) int {
	cpu := share(n.CPUMilli()-r.CPUMilli, n.Largest.CPUMilli)
	gpu := share(n.FreeMilli()-r.TotalMilli(), n.Largest.GPUMilli)
	return int(MaxScore * (1 - cpu/2 - gpu/2))
}

// share returns part ÷ whole, 0 of nothing.
func share(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// String returns "best fit".
func (BestFit) String() string { return "best fit" }
