package perf

import (
	"math"
	"slices"
)

// kin are GPUs with the same matrix units and memory system, of different
// sizes: a GPU that was not measured reaches about the shares of peak rates that
// its kin do.
var kin = [][]string{
	{"H100-SXM", "H200", "H800", "GH200", "H100-PCIe", "H20"},
	{"A100-80G-SXM", "A100-40G"},
	{"B200", "B300", "GB200-NVL72", "GB300-NVL72"},
	{"L40S", "L4"},
	{"MI300X", "MI325X"},
}

// ofGPU returns what a calibration says of a GPU type: its own coefficients, or
// the geometric means of those of its kin.
func (c *Calibration) ofGPU(gpu string) map[string]float64 {
	if own, ok := c.GPUs[gpu]; ok {
		return own
	}
	sums, counts := map[string]float64{}, map[string]float64{}
	for _, family := range kin {
		if !slices.Contains(family, gpu) {
			continue
		}
		for _, other := range family {
			for name, v := range c.GPUs[other] {
				sums[name] += math.Log(v)
				counts[name]++
			}
		}
	}
	for name := range sums {
		sums[name] = rounded(math.Exp(sums[name] / counts[name]))
	}
	return sums
}

// rounded keeps four significant digits: more would be noise, and not the same
// on every host.
func rounded(x float64) float64 {
	if x == 0 {
		return 0
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(x)))
	return math.Round(x*scale) / scale
}
