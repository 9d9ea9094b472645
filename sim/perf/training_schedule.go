package perf

import (
	"fmt"

	"github.com/jevons-sim/jevons/internal/suggest"
)

// Schedule is the order in which a pipeline's stages work on micro-batches. It
// decides how long stages wait while the pipeline fills and drains, and what
// they keep in memory.
type Schedule uint8

// The pipeline schedules.
const (
	// OneFOneB alternates forward and backward passes; with several virtual
	// chunks per stage it is interleaved (Narayanan et al., arXiv 2104.04473).
	OneFOneB Schedule = iota
	// ZeroBubble fills the drain with weight gradients, which nobody waits for,
	// at the memory of 1F1B: ZB-H1 of Qi et al. (arXiv 2401.10241).
	ZeroBubble
	// DualPipe feeds micro-batches from both ends and overlaps the passes of
	// two of them, at twice the weights (DeepSeek-V3, arXiv 2412.19437).
	DualPipe
)

var scheduleNames = []string{"1f1b", "zero-bubble", "dualpipe"}

// String returns the schedule's name in scenarios.
func (s Schedule) String() string { return scheduleNames[s] }

// ParseSchedule returns the schedule of that name.
func ParseSchedule(name string) (Schedule, error) {
	for i, n := range scheduleNames {
		if n == name {
			return Schedule(i), nil
		}
	}
	return 0, fmt.Errorf("unknown pipeline schedule %q: want 1f1b, zero-bubble or dualpipe.%s", name, suggest.Hint(name, scheduleNames))
}

// FillRounds returns how long a pipeline takes to fill and drain, in multiples
// of the slowest stage's time for one micro-batch. With F the forward pass, B
// the whole backward pass and W its weight gradients, the bubble is
//
//	1F1B          (p−1)/v · (F + B)
//	zero-bubble   (p−1) · (F + B − 2W)
//	DualPipe      (p/2−1) · (F + 2B − 3W)
//
// (DeepSeek-V3 report, Table 2, in which an overlapped pair takes F + B.)
func (t *Training) FillRounds() float64 {
	l := t.layout
	if l.PP == 1 {
		return 0
	}
	f, b, w := t.slowest.forward.sum()+t.transfer, t.slowest.backward.sum()+t.transfer, t.slowest.weights
	switch l.Schedule {
	case ZeroBubble:
		return float64(l.PP-1) * max(0, f+b-2*w) / (f + b)
	case DualPipe:
		return float64(l.PP/2-1) * max(0, f+2*b-float64(3*w)) / (f + b)
	}
	return float64(l.PP-1) / float64(l.VPP)
}

// inFlight returns how many micro-batches' activations the first stage holds
// at most. Interleaving starts more of them.
func (t *Training) inFlight() float64 {
	l := t.layout
	micro := t.options.GlobalBatch / (l.DP * l.MicroBatch)
	if l.Schedule == DualPipe {
		return float64(min(micro, l.PP+1))
	}
	n := float64(min(micro, l.PP))
	if l.VPP > 1 {
		n *= 1 + float64(l.PP-1)/float64(l.PP*l.VPP)
	}
	return n
}

// checkSchedule returns an error when the schedule cannot run the layout.
func (t *Training) checkSchedule(fail func(string, ...any) error) error {
	l := t.layout
	if l.Schedule == OneFOneB {
		return nil
	}
	micro := t.options.GlobalBatch / (l.DP * l.MicroBatch)
	switch {
	case l.Schedule > DualPipe:
		return fail("schedule is %d, must be 1f1b, zero-bubble or dualpipe", l.Schedule)
	case l.VPP > 1:
		return fail("vpp %d needs the 1f1b schedule, not %s", l.VPP, l.Schedule)
	case l.PP < 2:
		return fail("schedule %s needs pp of at least 2", l.Schedule)
	case l.Schedule == DualPipe && l.PP%2 != 0:
		return fail("schedule dualpipe needs an even pp, not %d", l.PP)
	case l.Schedule == DualPipe && micro < 2*l.PP:
		return fail("schedule dualpipe needs at least %d micro-batches per pipeline (2 × pp), not %d", 2*l.PP, micro)
	}
	return nil
}
