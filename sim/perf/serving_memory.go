package perf

import (
	"fmt"
	"math"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// Memory is where one GPU's memory goes, in bytes.
type Memory struct {
	HBM       float64 // of the GPU
	Usable    float64 // HBM × utilisation
	Weights   float64
	Workspace float64
	KV        float64 // left for the KV cache
	KVToken   float64 // that one context token takes, on the mean GPU of a stage
}

// FitError says that a replica does not fit its GPUs.
type FitError struct {
	Model    string
	GPU      string
	Layout   Layout
	Memory   Memory
	Smallest Layout // the smallest layout that fits; zero = none up to 64 GPUs was found
}

const gib = 1 << 30

// Error implements error.
func (e *FitError) Error() string {
	s := fmt.Sprintf("%s does not fit on %d × %s (%v): weights %.1f GiB + workspace %.1f GiB per GPU, %.1f GiB usable of %.1f GiB",
		e.Model, e.Layout.GPUs(), e.GPU, e.Layout, e.Memory.Weights/gib, e.Memory.Workspace/gib, e.Memory.Usable/gib, e.Memory.HBM/gib)
	if e.Smallest != (Layout{}) {
		s += fmt.Sprintf("; it fits on %d (%v)", e.Smallest.GPUs(), e.Smallest)
	}
	return s
}

// weightFormat returns the format of linear layers other than experts. Models
// published in FP4 keep their attention in BF16 and only the experts in FP4.
func (s *Serving) linearFormat() fleet.Format {
	if s.Precision.Weights == fleet.FP4 && s.Model.Native == fleet.FP4 {
		return fleet.BF16
	}
	return s.Precision.Weights
}

// memory fills in where one GPU's memory goes. Embeddings stay in 16 bits.
func (s *Serving) memory() {
	linear, expert := s.linearFormat().Bytes(), s.Precision.Weights.Bytes()
	embedding := s.embeddingBytes()
	p := s.params
	gpus := float64(s.GPUs())
	fullest := s.fullest()
	l := s.Layout
	// Where experts do not divide evenly, each GPU has as many slots as the
	// fullest needs; spare slots hold copies of busy experts.
	slots := 1.0
	if s.Model.MoE() {
		perGPU := math.Ceil(float64(s.Model.Experts) / float64(l.EP))
		slots = perGPU * float64(l.EP) / float64(s.Model.Experts)
	}
	s.expertUse = p.Experts * expert * slots
	dense := float64((p.Attention + p.DenseFFN + p.Shared) * linear)
	s.otherUse = dense + float64(s.Model.embeddingParams()*embedding)
	dp := float64(l.DP)
	stored := dp*(dense+float64(p.Embeddings*embedding)) + s.expertUse

	m := Memory{HBM: float64(s.GPU.HBMBytes), Workspace: s.Coef.Workspace}
	m.Usable = m.HBM * s.Options.MemoryUtilization
	m.Weights = stored / gpus * fullest
	m.KV = math.Max(0, m.Usable-m.Weights-m.Workspace)
	m.KVToken = s.kvShare(s.Model.KVValues())
	s.Memory = m
}

// fullest returns how much more the fullest stage holds than the mean one: whole
// layers, of which it has ⌈L/PP⌉.
func (s *Serving) fullest() float64 {
	layers := float64(s.Model.Layers)
	return math.Ceil(layers/float64(s.Layout.PP)) * float64(s.Layout.PP) / layers
}

// kvShare returns the bytes that one GPU has of so many values of a token's KV.
func (s *Serving) kvShare(values float64) float64 {
	shards := float64(s.Layout.PP * s.Layout.DP)
	if s.Model.Attention != MLA {
		shards *= float64(min(s.Layout.TP, s.Model.KVHeads))
	}
	return values * s.Precision.KV.Bytes() / shards * s.fullest()
}

// KVReadBytes returns the bytes of one context token's KV that a query reads on
// one GPU, in layers that attend to the whole context and in local ones.
func (s *Serving) KVReadBytes() (global, local float64) {
	return s.kvShare(s.Model.globalKVValues()), s.kvShare(s.Model.localKVValues())
}

// embeddingBytes returns the bytes of a parameter of the embeddings.
func (s *Serving) embeddingBytes() float64 {
	return math.Max(fleet.BF16.Bytes(), s.Precision.Weights.Bytes())
}

// WeightBytes returns the bytes of all weights of the replica.
func (s *Serving) WeightBytes() float64 {
	embedding := s.embeddingBytes()
	rank := s.otherUse + float64((s.params.Embeddings-s.Model.embeddingParams())*embedding)
	return float64(float64(s.Layout.DP)*rank) + s.expertUse
}

// KVTokens returns how many context tokens the replica's KV memory holds. A
// model without a KV cache is bounded by its sequences' states alone; its
// capacity is reported as the context that one state stands for per sequence.
func (s *Serving) KVTokens() int64 {
	if s.Memory.KVToken == 0 {
		state := s.Model.StateValues() * s.Precision.KV.Bytes() / float64(s.GPUs())
		return int64(s.Memory.KV/state) * int64(s.Model.Context)
	}
	return int64(s.Memory.KV / s.Memory.KVToken)
}
