package perf

import (
	"testing"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// Fewer bits read faster and leave more room; embeddings stay in 16 bits.
func TestNarrowFormatsReadFasterAndLeaveRoom(t *testing.T) {
	const batch, context = 64, 4000
	at := func(p Precision) (*Serving, StepTime) {
		s := replica(t, "Llama-3.1-70B", "B200", Layout{TP: 2}, p, plain(nil), Options{})
		return s, s.DecodeStep(batch, context)
	}
	wide, wideStep := at(Precision{})
	p := wide.Model.Params()
	body, table := p.Total()-p.Embeddings, wide.Model.embeddingParams()
	for _, c := range []struct {
		format fleet.Format
		bytes  float64
		rate   float64 // FLOP/s of the units that compute in it
	}{{fleet.FP8, 1, wide.GPU.FP8}, {fleet.FP4, 0.5 + 1./32, wide.GPU.FP4}} { // 4 bits, and 8 of scale for every 32 values
		s, step := at(Precision{Weights: c.format, KV: c.format})
		near(t, string(c.format)+" weights read", step.Weights/wideStep.Weights, (body*c.bytes+table*2)/(body*2+table*2))
		near(t, string(c.format)+" weights held", wide.Memory.Weights-s.Memory.Weights, body*(2-c.bytes)/2)
		near(t, string(c.format)+" KV read", step.KV/wideStep.KV, c.bytes/2)
		near(t, string(c.format)+" KV per token", s.Memory.KVToken/wide.Memory.KVToken, c.bytes/2)
		near(t, string(c.format)+" matrix multiplications", wideStep.Linear/step.Linear, c.rate/wide.GPU.BF16)
		near(t, string(c.format)+" attention, which is in 16 bits", step.Attention, wideStep.Attention)
	}
}

// A pipeline spreads weights, KV and arithmetic over its stages; every stage reads
// its weights once per micro-batch, and so a step reads as long as without.
func TestAPipelineSpreadsLayers(t *testing.T) {
	const batch, context = 64, 2000
	one := replica(t, "Llama-3.1-70B", "H200", Layout{TP: 4}, Precision{}, plain(nil), Options{})
	two := replica(t, "Llama-3.1-70B", "H200", Layout{TP: 4, PP: 2}, Precision{}, plain(nil), Options{})
	a, b := one.DecodeStep(batch, context), two.DecodeStep(batch, context)
	near(t, "weights per GPU", two.Memory.Weights, one.Memory.Weights/2)
	near(t, "KV per token and GPU", two.Memory.KVToken, one.Memory.KVToken/2)
	near(t, "matrix multiplications", b.Linear, a.Linear/2)
	near(t, "attention", b.Attention, a.Attention/2)
	near(t, "KV read", b.KV, a.KV/2)
	near(t, "weights read", b.Weights, a.Weights)
	// Two micro-batches of 32, each through half of the layers' all-reduces at a
	// time; then a transfer between stages, twice.
	activations := 32 * 8192 * 2.
	reduces := 2 * 80 * (2*3/4.*activations/(one.GPU.ScaleUpBandwidth*0.5) + 1e-5)
	transfers := 2 * (activations/4/(one.GPU.NICBandwidth*0.5) + 2e-5)
	near(t, "communication", b.Comm, reduces+transfers)
}
