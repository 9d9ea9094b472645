package placement

import (
	"math/bits"

	"github.com/jevons-sim/jevons/internal/fmath"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// FGD is fragmentation gradient descent (Weng et al., "Beware of Fragmentation:
// Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent", USENIX
// ATC 2023): a worker goes where the expected fragmentation of the node grows
// least, and a share to the GPU of the node of which the same holds. A node
// scores
//
//	100 ÷ (1 + exp(ΔF ÷ 1 GPU))
//
// rounded down, with ΔF the growth of the node's fragmentation in GPUs. See
// Fragmentation for what it is. The work from which it is expected is given to
// NewFGD, or learned from the gangs that arrive.
type FGD struct {
	work Popularity
	frag *Fragmentation // nil before there is any work to expect
	// next is the number of arrivals at which the expectation is renewed; 0 =
	// it is given.
	next int64
}

// NewFGD returns a policy that expects the work of which it is given the
// popularity, and learns nothing.
func NewFGD(f *Fragmentation) *FGD { return &FGD{frag: f, next: -1} }

var _ Observer = (*FGD)(nil)

// Observe implements Observer. The expectation is renewed whenever the number
// of arrivals has doubled, so that renewing costs little in all.
func (p *FGD) Observe(r fleet.Request, pools []int) bool {
	if p.next < 0 {
		return false
	}
	p.work.Add(r, pools)
	if p.work.Total() < p.next {
		return false
	}
	p.next = 2 * p.work.Total()
	p.frag = NewFragmentation(&p.work)
	return true
}

// Score implements Policy.
func (p *FGD) Score(n Node, r fleet.Request) int {
	score, _ := p.descend(n, r)
	return score
}

// GPUs implements Policy.
func (p *FGD) GPUs(n Node, r fleet.Request) uint64 {
	_, gpus := p.descend(n, r)
	return gpus
}

// descend returns the score of a node and the GPUs that have it.
func (p *FGD) descend(n Node, r fleet.Request) (int, uint64) {
	if p.frag == nil {
		return MaxScore / 2, n.Tightest(r)
	}
	state := newState(n.Node)
	before := p.frag.of(n.Pool, &state)
	state.cpu -= r.CPUMilli
	if r.Milli == 0 {
		state.whole -= r.GPUs
		return p.rate(before, p.frag.of(n.Pool, &state)), n.Tightest(r)
	}
	return p.descendShare(n, r, &state, before)
}

// descendShare tries every GPU of a node for a share; s is what is free of the
// node without the CPU that the worker takes. The lowest of equal GPUs wins.
func (p *FGD) descendShare(n Node, r fleet.Request, s *state, before int64) (int, uint64) {
	score, gpu := -1, -1
	try := func(left int, gpus uint64) {
		after := *s
		after.cut(left, r.Milli)
		g := bits.TrailingZeros64(gpus)
		if v := p.rate(before, p.frag.of(n.Pool, &after)); v > score || (v == score && g < gpu) {
			score, gpu = v, g
		}
	}
	if free := n.Whole(); free != 0 {
		try(fleet.MilliPerGPU, free) // free GPUs are alike
	}
	for rest := n.Shared(); rest != 0; rest &= rest - 1 {
		if left := n.Left(bits.TrailingZeros64(rest)); left >= r.Milli {
			try(left, rest&-rest)
		}
	}
	return score, 1 << gpu
}

// rate turns a growth of fragmentation into a score.
func (p *FGD) rate(before, after int64) int {
	growth := float64(after-before) / (float64(p.frag.weight) * fleet.MilliPerGPU)
	return int(MaxScore / (1 + fmath.Exp(growth)))
}

// String returns "fragmentation gradient descent".
func (*FGD) String() string { return "fragmentation gradient descent" }
