package perf

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// DefaultTrainLayout returns a layout for a job that is given only a number of
// GPUs: the smallest TP × PP in which the model fits, with TP inside a node,
// the rest data parallel with ZeRO 1 and sequence parallelism, one sequence per
// micro-batch. Among layouts of that size, and among the expert-parallel
// degrees of an MoE model, it takes the one with the fastest step. Activations
// are recomputed only where nothing fits otherwise. It is a sound start, not
// the optimum.
func DefaultTrainLayout(m Model, g fleet.GPU, nodeGPUs, gpus int, o TrainOptions, c Calibration) (TrainLayout, error) {
	var fit *TrainFitError
	var last error
	for _, recompute := range []Recompute{RecomputeNone, RecomputeFull} {
		var best *Training
		for _, l := range layoutsOf(m, nodeGPUs, gpus) {
			if best != nil && l.TP*l.PP > best.layout.TP*best.layout.PP {
				break
			}
			l.Recompute = recompute
			t, err := NewTraining(m, g, nodeGPUs, l, o, c)
			var f *TrainFitError
			switch {
			case errors.As(err, &f):
				if fit == nil || f.Memory.Total() < fit.Memory.Total() {
					fit = f
				}
			case err != nil:
				last = err
			case best == nil || t.step.Total < best.step.Total:
				best = t
			}
		}
		if best != nil {
			return best.layout, nil
		}
	}
	if fit != nil {
		return TrainLayout{}, fmt.Errorf("no layout of %d %s fits; the closest: %w", gpus, g.Name, fit)
	}
	return TrainLayout{}, fmt.Errorf("no layout of %d %s is possible; the last tried: %w", gpus, g.Name, last)
}

// layoutsOf lists candidate layouts in order of TP × PP.
func layoutsOf(m Model, nodeGPUs, gpus int) []TrainLayout {
	s := newTrainShape(&m)
	var all []TrainLayout
	for tp := 1; tp <= max(1, nodeGPUs) && gpus%tp == 0; tp *= 2 {
		for pp := 1; pp <= min(s.layers, gpus/tp); pp++ {
			if gpus/tp%pp != 0 {
				continue
			}
			dp := gpus / tp / pp
			all = append(all, TrainLayout{TP: tp, PP: pp, DP: dp, EP: 1, ZeRO: 1, SequenceParallel: true})
			for ep := 2; ep <= min(dp, int(s.experts)); ep *= 2 {
				all = append(all, TrainLayout{TP: tp, PP: pp, DP: dp, EP: ep, ZeRO: 1, SequenceParallel: true})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b TrainLayout) int { return cmp.Compare(a.TP*a.PP, b.TP*b.PP) })
	return all
}
