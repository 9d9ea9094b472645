package validate

import (
	"strings"

	"github.com/jevons-sim/jevons/sim/perf"
)

// trainStack is what a training stack does in a step beyond its layout.
type trainStack struct {
	prefix        string // of the stack column, in lower case
	attention     perf.Attention
	noOverlap     bool    // gradients are reduced after the backward pass
	noSP          bool    // no sequence parallelism under full recomputation
	overlapTP     float64 // share of tensor-parallel collectives hidden
	gatherContext bool
	zero          int
}

// trainStacks lists the stacks whose measurements are published, the most
// specific prefix first. MegaScale's model changes (parallel blocks, sliding
// windows) are not in the model; its overlap is.
var trainStacks = []trainStack{
	{prefix: "megatron-core", overlapTP: 0.9, zero: 1},
	{prefix: "megatron-lm", attention: perf.UnfusedAttention, noOverlap: true, noSP: true},
	{prefix: "megatron-deepspeed", attention: perf.UnfusedAttention, noOverlap: true, noSP: true},
	{prefix: "ptd-p", attention: perf.UnfusedAttention, noOverlap: true, noSP: true},
	{prefix: "zero-3", attention: perf.UnfusedAttention, noOverlap: true, noSP: true, zero: 3},
	{prefix: "pytorch fsdp", attention: perf.FirstFlashAttention, zero: 3},
	{prefix: "fsdp(zero-2-like)", zero: 2, gatherContext: true},
	{prefix: "megascale", overlapTP: 0.9, zero: 2},
	{prefix: "baseline", attention: perf.UnfusedAttention, noOverlap: true, zero: 1},
	{prefix: "+parallel block", attention: perf.UnfusedAttention, noOverlap: true, zero: 1},
	{prefix: "+sliding window", attention: perf.UnfusedAttention, noOverlap: true, zero: 1},
	{prefix: "+tp overlap", attention: perf.UnfusedAttention, noOverlap: true, zero: 1, overlapTP: 0.9},
	{prefix: "+efficient operators", overlapTP: 0.9, zero: 2},
	{prefix: "+misc", overlapTP: 0.9, zero: 2},
}

// stackOf returns what the named stack does. One that is not listed counts as
// a current one: fused attention, gradients behind the backward pass, ZeRO 1.
func stackOf(name string) trainStack {
	name = strings.ToLower(name)
	for _, s := range trainStacks {
		if strings.HasPrefix(name, s.prefix) {
			return s
		}
	}
	return trainStack{zero: 1}
}
