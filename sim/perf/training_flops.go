package perf

// GPUs returns how many GPUs the job takes.
func (t *Training) GPUs() int { return t.layout.GPUs() }

// Layout returns the layout, defaults filled in.
func (t *Training) Layout() TrainLayout { return t.layout }

// TokensPerStep returns the tokens of a global batch.
func (t *Training) TokensPerStep() int64 {
	return int64(t.options.GlobalBatch) * int64(t.options.SeqLen)
}

// ForwardFLOPs returns the model FLOPs of a forward pass over that many tokens,
// all GPUs together, attention counted in full unless CausalFLOPs asks for the
// causal half. A training step has three times as many.
func (t *Training) ForwardFLOPs(tokens int64) float64 {
	return float64(tokens) * t.shape.forwardFLOPs(t.countedContext())
}

// countedContext returns the tokens of context that FLOPs count for each query.
func (t *Training) countedContext() float64 {
	if t.options.CausalFLOPs {
		return t.seq / 2
	}
	return t.seq
}

// FLOPsPerStep returns the model FLOPs of one step, all GPUs together:
// recomputation is not counted.
func (t *Training) FLOPsPerStep() float64 { return 3 * t.ForwardFLOPs(t.TokensPerStep()) }

// HardwareFLOPsPerStep returns FLOPsPerStep plus what is recomputed: one more
// forward pass through the layers under full recomputation; under selective
// recomputation the attention core counts twice, as in Korthikanti et al.
func (t *Training) HardwareFLOPsPerStep() float64 {
	tokens := float64(t.TokensPerStep())
	extra := 0.0
	switch t.layout.Recompute {
	case RecomputeFull:
		extra = t.shape.forwardFLOPs(t.countedContext()) - 2*t.shape.head
	case RecomputeSelective:
		if t.options.Attention == UnfusedAttention {
			extra = 3 * float64(t.shape.layers) * t.shape.coreFLOPs(t.countedContext())
		}
	}
	return t.FLOPsPerStep() + float64(tokens*extra)
}

// MFU returns model FLOPs over the peak of all GPUs for the step's time.
func (t *Training) MFU() float64 { return t.utilization(t.FLOPsPerStep()) }

// HFU is MFU with recomputation counted as work.
func (t *Training) HFU() float64 { return t.utilization(t.HardwareFLOPsPerStep()) }

func (t *Training) utilization(flops float64) float64 {
	return flops / (t.step.Total.Seconds() * float64(t.GPUs()) * t.peak)
}

// PeakFLOPS returns the dense peak of one GPU in the format used.
func (t *Training) PeakFLOPS() float64 { return t.peak }

// CheckpointBytes returns the size of a full checkpoint: BF16 weights, FP32
// master weights and two FP32 moments, 14 bytes per parameter.
func (t *Training) CheckpointBytes() int64 {
	total, _ := t.shape.parameters()
	return int64(14 * total)
}
