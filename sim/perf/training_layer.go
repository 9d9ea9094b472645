package perf

// pass is the time of one layer, or of several, for one micro-batch on one
// rank, forward or backward, in seconds by what is waited for.
type pass struct{ compute, tp, cp, ep float64 }

func (p pass) sum() float64 { return p.compute + p.tp + p.cp + p.ep }

func (p pass) plus(q pass) pass {
	return pass{p.compute + q.compute, p.tp + q.tp, p.cp + q.cp, p.ep + q.ep}
}

func (p pass) times(f float64) pass {
	return pass{float64(p.compute * f), float64(p.tp * f), float64(p.cp * f), float64(p.ep * f)}
}

// layerStage returns the forward and backward pass of one layer for one
// micro-batch of a rank, recomputation included in the backward pass.
func (t *Training) layerStage(moe bool) stage {
	forward := pass{tp: t.tpPass(), ep: t.epPass(moe)}
	linear := t.matmulTime(float64(t.rankTokens*t.shape.layerFLOPs(moe)), moe)
	core, coreBack := t.coreTime()
	elementwise := t.elementwiseTime()
	floor := t.constants.LayerFloor.Seconds()

	backward := forward
	forward.compute = max(floor, linear+core+elementwise)
	backward.compute = max(2*floor, 2*(linear+elementwise)+coreBack)

	// Dispatch and combine hide behind the compute of a second micro-batch when
	// the schedule interleaves two.
	if t.options.OverlapExperts || t.layout.Schedule == DualPipe {
		forward.ep = max(0, forward.ep-forward.compute)
		backward.ep = max(0, backward.ep-backward.compute)
	}
	forward.tp = hide(forward.tp, t.options.OverlapTP, forward.compute)
	backward.tp = hide(backward.tp, t.options.OverlapTP, backward.compute)
	ring := t.cpPass()
	if t.options.GatherContext {
		forward.cp, backward.cp = ring, ring // gathered again, or its gradients scattered
	} else {
		forward.cp = max(0, ring-core)
		backward.cp = max(0, 2*ring-coreBack)
	}

	switch t.layout.Recompute {
	case RecomputeFull:
		backward = backward.plus(forward)
	case RecomputeSelective:
		if t.options.Attention == UnfusedAttention {
			backward.compute += core
		}
	}
	// The gradient of the weights costs as much as the forward multiplication.
	return stage{forward, backward, linear}
}

// hide returns what stays exposed of a communication of which that share is
// overlapped with compute.
func hide(time, share, compute float64) float64 {
	return max(float64(time*(1-share)), time-compute)
}

// matmulTime returns the seconds of a layer's linear operations; flops are
// those of all TP ranks together.
func (t *Training) matmulTime(flops float64, moe bool) float64 {
	tp := float64(t.layout.TP)
	smallest := min(t.shape.hidden/tp, t.rankTokens)
	efficiency := t.constants.MatmulEfficiency * smallest / (smallest + t.constants.MatmulHalf)
	time := flops / tp / (t.peak * efficiency)
	if moe {
		// The busiest expert rank sets the pace of the routed share.
		routed := 2 * t.rankTokens * t.shape.expert * t.shape.routed / flops
		time = float64(time * (1 + float64(routed*(t.constants.Imbalance-1))))
	}
	return time
}

// coreTime returns the seconds of the attention core, forward and backward.
// Fused kernels skip the causal half and pay 2.5 forwards in the backward
// pass; unfused ones compute all and move the scores through memory.
func (t *Training) coreTime() (forward, backward float64) {
	flops := float64(t.rankTokens*t.shape.coreFLOPs(t.seq)) / float64(t.layout.TP)
	if t.options.Attention != UnfusedAttention {
		efficiency := t.constants.AttentionEfficiency
		if t.options.Attention == FirstFlashAttention {
			efficiency = t.constants.FirstAttentionEfficiency
		}
		half := flops / 2 / (t.attentionPeak * efficiency)
		return half, float64(2.5 * half)
	}
	time := flops / (t.attentionPeak * t.constants.MatmulEfficiency)
	scores := float64(t.rankTokens*t.seq*t.shape.heads) / float64(t.layout.TP)
	time += float64(t.constants.SoftmaxBytes*scores) / t.memoryRate
	return time, 2 * time
}

// elementwiseTime returns the seconds of a layer's bandwidth-bound kernels.
// Without sequence parallelism, half of them work on unsharded tensors.
func (t *Training) elementwiseTime() float64 {
	time := float64(t.constants.ElementwiseBytes*t.rankTokens*t.shape.hidden) / t.memoryRate
	sharded := 1 / float64(t.layout.TP)
	if t.layout.SequenceParallel {
		return float64(time * sharded)
	}
	return float64(time * (0.5 + 0.5*sharded))
}

// tpPass returns the seconds of a layer's tensor-parallel collectives in one
// direction: two all-reduces, or with sequence parallelism two all-gathers and
// two reduce-scatters of the same bytes.
func (t *Training) tpPass() float64 {
	size := 2 * t.rankTokens * t.shape.hidden
	return 2 * t.links.group(groupTP, t.layout.TP, 1).allReduce(t.layout.TP, size)
}

// cpPass returns the seconds in which keys and values travel once round the
// context-parallel ring, or are gathered over it.
func (t *Training) cpPass() float64 {
	if t.layout.CP <= 1 {
		return 0
	}
	size := 2 * t.rankTokens * t.shape.kvWidth / float64(t.layout.TP)
	l := t.links.group(groupCP, t.layout.CP, t.layout.TP)
	return float64(float64(t.layout.CP-1) * l.send(size))
}

// epPass returns the seconds of one dispatch and one combine of an MoE layer.
// Across nodes a token's copies for one node travel once: at most four.
func (t *Training) epPass(moe bool) float64 {
	if !moe || t.layout.EP <= 1 {
		return 0
	}
	const copiesAcrossNodes = 4
	send, copies := t.links.scaleUp.allToAll, t.shape.routed
	if t.layout.TP*t.layout.EP > t.links.node && !t.links.inside(groupEP) {
		send, copies = t.links.dispatch, min(copies, copiesAcrossNodes)
	}
	tokens := t.rankTokens / float64(t.layout.TP)
	dispatch := tokens * t.shape.hidden * copies * t.dispatchBytes
	combine := tokens * t.shape.hidden * copies * 2
	return send(t.layout.EP, dispatch) + send(t.layout.EP, combine)
}
