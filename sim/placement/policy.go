package placement

import (
	"fmt"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// MaxScore is the best score of a node; the worst is 0.
const MaxScore = 100

// Policy decides where a worker lies. Its methods see nodes with room for the
// worker only, and must depend on nothing but their arguments and what was
// observed (see Observer).
type Policy interface {
	// Score rates a node for one worker of r: 0 … MaxScore, higher is better.
	Score(n Node, r fleet.Request) int
	// GPUs chooses the worker's GPUs among those of the node: r.GPUs wholly free
	// ones, or one with room for the share.
	GPUs(n Node, r fleet.Request) uint64
	String() string
}

// Node is a node as policies see it.
type Node struct {
	*fleet.Node
	Pool    int
	Largest Size // of all nodes of the fleet
}

// Size is the CPU and GPUs of a node, in thousandths.
type Size struct{ CPUMilli, GPUMilli int64 }

// LargestOf returns the most CPU and the most GPUs that any node of a fleet has.
func LargestOf(f *fleet.Fleet) Size {
	var s Size
	for _, p := range f.Pools {
		for _, n := range p.Spec.Nodes {
			s.CPUMilli = max(s.CPUMilli, n.CPUMilli)
			s.GPUMilli = max(s.GPUMilli, int64(n.GPUs)*fleet.MilliPerGPU)
		}
	}
	return s
}

// Lottery is implemented by policies that draw among equally good nodes.
type Lottery interface {
	// Draw returns a number from 0 to n−1.
	Draw(n int) int
}

// Observer is implemented by policies that learn from the work that arrives.
type Observer interface {
	// Observe notes the arrival of a gang that may use some pools, and reports
	// whether scores are different from now on.
	Observe(r fleet.Request, pools []int) bool
}

// tightest is the usual choice of GPUs: what leaves the least behind.
type tightest struct{}

// GPUs implements Policy.
func (tightest) GPUs(n Node, r fleet.Request) uint64 { return n.Tightest(r) }

// policies is the registry, by their names in scenarios.
var policies = []struct {
	name string
	make func(seed uint64) Policy
}{
	{"first-fit", func(uint64) Policy { return FirstFit{} }},
	{"best-fit", func(uint64) Policy { return BestFit{} }},
	{"packing", func(uint64) Policy { return Packing{} }},
	{"clustering", func(uint64) Policy { return Clustering{} }},
	{"dot-product", func(uint64) Policy { return DotProduct{} }},
	{"fgd", func(uint64) Policy { return &FGD{} }},
	{"random", func(seed uint64) Policy { return NewRandom(seed) }},
}

// Names returns the names Parse knows.
func Names() []string {
	var names []string
	for _, p := range policies {
		names = append(names, p.name)
	}
	return names
}

// Parse returns a new policy of that name; the seed is for policies that draw.
func Parse(name string, seed uint64) (Policy, error) {
	for _, p := range policies {
		if p.name == name {
			return p.make(seed), nil
		}
	}
	return nil, fmt.Errorf("unknown placement policy %q: want one of %s.%s", name, strings.Join(Names(), ", "), suggest.Hint(name, Names()))
}
