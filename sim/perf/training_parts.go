package perf

// TrainParts splits a step's compute by what its kernels wait for, in seconds
// averaged over the GPUs. The parts add up to TrainStep.Compute, but for
// rounding.
type TrainParts struct {
	Matmul      float64 // matrix multiplications, forward and backward
	Attention   float64 // attention core, softmax included
	Elementwise float64 // norms, residuals, activations: bound by HBM
	Launch      float64 // what small layers wait for kernel launches
	Recompute   float64 // everything computed again
}

// Parts returns the split of the step's compute.
func (t *Training) Parts() TrainParts {
	var p TrainParts
	micro := float64(t.options.GlobalBatch / (t.layout.DP * t.layout.MicroBatch))
	moe := t.shape.moeLayers
	for kind, layers := range []int{t.shape.layers - moe, moe} {
		n := float64(layers) * micro / float64(t.layout.PP)
		linear := t.matmulTime(float64(t.rankTokens*t.shape.layerFLOPs(kind == 1)), kind == 1)
		core, coreBack := t.coreTime()
		elementwise := t.elementwiseTime()
		forward, backward := linear+core+elementwise, 2*(linear+elementwise)+coreBack
		floor := t.constants.LayerFloor.Seconds()
		p.Matmul += 3 * linear * n
		p.Attention += (core + coreBack) * n
		p.Elementwise += 3 * elementwise * n
		p.Launch += (max(0, floor-forward) + max(0, 2*floor-backward)) * n
		p.Recompute += (t.layerStage(kind == 1).backward.compute - max(2*floor, backward)) * n
	}
	head := t.headStage()
	p.Matmul += (head.forward.compute + head.backward.compute) * micro / float64(t.layout.PP)
	return p
}

// TrainGroups says of each communication group whether it leaves the node.
type TrainGroups struct{ TP, CP, EP, PP, DP bool }

// LeavesNode returns which groups of the layout talk over the network instead
// of the scale-up links of a node.
func (t *Training) LeavesNode() TrainGroups {
	l, node := t.layout, t.links.node
	return TrainGroups{
		TP: l.TP > node, CP: l.CP > 1 && l.TP*l.CP > node, EP: l.EP > 1 && l.TP*l.EP > node,
		PP: l.PP > 1 && l.TP*l.CP*l.PP > node, DP: l.CP*l.DP > 1 && l.TP*l.PP*l.CP*l.DP > node,
	}
}

// Bound returns what a step waits for most: "matrix units", "HBM", "kernel
// launches", "scale-up links", "network" or "pipeline bubble". Recomputation
// counts as matrix work.
func (t *Training) Bound() string {
	p, c, out := t.Parts(), t.step.Comm, t.LeavesNode()
	var scaleUp, network float64
	for _, g := range []struct {
		seconds float64
		leaves  bool
	}{{c.TP.Seconds(), out.TP}, {c.CP.Seconds(), out.CP}, {c.EP.Seconds(), out.EP}, {c.PP.Seconds(), out.PP}, {c.DP.Seconds(), out.DP}} {
		if g.leaves {
			network += g.seconds
		} else {
			scaleUp += g.seconds
		}
	}
	name, most := "matrix units", p.Matmul+p.Attention+p.Recompute
	for _, x := range []struct {
		name    string
		seconds float64
	}{{"HBM", p.Elementwise + t.step.Optimizer.Seconds()}, {"kernel launches", p.Launch}, {"scale-up links", scaleUp}, {"network", network}, {"pipeline bubble", t.step.Bubble.Seconds()}} {
		if x.seconds > most {
			name, most = x.name, x.seconds
		}
	}
	return name
}

// MemoryBudget returns the bytes of a GPU that a job may plan to use.
func (t *Training) MemoryBudget() float64 { return t.budget }

// MicroBatches returns how many micro-batches a pipeline takes in a step.
func (t *Training) MicroBatches() int {
	return t.options.GlobalBatch / (t.layout.DP * t.layout.MicroBatch)
}

// SlowestStage returns the seconds that the slowest pipeline stage works on a
// micro-batch, forward and backward, transfers included.
func (t *Training) SlowestStage() float64 { return t.slowest.sum() + 2*t.transfer }
