package design

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
)

// Point is one combination of values, in the order of the axes.
type Point []string

// String prints the point as path=value pairs.
func (p Point) String(axes []Axis) string {
	var parts []string
	for i, v := range p {
		parts = append(parts, axes[i].Path+"="+v)
	}
	return strings.Join(parts, " ")
}

// Grid returns every combination of the axes' values; the last axis changes
// fastest.
func Grid(axes []Axis) ([]Point, error) {
	n := 1
	for i := range axes {
		a := &axes[i]
		if a.Sampled() {
			return nil, fmt.Errorf("%s: a range needs a step (%s:%s:STEP) or a number of values (%s:%s:lin:N), or a sampled design",
				a.Path, a.text(a.lo), a.text(a.hi), a.text(a.lo), a.text(a.hi))
		}
		if n *= len(a.values); n > mostValues {
			return nil, fmt.Errorf("the grid has more than %d points", mostValues)
		}
	}
	points := make([]Point, n)
	for i := range points {
		points[i] = make(Point, len(axes))
		rest := i
		for k := len(axes) - 1; k >= 0; k-- {
			values := axes[k].values
			points[i][k] = values[rest%len(values)]
			rest /= len(values)
		}
	}
	return points, nil
}

// samplers are the sampled designs by name.
var samplers = map[string]func(axes []Axis, n int, seed uint64) ([]Point, error){
	"sobol": func(axes []Axis, n int, _ uint64) ([]Point, error) { return Sobol(axes, n) },
	"lhs":   func(axes []Axis, n int, seed uint64) ([]Point, error) { return LatinHypercube(axes, n, seed), nil },
}

// Sample returns the points of a sampled design, written sobol:N or lhs:N. The
// seed is that of a Latin hypercube.
func Sample(spec string, axes []Axis, seed uint64) ([]Point, error) {
	name, count, _ := strings.Cut(spec, ":")
	sampler := samplers[name]
	if sampler == nil {
		return nil, fmt.Errorf("unknown design %q.%s (designs: sobol:N, lhs:N)", name, suggest.Hint(name, []string{"sobol", "lhs"}))
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 || n > mostValues {
		return nil, fmt.Errorf("want %s:N with N from 1 to %d, found %q", name, mostValues, spec)
	}
	return sampler(axes, n, seed)
}
