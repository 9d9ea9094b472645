package placement

import "github.com/jevons-sim/jevons/sim/fleet"

// DotProduct takes the node for which the product of what the worker asks for
// and what is free is smallest:
//
//	100 × (1 − ½·(CPU asked · CPU free + GPU asked · GPU free))
//
// with CPU and GPU as shares of the most that any node of the fleet has, as in
// the comparison of Weng et al. (USENIX ATC 2023). The product of demand and
// supply is due to Tetris (Grandl et al., SIGCOMM 2014), which takes the largest.
type DotProduct struct{ tightest }

// Score implements Policy.
func (DotProduct) Score(n Node, r fleet.Request) int {
	cpu := float64(share(r.CPUMilli, n.Largest.CPUMilli) * share(n.CPUMilli(), n.Largest.CPUMilli))
	gpu := float64(share(r.TotalMilli(), n.Largest.GPUMilli) * share(n.FreeMilli(), n.Largest.GPUMilli))
	return int(MaxScore * (1 - (cpu+gpu)/2))
}

// String returns "dot product".
func (DotProduct) String() string { return "dot product" }
