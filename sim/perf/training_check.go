package perf

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// check returns an error when the layout cannot run the model and the batch,
// saying which number is at fault and what is allowed.
func (t *Training) check(m *Model) error {
	l, o := t.layout, t.options
	fail := func(format string, args ...any) error {
		return fmt.Errorf("training %s: %w", m.Name, fmt.Errorf(format, args...))
	}
	for _, d := range []struct {
		name  string
		value int
	}{
		{"tp", l.TP}, {"cp", l.CP}, {"pp", l.PP}, {"dp", l.DP}, {"ep", l.EP}, {"vpp", l.VPP},
		{"micro-batch", l.MicroBatch}, {"global batch", o.GlobalBatch}, {"sequence length", o.SeqLen},
	} {
		if d.value < 1 {
			return fail("%s is %d, must be at least 1", d.name, d.value)
		}
	}
	heads := int(t.shape.heads)
	switch {
	case l.ZeRO < 0 || l.ZeRO > 3:
		return fail("ZeRO stage is %d, must be 0, 1, 2 or 3", l.ZeRO)
	case heads%l.TP != 0:
		return fail("tp %d does not divide the %d attention heads", l.TP, heads)
	case o.SeqLen%l.CP != 0:
		return fail("cp %d does not divide the sequence length %d", l.CP, o.SeqLen)
	case l.PP > t.shape.layers:
		return fail("pp %d exceeds the %d layers", l.PP, t.shape.layers)
	case l.VPP > 1 && l.PP == 1:
		return fail("vpp %d needs pp of at least 2", l.VPP)
	case l.PP*l.VPP > t.shape.layers+2: // embedding and head may be chunks of their own
		return fail("pp %d × vpp %d exceeds the %d layers", l.PP, l.VPP, t.shape.layers)
	case o.GlobalBatch%(l.DP*l.MicroBatch) != 0:
		return fail("global batch %d is not a multiple of dp %d × micro-batch %d", o.GlobalBatch, l.DP, l.MicroBatch)
	}
	if o.OverlapTP < 0 || o.OverlapTP > 1 {
		return fail("overlapped share of tensor-parallel collectives is %g, must be from 0 to 1", o.OverlapTP)
	}
	if err := t.checkSchedule(fail); err != nil {
		return err
	}
	return t.checkExperts(fail)
}

func (t *Training) checkExperts(fail func(string, ...any) error) error {
	l := t.layout
	experts := int(t.shape.experts)
	switch {
	case l.EP == 1:
		return nil
	case experts == 0:
		return fail("ep %d needs a mixture-of-experts model", l.EP)
	case experts%l.EP != 0:
		return fail("ep %d does not divide the %d experts", l.EP, experts)
	case (l.CP*l.DP)%l.EP != 0:
		return fail("ep %d does not divide cp %d × dp %d, over which experts are spread", l.EP, l.CP, l.DP)
	}
	return nil
}

// checkFit returns an error when the fullest rank does not fit into a GPU.
func (t *Training) checkFit(m *Model, g fleet.GPU) error {
	if need := t.memory.Total(); need > t.budget {
		return &TrainFitError{Model: m.Name, GPU: g.Name, Memory: t.memory, Budget: t.budget}
	}
	return nil
}

// TrainFitError says that a rank's share of a training job exceeds a GPU.
type TrainFitError struct {
	Model, GPU string
	Memory     TrainMemory
	Budget     float64 // bytes of the GPU that a job may use
}

// Error lists what the memory goes to and what would help.
func (e *TrainFitError) Error() string {
	const gib = 1 << 30
	m := e.Memory
	return fmt.Sprintf("training %s needs %.1f GiB per GPU and %s has %.1f GiB to use (weights %.1f, gradients %.1f, optimizer %.1f, activations %.1f, logits %.1f, workspace %.1f): raise tp, pp or the ZeRO stage, recompute more, or use a smaller micro-batch",
		e.Model, m.Total()/gib, e.GPU, e.Budget/gib, m.Weights/gib, m.Gradients/gib, m.Optimizer/gib, m.Activations/gib, m.Logits/gib, m.Workspace/gib)
}
