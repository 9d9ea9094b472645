package design

import "github.com/jevons-sim/jevons/sim/event"

// LatinHypercube returns n points, one in each of n equal slices of every axis,
// at a random place in it. The same seed gives the same points.
func LatinHypercube(axes []Axis, n int, seed uint64) []Point {
	points := make([]Point, n)
	for i := range points {
		points[i] = make(Point, len(axes))
	}
	for k := range axes {
		r := event.NewStream(seed, "latin hypercube").Entity(uint64(k))
		slices := make([]int, n)
		for i := range slices {
			j := r.IntN(i + 1) // Fisher and Yates, from the inside out
			slices[i] = slices[j]
			slices[j] = i
		}
		for i := range points {
			points[i][k] = axes[k].at((float64(slices[i]) + unit(&r)) / float64(n))
		}
	}
	return points
}

// unit draws from [0, 1); the stream's own numbers may be 1.
func unit(r *event.Rand) float64 { return float64(r.Uint64()>>11) / (1 << 53) }
