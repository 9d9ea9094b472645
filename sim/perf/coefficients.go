package perf

import (
	"fmt"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
)

// ServingCoefficients are the efficiencies and overheads of a serving engine.
type ServingCoefficients struct {
	Compute      float64 // of dense peak, large matrix multiplications
	Experts      float64 // of Compute, matrix multiplications of routed experts, each with its share of the tokens
	Attention    float64 // of BF16 peak, attention kernels
	Elementwise  float64 // HBM traffic of kernels between matrix multiplications ÷ that of ElementwiseBytes: below 1 if fused further
	Bandwidth    float64 // of HBM bandwidth, weights
	KVBandwidth  float64 // of HBM bandwidth, paged KV
	Collective   float64 // of link bandwidth, collectives
	Imbalance    float64 // tokens of the busiest GPU's experts ÷ the mean, under expert parallelism
	Ranks        float64 // work of the busiest data-parallel rank ÷ the mean: prompts come to one rank at a time
	LocalLatency float64 // s, of a collective inside the scale-up domain
	NetLatency   float64 // s, of a collective across nodes
	Layer        float64 // s per layer and step: kernels too small for a roof
	MoELayer     float64 // s more of that in a layer of experts: routing, sorting, gathering
	Launch       float64 // s per layer to launch the kernels of a step too large for a CUDA graph; hidden where the GPU takes longer
	Host         float64 // s per step: scheduling
	Sequence     float64 // s per request and step: scheduling, input and output
	Logit        float64 // s per request, step and entry of the vocabulary: sampling
	Request      float64 // s per request, before the engine sees it: API server
	PromptToken  float64 // s per prompt token of the same: tokenising, hashing
	FirstUse     float64 // s that the first step with prompts takes longer in a model of experts, whose kernels are compiled when first used; the i-th takes 1/i of that
	Workspace    float64 // bytes per GPU: activations, CUDA graphs, communication buffers
}

// coefficient is one of them as files name it.
type coefficient struct {
	name string
	kind coefficientKind
	of   func(*ServingCoefficients) *float64
}

// coefficientKind says which values make sense.
type coefficientKind uint8

const (
	amount coefficientKind = iota // at least 0
	share                         // above 0 and at most 1
	excess                        // at least 1
)

// coefficients lists them in the order of files.
var coefficients = []coefficient{
	{"compute_efficiency", share, func(s *ServingCoefficients) *float64 { return &s.Compute }},
	{"expert_efficiency", share, func(s *ServingCoefficients) *float64 { return &s.Experts }},
	{"attention_efficiency", share, func(s *ServingCoefficients) *float64 { return &s.Attention }},
	{"elementwise_traffic", amount, func(s *ServingCoefficients) *float64 { return &s.Elementwise }},
	{"bandwidth_efficiency", share, func(s *ServingCoefficients) *float64 { return &s.Bandwidth }},
	{"kv_bandwidth_efficiency", share, func(s *ServingCoefficients) *float64 { return &s.KVBandwidth }},
	{"collective_efficiency", share, func(s *ServingCoefficients) *float64 { return &s.Collective }},
	{"expert_imbalance", excess, func(s *ServingCoefficients) *float64 { return &s.Imbalance }},
	{"rank_imbalance", excess, func(s *ServingCoefficients) *float64 { return &s.Ranks }},
	{"local_latency_s", amount, func(s *ServingCoefficients) *float64 { return &s.LocalLatency }},
	{"network_latency_s", amount, func(s *ServingCoefficients) *float64 { return &s.NetLatency }},
	{"layer_overhead_s", amount, func(s *ServingCoefficients) *float64 { return &s.Layer }},
	{"moe_layer_overhead_s", amount, func(s *ServingCoefficients) *float64 { return &s.MoELayer }},
	{"layer_launch_s", amount, func(s *ServingCoefficients) *float64 { return &s.Launch }},
	{"host_overhead_s", amount, func(s *ServingCoefficients) *float64 { return &s.Host }},
	{"sequence_overhead_s", amount, func(s *ServingCoefficients) *float64 { return &s.Sequence }},
	{"logit_overhead_s", amount, func(s *ServingCoefficients) *float64 { return &s.Logit }},
	{"request_overhead_s", amount, func(s *ServingCoefficients) *float64 { return &s.Request }},
	{"prompt_token_overhead_s", amount, func(s *ServingCoefficients) *float64 { return &s.PromptToken }},
	{"moe_first_use_s", amount, func(s *ServingCoefficients) *float64 { return &s.FirstUse }},
	{"workspace_bytes", amount, func(s *ServingCoefficients) *float64 { return &s.Workspace }},
}

// CoefficientNames returns the names of the serving coefficients.
func CoefficientNames() []string {
	names := make([]string, len(coefficients))
	for i, c := range coefficients {
		names[i] = c.name
	}
	return names
}

// Get returns a coefficient by name.
func (s *ServingCoefficients) Get(name string) float64 {
	c, err := findCoefficient(name)
	if err != nil {
		panic(err)
	}
	return *c.of(s)
}

func findCoefficient(name string) (coefficient, error) {
	for _, c := range coefficients {
		if c.name == name {
			return c, nil
		}
	}
	return coefficient{}, fmt.Errorf("unknown coefficient %q: want one of %s.%s", name, strings.Join(CoefficientNames(), ", "), suggest.Hint(name, CoefficientNames()))
}

// set changes a coefficient, or says why not.
func (s *ServingCoefficients) set(name string, value float64) error {
	c, err := findCoefficient(name)
	if err != nil {
		return err
	}
	switch {
	case c.kind == share && !(value > 0 && value <= 1):
		return fmt.Errorf("%s is %v, must be above 0 and at most 1", name, value)
	case c.kind == excess && !(value >= 1):
		return fmt.Errorf("%s is %v, must be at least 1", name, value)
	case !(value >= 0):
		return fmt.Errorf("%s is %v, must not be negative", name, value)
	}
	*c.of(s) = value
	return nil
}

// with returns the coefficients with some replaced.
func (s ServingCoefficients) with(values map[string]float64) (ServingCoefficients, error) {
	for _, c := range coefficients { // in the order of files, for the same error every time
		if v, ok := values[c.name]; ok {
			if err := s.set(c.name, v); err != nil {
				return s, err
			}
		}
	}
	for _, name := range sortedKeys(values) {
		if _, err := findCoefficient(name); err != nil {
			return s, err
		}
	}
	return s, nil
}
