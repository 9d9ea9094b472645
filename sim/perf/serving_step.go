package perf

import (
	"math"

	"github.com/jevons-sim/jevons/internal/fmath"
)

// StepTime is the duration of one engine step, by what it waits for, in
// seconds. Operations run one after the other, each at the roof that binds it:
// the step takes Host + Comm + Matrix() + max(Attention, KV) + max(LocalAttention, LocalKV).
type StepTime struct {
	Linear        float64 // arithmetic of matrix multiplications outside of routed experts
	Weights       float64 // reading their weights
	ExpertLinear  float64 // the same of routed experts
	ExpertWeights float64
	Between       float64 // kernels between matrix multiplications
	Launch        float64 // launching all of these, where that is not done ahead
	Attention     float64 // attention arithmetic
	KV            float64 // reading KV cache
	// The same two of layers that attend to a span of the context only.
	LocalAttention, LocalKV float64
	Comm                    float64 // collectives and pipeline transfers
	Host                    float64 // host and kernel launch overheads
}

// Compute returns the time that arithmetic alone would take.
func (t StepTime) Compute() float64 {
	return t.Linear + t.ExpertLinear + t.Between + t.Attention + t.LocalAttention
}

// Memory returns the time that reading weights and KV alone would take.
func (t StepTime) Memory() float64 { return t.Weights + t.ExpertWeights + t.KV + t.LocalKV }

// Matrix returns the time of matrix multiplications and what stands between
// them.
func (t StepTime) Matrix() float64 {
	return math.Max(t.Launch, math.Max(t.Linear, t.Weights)+math.Max(t.ExpertLinear, t.ExpertWeights)+t.Between)
}

// Total returns the step's duration.
func (t StepTime) Total() float64 {
	return t.Host + t.Comm + t.Matrix() + math.Max(t.Attention, t.KV) + math.Max(t.LocalAttention, t.LocalKV)
}

// Bound names what the step waits for most: "compute", "weights", "kv", "comm"
// or "host".
func (t StepTime) Bound() string {
	compute, weights, kv := t.Between, 0.0, 0.0
	atRoof := func(arithmetic, read float64, memory *float64) {
		if arithmetic >= read {
			compute += arithmetic
		} else {
			*memory += read
		}
	}
	atRoof(t.Linear, t.Weights, &weights)
	atRoof(t.ExpertLinear, t.ExpertWeights, &weights)
	atRoof(t.Attention, t.KV, &kv)
	atRoof(t.LocalAttention, t.LocalKV, &kv)
	name, most := "compute", compute
	for _, p := range []struct {
		name string
		time float64
	}{{"weights", weights}, {"kv", kv}, {"comm", t.Comm}, {"host", math.Max(t.Host, t.Launch)}} {
		if p.time > most {
			name, most = p.name, p.time
		}
	}
	return name
}

// DecodeStep returns the duration of a step of batch decodes whose contexts
// are context tokens each.
func (s *Serving) DecodeStep(batch, context int) StepTime {
	t := s.linear(float64(batch))
	t.Host += float64(float64(batch) * s.sequenceSeconds())
	pairs := float64(batch) * float64(context)
	t.Attention = pairs * s.pairSeconds(true)
	t.KV = pairs * s.kvSeconds()
	s.local(&t, batch, max(context-1, 0), 1, true)
	return t
}

// PrefillStep returns the duration of a step that computes a prompt chunk of
// tokens behind context tokens computed before.
func (s *Serving) PrefillStep(tokens, context int) StepTime {
	t := s.linear(float64(tokens))
	t.Host += s.sequenceSeconds()
	n, c := float64(tokens), float64(context)
	t.Attention = (float64(n*c) + float64(n*(n+1)/2)) * s.pairSeconds(false)
	t.KV = (c + n) * s.kvSeconds()
	s.local(&t, 1, context, tokens, false)
	return t
}

// linear returns all parts that depend on the number of query tokens alone.
//
// A pipeline of PP stages works on PP micro-batches at once, each of n/PP
// tokens; a step is over when each has passed all stages, which takes PP times
// one stage. Arithmetic is therefore spread over all GPUs, while each stage
// reads its weights once per micro-batch: PP times in a step. Data-parallel
// ranks share tokens evenly.
//
// Overlapped batches run in two halves: each computes while the other
// communicates, for which weights are read twice.
func (s *Serving) linear(n float64) StepTime {
	if n == 0 {
		return StepTime{}
	}
	halves := 1.0
	if s.Options.OverlapBatches {
		halves = 2
	}
	c := s.Coef
	pp, layers := float64(s.Layout.PP), float64(s.Model.Layers)
	rank := s.paddedTokens(math.Ceil(n / float64(s.Layout.DP))) // tokens of each data-parallel rank
	micro := math.Ceil(rank / float64(pp*halves))
	dense, experts := s.tokenSeconds()
	other, used := s.rankWeightBytes(micro)
	read := halves / float64(s.Layout.TP) / (s.GPU.HBMBandwidth * c.Bandwidth)
	t := StepTime{
		Linear: rank * dense, ExpertLinear: rank * experts,
		Weights: other * read, ExpertWeights: used * read,
		Between: rank * s.elementwiseSeconds(),
		Comm:    halves * s.comm(micro),
		Host:    c.Host + float64(layers*c.Layer) + float64(float64(s.Model.MoELayers())*c.MoELayer),
	}
	if rank > maxGraphTokens {
		t.Launch = layers * c.Launch
	} else if s.Options.Eager {
		// Launching hides all that the GPU does, small kernels and collectives too.
		t.Launch = math.Max(0, float64(layers*c.Launch)-(t.Host-c.Host)-t.Comm)
	}
	if s.Options.OverlapBatches {
		// What attention and the KV cache take would hide more, but is not known
		// from n alone.
		t.Comm = math.Max(0, t.Comm-t.Matrix())
	}
	return t
}

// StepTokens returns how many tokens a step of so many computes, padding
// included.
func (s *Serving) StepTokens(n int) int {
	dp := s.Layout.DP
	return int(s.paddedTokens(float64((n+dp-1)/dp))) * dp
}

// ActiveParams returns the parameters that a token is multiplied with outside
// and inside of routed experts.
func (s *Serving) ActiveParams() (dense, experts float64) {
	if s.Model.MoE() {
		experts = s.params.Experts * float64(s.Model.ExpertsActive) / float64(s.Model.Experts)
	}
	return s.Model.ActiveParams() - experts, experts
}

// Imbalance returns how much busier than the mean the busiest data-parallel rank
// is, and the busiest GPU's experts.
func (s *Serving) Imbalance() (ranks, experts float64) {
	ranks, experts = 1, 1
	if s.Layout.DP > 1 {
		ranks = s.Coef.Ranks
	}
	if s.Layout.EP > 1 {
		experts = s.Coef.Imbalance
	}
	return ranks, experts
}

// tokenSeconds returns the time of matrix multiplications per token of each
// data-parallel rank, outside and inside of routed experts. All wait for the
// busiest.
func (s *Serving) tokenSeconds() (outside, inside float64) {
	dense, experts := s.ActiveParams()
	ranks, uneven := s.Imbalance()
	perParam := 2 / float64(s.Layout.TP*s.Layout.PP) / (s.GPU.FLOPS(s.Precision.Compute) * s.Coef.Compute)
	return dense * ranks * perParam, experts * uneven / s.Coef.Experts * perParam
}

// sequenceSeconds returns the time that one request adds to a step, whatever its
// context: the host's, and sampling from the whole vocabulary. Data-parallel ranks
// have a host process each.
func (s *Serving) sequenceSeconds() float64 {
	return (s.Coef.Sequence + float64(s.Coef.Logit*float64(s.Model.Vocab))) / float64(s.Layout.DP)
}

// Ahead returns the time in seconds from a request's arrival until the engine
// sees it.
func (s *Serving) Ahead(prompt int) float64 {
	return s.Coef.Request + float64(s.Coef.PromptToken*float64(prompt))
}

// paddedTokens returns how many tokens a step computes for n. Small batches run
// as CUDA graphs, which are captured for 1, 2, 4 and multiples of 8 tokens; the
// padding goes through the model too, experts included.
func (s *Serving) paddedTokens(n float64) float64 {
	switch {
	case s.Options.Eager || n <= 2 || n > maxGraphTokens:
		return n
	case n <= 4:
		return 4
	}
	return 8 * math.Ceil(n/8)
}

// maxGraphTokens is the largest batch of which engines capture a graph.
const maxGraphTokens = 512

// rankWeightBytes returns the bytes of weights that the GPUs of one
// data-parallel rank read for a micro-batch of n tokens of each rank, outside of
// routed experts and of those: all but the ones that none of the tokens chose.
// With uniform routing a token misses an expert with probability 1 − k/E, so n
// tokens touch E·(1 − (1 − k/E)ⁿ) of E experts.
func (s *Serving) rankWeightBytes(n float64) (other, experts float64) {
	if s.expertUse > 0 {
		dp := float64(s.Layout.DP)
		miss := fmath.Pow(1-float64(s.Model.ExpertsActive)/float64(s.Model.Experts), float64(n*dp))
		experts = s.expertUse / dp * (1 - miss)
	}
	return s.otherUse, experts
}

// StepWeightBytes returns the bytes of weights that a replica reads in a step of
// batch decodes, over the stages of a pipeline once per micro-batch.
func (s *Serving) StepWeightBytes(batch int) float64 {
	n := math.Ceil(float64(batch) / float64(s.Layout.PP*s.Layout.DP))
	other, experts := s.rankWeightBytes(n)
	return (other + experts) * float64(s.Layout.DP)
}
