package placement

import "github.com/jevons-sim/jevons/sim/fleet"

// DotProduct takes the node for which the product of what the worker asks for
// and what is free is smallest:
//
//	100 × (1 − ½·(CPU asked · CPU free + GPU asked · GPU free)), CPU in units of
//	128 cores and GPU of 8 GPUs
//
// as in the comparison of Weng et al. (USENIX ATC 2023). The product of demand
// and supply is due to Tetris (Grandl et al., SIGCOMM 2014), which takes the
// largest.
type DotProduct struct{ tightest }

// Score implements Policy.
func (DotProduct) Score(_ int, n *fleet.Node, r fleet.Request) int {
	const ratio = scaleCPU / scaleGPU
	dot := n.CPUMilli()*r.CPUMilli + ratio*ratio*n.FreeMilli()*r.TotalMilli()
	return clamp((MaxScore*2*scaleCPU*scaleCPU - MaxScore*dot) / (2 * scaleCPU * scaleCPU))
}

// String returns "dot product".
func (DotProduct) String() string { return "dot product" }
