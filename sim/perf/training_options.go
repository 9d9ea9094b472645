package perf

import (
	"fmt"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// Recompute says which activations are computed again in the backward pass
// instead of being kept.
type Recompute uint8

// The recomputation modes.
const (
	RecomputeNone      Recompute = iota
	RecomputeSelective           // the attention core only
	RecomputeFull                // every layer from its input
)

var recomputeNames = []string{"none", "selective", "full"}

// String returns the mode's name in scenarios.
func (r Recompute) String() string { return recomputeNames[r] }

// ParseRecompute returns the mode of that name.
func ParseRecompute(name string) (Recompute, error) {
	for i, n := range recomputeNames {
		if n == name {
			return Recompute(i), nil
		}
	}
	return 0, fmt.Errorf("unknown recomputation %q: want none, selective or full.%s", name, suggest.Hint(name, recomputeNames))
}

// Attention is the kind of attention kernel.
type Attention uint8

// The attention kernels.
const (
	FlashAttention      Attention = iota // fused, causal half skipped: FlashAttention 2 and later
	UnfusedAttention                     // scores written to memory, as before 2022
	FirstFlashAttention                  // fused, of the first generation and its Triton ports
)

// TrainLayout says how one training job is spread over its GPUs. Zero degrees
// count as 1.
type TrainLayout struct {
	TP, CP, PP, DP int // tensor, context, pipeline and data parallel degrees
	EP             int // expert parallel degree, folded into CP × DP
	VPP            int // virtual pipeline chunks per stage (interleaved 1F1B)
	MicroBatch     int // sequences per micro-batch
	ZeRO           int // stage 0–3: what the data-parallel ranks share out
	Recompute      Recompute
	Schedule       Schedule // of the pipeline
	// SequenceParallel shards norms and residuals over the TP group too.
	SequenceParallel bool
}

// GPUs returns how many GPUs the layout takes: TP × CP × PP × DP.
func (l TrainLayout) GPUs() int { return l.TP * l.CP * l.PP * l.DP }

// withDefaults returns the layout with zero degrees set to 1.
func (l TrainLayout) withDefaults() TrainLayout {
	for _, d := range []*int{&l.TP, &l.CP, &l.PP, &l.DP, &l.EP, &l.VPP, &l.MicroBatch} {
		if *d == 0 {
			*d = 1
		}
	}
	return l
}

// TrainOptions is what a step computes and how its schedule overlaps.
type TrainOptions struct {
	GlobalBatch int          // sequences per step
	SeqLen      int          // tokens per sequence
	Format      fleet.Format // of the matrix multiplications; "" = bf16
	Attention   Attention
	// NoGradientOverlap keeps the gradient reduction, and ZeRO 3's gathering of
	// weights, apart from compute, as stacks before about 2023 did.
	NoGradientOverlap bool
	// OverlapTP is the share of the tensor-parallel collectives that the stack
	// overlaps with multiplications, 0 to 1.
	OverlapTP float64
	// GatherContext gathers keys and values of a context-parallel group before
	// the attention core, exposed, instead of passing them round a ring behind
	// it (Llama 3 report, section 3.3.2).
	GatherContext bool
	// CausalFLOPs counts half of the attention core in FLOPs and MFU: the half
	// that a causal mask leaves. Times do not depend on it.
	CausalFLOPs bool
	// OverlapExperts hides dispatch and combine behind a second micro-batch,
	// as DualPipe does.
	OverlapExperts bool
}

// String returns the layout in the field's abbreviations, degrees of 1 left
// out.
func (l TrainLayout) String() string {
	l = l.withDefaults()
	var b strings.Builder
	for _, d := range []struct {
		name  string
		value int
	}{{"TP", l.TP}, {"CP", l.CP}, {"PP", l.PP}, {"EP", l.EP}, {"DP", l.DP}, {"VPP", l.VPP}} {
		if d.value > 1 || d.name == "DP" {
			fmt.Fprintf(&b, "%s %d, ", d.name, d.value)
		}
	}
	fmt.Fprintf(&b, "micro-batch %d, ZeRO %d, recompute %s", l.MicroBatch, l.ZeRO, l.Recompute)
	if l.PP > 1 {
		fmt.Fprintf(&b, ", %s", l.Schedule)
	}
	return b.String()
}
