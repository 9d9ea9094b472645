package perf

import "math"

// Memory constants of the training model.
const (
	// trainMemoryShare of a GPU's memory is what a job may plan to use; the rest is
	// left for fragmentation.
	trainMemoryShare    = 0.95
	trainWorkspaceBytes = 2 << 30 // communication buffers, CUDA context
)

// TrainMemory is what one GPU of the fullest pipeline stage holds, in bytes.
type TrainMemory struct {
	Weights     float64 // BF16
	Gradients   float64 // FP32 accumulators
	Optimizer   float64 // FP32 master weights and two moments
	Activations float64 // of the micro-batches in flight
	Logits      float64 // of the output head
	Workspace   float64
}

// Total returns the sum.
func (m TrainMemory) Total() float64 {
	return m.Weights + m.Gradients + m.Optimizer + m.Activations + m.Logits + m.Workspace
}

// Memory returns what one GPU of the fullest stage holds.
func (t *Training) Memory() TrainMemory { return t.memory }

// rankParameters returns the parameters that the fullest rank holds: those
// replicated over all CP × DP ranks, and its share of the routed experts,
// replicated over CP × DP / EP.
func (t *Training) rankParameters() (shared, experts float64) {
	s, l := &t.shape, t.layout
	layers := float64((s.layers + l.PP - 1) / l.PP)
	moe := min(layers, float64(s.moeLayers))
	shared = float64(layers*s.attention) + float64((layers-moe)*s.ffn) +
		float64(moe*(s.router+float64(s.expert*s.shared)))
	if l.PP == 1 {
		shared += s.head + s.embedding
	} else {
		shared += max(s.head, s.embedding) // first and last stage hold one each
	}
	experts = moe * s.expert * s.experts / float64(l.EP)
	tp := float64(l.TP)
	return shared / tp, experts / tp
}

// memoryPerGPU returns what the fullest rank holds: 2 bytes of weights, 4 of
// gradients and 12 of optimizer states per parameter, of which ZeRO stage 1
// shards the optimizer's over the data-parallel ranks, stage 2 the gradients
// too, stage 3 all (Rajbhandari et al., arXiv 1910.02054).
func (t *Training) memoryPerGPU() TrainMemory {
	l := t.layout
	shared, experts := t.rankParameters()
	replicas := float64(l.CP * l.DP)
	expertReplicas := max(1, replicas/float64(l.EP))
	all := shared + experts
	sharded := shared/replicas + experts/expertReplicas
	m := TrainMemory{Weights: 2 * all, Gradients: 4 * all, Optimizer: float64(12 * all), Workspace: trainWorkspaceBytes}
	if l.ZeRO >= 1 {
		m.Optimizer = float64(12 * sharded)
	}
	if l.ZeRO >= 2 {
		m.Gradients = 4 * sharded
	}
	if l.ZeRO >= 3 {
		// BF16 weights exist only while gathered: this layer's and the next's.
		m.Weights = 2 * 2 * all * float64(l.PP) / float64(t.shape.layers)
	}
	if l.Schedule == DualPipe {
		// Each rank holds a stage of either direction; ZeRO shares the
		// optimizer's states out over both copies.
		m.Weights, m.Gradients = 2*m.Weights, 2*m.Gradients
		if l.ZeRO == 0 {
			m.Optimizer *= 2
		}
	}
	m.Activations = t.activationsPerGPU()
	m.Logits = 4 * t.rankTokens * t.shape.head / t.shape.hidden / float64(l.TP)
	return m
}

// activationsPerGPU returns the activations of the first stage, which has the
// most micro-batches in flight.
func (t *Training) activationsPerGPU() float64 {
	l := t.layout
	layer, again := t.layerActivations(), 0.0
	if l.Recompute == RecomputeFull {
		again = layer // the layer being computed again
		layer = 2 * t.rankTokens * t.shape.hidden
		if l.SequenceParallel {
			layer /= float64(l.TP)
		}
	}
	perStage := math.Ceil(float64(t.shape.layers) / float64(l.PP))
	return float64(layer*perStage*t.inFlight()) + again
}

// layerActivations returns the bytes that one layer keeps for its backward pass
// of a micro-batch, by the count of Korthikanti et al. (arXiv 2205.05198) with
// the model's own widths: inputs of norms, attention and FFN, which only
// sequence parallelism shards; queries, keys, values, attention output and the
// FFN's hidden values (of a gated FFN its two factors: their product is
// recomputed), which tensor parallelism shards. For their GPT it is the paper's
// s·b·h·(10 + 24/t + 5·a·s/(h·t)).
func (t *Training) layerActivations() float64 {
	s := &t.shape
	ffn, inputs := 4*s.ffnWidth, 8*s.hidden
	if s.moeLayers > 0 {
		// Every routed copy of a token keeps its own input.
		ffn = 4*float64(s.expertWidth*(s.routed+s.shared)) + 2*float64(s.routed*s.hidden)
	}
	inner := 2*(s.scores+s.localScores) + 2*s.kvWidth + ffn
	if t.options.Attention == UnfusedAttention {
		inputs += 2 * s.hidden // dropout masks
		if t.layout.Recompute == RecomputeNone {
			inner += float64(5 * s.heads * t.seq)
		}
	}
	tp := float64(t.layout.TP)
	if t.layout.SequenceParallel {
		inputs /= tp
	}
	return t.rankTokens * (inputs + inner/tp)
}

// onceCosts returns what a step pays once: the exposed part of the gradient
// reduction and the optimizer's pass, about 30 bytes per parameter.
func (t *Training) onceCosts() onceCost {
	l := t.layout
	shared, experts := t.rankParameters()
	replicas := l.CP * l.DP
	expertReplicas := max(1, replicas/l.EP)
	stride := l.TP * l.PP
	tier := t.links.group(groupDP, replicas, stride)

	reduce := t.reduceTime(tier, replicas, shared) + t.reduceTime(tier, expertReplicas, experts)
	if !t.options.NoGradientOverlap {
		reduce = max(0, reduce-t.slowest.backward.compute)
	}
	states := shared + experts
	if l.ZeRO >= 1 {
		states = shared/float64(replicas) + experts/float64(expertReplicas)
	}
	return onceCost{gradients: reduce, optimizer: 30 * states / t.memoryRate}
}

// reduceTime returns the seconds of one step's gradient reduction over n ranks
// for that many parameters per rank: an all-reduce of FP32 gradients, from
// ZeRO 1 on a reduce-scatter and an all-gather of BF16 weights. ZeRO 3 reduces
// with every micro-batch instead (shardTraffic).
func (t *Training) reduceTime(l link, n int, parameters float64) float64 {
	if parameters == 0 || t.layout.ZeRO == 3 {
		return 0
	}
	scatter := l.gather(n, 4*parameters)
	if t.layout.ZeRO == 0 {
		return 2 * scatter
	}
	return scatter + l.gather(n, 2*parameters)
}

// shardTraffic returns the exposed seconds that ZeRO 3 adds to a step of m
// micro-batches: layer by layer, weights are gathered for each forward and each
// backward pass, and BF16 gradients reduced and scattered, ahead of and behind
// the compute that hides them.
func (t *Training) shardTraffic(m float64) float64 {
	l := t.layout
	if l.ZeRO < 3 {
		return 0
	}
	shared, experts := t.rankParameters()
	replicas := l.CP * l.DP
	tier := t.links.group(groupDP, replicas, l.TP*l.PP)
	layers := math.Ceil(float64(t.shape.layers) / float64(l.PP))
	gather := tier.gather(replicas, 2*shared/layers) + tier.gather(max(1, replicas/l.EP), 2*experts/layers)
	forward := float64(layers * gather)
	backward := 2 * forward
	if !t.options.NoGradientOverlap {
		forward = max(0, forward-t.mean.forward.compute)
		backward = max(0, backward-t.mean.backward.compute)
	}
	return float64(m * (forward + backward))
}
