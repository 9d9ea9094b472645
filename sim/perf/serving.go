package perf

import (
	"fmt"
	"math"

	"github.com/jevons-sim/jevons/internal/fmath"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// Layout says how one replica of a model is spread over GPUs. Zero degrees
// count as 1.
type Layout struct {
	TP int // tensor parallel: every layer is cut over TP GPUs
	PP int // pipeline parallel: layers are spread over PP stages
	EP int // expert parallel: whole experts on EP of the TP GPUs, reached by all-to-all
}

func (l Layout) withDefaults() Layout {
	return Layout{TP: max(l.TP, 1), PP: max(l.PP, 1), EP: max(l.EP, 1)}
}

// GPUs returns the GPUs of one replica.
func (l Layout) GPUs() int { l = l.withDefaults(); return l.TP * l.PP }

// String returns the layout as engineers write it: "TP8", "TP8 PP2".
func (l Layout) String() string {
	l = l.withDefaults()
	s := fmt.Sprintf("TP%d", l.TP)
	if l.PP > 1 {
		s += fmt.Sprintf(" PP%d", l.PP)
	}
	if l.EP > 1 {
		s += fmt.Sprintf(" EP%d", l.EP)
	}
	return s
}

// Precision is the formats a replica uses. Empty fields take the model's
// native format for weights, BF16 for KV, and the weights' for computing.
type Precision struct{ Weights, KV, Compute fleet.Format }

func (p Precision) withDefaults(m *Model) Precision {
	if p.Weights == "" {
		p.Weights = m.Native
	}
	if p.KV == "" {
		p.KV = fleet.BF16
	}
	if p.Compute == "" {
		p.Compute = p.Weights
	}
	return p
}

// Options are engine settings that the cost model depends on.
type Options struct {
	MemoryUtilization float64 // share of HBM that the engine may use; 0 = 0.9
	MaxTokens         int     // largest number of query tokens in a step; 0 = 8192
}

// DefaultMemoryUtilization is the share of HBM an engine claims by default.
const DefaultMemoryUtilization = 0.9

// Serving is the cost model of one replica: a model on GPUs in a layout. It is
// immutable.
type Serving struct {
	Model     Model
	GPU       fleet.GPU
	NodeGPUs  int
	Layout    Layout
	Precision Precision
	Options   Options
	Coef      ServingCoefficients
	Memory    Memory
	// CalibrationName is where Coef came from.
	CalibrationName string
	// ScheduleAhead says that the engine forms a batch one step ahead.
	ScheduleAhead bool

	params     Params
	expertUse  float64 // bytes of all routed experts of the replica
	otherUse   float64 // bytes of all other weights that a step reads
	tpLink     float64 // B/s between the GPUs of a TP group
	tpLatency  float64
	tpNetworks bool // the TP group crosses nodes
}

// Memory is where one GPU's memory goes, in bytes.
type Memory struct {
	HBM       float64 // of the GPU
	Usable    float64 // HBM × utilisation
	Weights   float64
	Workspace float64
	KV        float64 // left for the KV cache
	KVToken   float64 // that one context token takes
}

// FitError says that a replica does not fit its GPUs.
type FitError struct {
	Model    string
	GPU      string
	Layout   Layout
	Memory   Memory
	Smallest Layout // the smallest layout that fits; zero = none up to 64 GPUs was found
}

// Error implements error.
func (e *FitError) Error() string {
	s := fmt.Sprintf("%s does not fit on %d × %s (%v): weights %.1f GB + workspace %.1f GB per GPU, %.1f GB usable of %.0f GB",
		e.Model, e.Layout.GPUs(), e.GPU, e.Layout, e.Memory.Weights/1e9, e.Memory.Workspace/1e9, e.Memory.Usable/1e9, e.Memory.HBM/1e9)
	if e.Smallest != (Layout{}) {
		s += fmt.Sprintf("; it fits on %d (%v)", e.Smallest.GPUs(), e.Smallest)
	}
	return s
}

// NewServing returns the cost model of a replica, or an error: an impossible
// layout, or a *FitError when the weights leave no memory for KV.
func NewServing(m Model, g fleet.GPU, nodeGPUs int, l Layout, p Precision, c Calibration, o Options) (*Serving, error) {
	s, err := newServing(m, g, nodeGPUs, l, p, c, o)
	if err != nil {
		return nil, err
	}
	if s.Memory.KV < math.Max(s.Memory.KVToken, 1) {
		e := &FitError{Model: m.Name, GPU: g.Name, Layout: s.Layout, Memory: s.Memory}
		if small, err := SmallestLayout(m, g, nodeGPUs, p, c, o); err == nil {
			e.Smallest = small.Layout
		}
		return nil, e
	}
	return s, nil
}

// SmallestLayout returns the cost model of the smallest replica that fits,
// among powers of two of tensor parallelism within a node, then pipelines of
// whole nodes. "Fits" leaves room for at least one full default batch of KV:
// 8,192 tokens.
func SmallestLayout(m Model, g fleet.GPU, nodeGPUs int, p Precision, c Calibration, o Options) (*Serving, error) {
	var layouts []Layout
	for tp := 1; tp <= nodeGPUs; tp *= 2 {
		layouts = append(layouts, Layout{TP: tp})
	}
	for pp := 2; pp <= 8; pp++ {
		layouts = append(layouts, Layout{TP: nodeGPUs, PP: pp})
	}
	for _, l := range layouts {
		s, err := newServing(m, g, nodeGPUs, l, p, c, o)
		if err == nil && s.Memory.KV >= 8192*s.Memory.KVToken && s.Memory.KV > 0 {
			return s, nil
		}
	}
	return nil, fmt.Errorf("%s fits no layout of up to %d × %s", m.Name, 8*nodeGPUs, g.Name)
}

func newServing(m Model, g fleet.GPU, nodeGPUs int, l Layout, p Precision, c Calibration, o Options) (*Serving, error) {
	l = l.withDefaults()
	if o.MemoryUtilization == 0 {
		o.MemoryUtilization = DefaultMemoryUtilization
	}
	if o.MaxTokens == 0 {
		o.MaxTokens = 8192
	}
	s := &Serving{Model: m, GPU: g, NodeGPUs: nodeGPUs, Layout: l, Precision: p.withDefaults(&m), Options: o, Coef: c.For(g), CalibrationName: c.Name, ScheduleAhead: c.ScheduleAhead, params: m.Params()}
	switch {
	case nodeGPUs < 1:
		return nil, fmt.Errorf("a node has %d GPUs, must be at least 1", nodeGPUs)
	case m.Heads%l.TP != 0:
		return nil, fmt.Errorf("tensor parallelism %d does not divide the %d attention heads of %s", l.TP, m.Heads, m.Name)
	case l.PP > m.Layers:
		return nil, fmt.Errorf("pipeline parallelism %d exceeds the %d layers of %s", l.PP, m.Layers, m.Name)
	case l.EP > 1 && !m.MoE():
		return nil, fmt.Errorf("expert parallelism %d: %s has no experts", l.EP, m.Name)
	case l.EP > 1 && (l.TP%l.EP != 0 || m.Experts%l.EP != 0):
		return nil, fmt.Errorf("expert parallelism %d must divide tensor parallelism %d and the %d experts of %s", l.EP, l.TP, m.Experts, m.Name)
	case !(o.MemoryUtilization > 0 && o.MemoryUtilization <= 1):
		return nil, fmt.Errorf("memory utilisation is %v, must be above 0 and at most 1", o.MemoryUtilization)
	}
	s.links()
	s.memory()
	return s, nil
}

// links finds the network that joins a tensor-parallel group. A group within a
// node, or within a larger scale-up domain, uses the scale-up network; GPUs
// without one talk over PCIe.
func (s *Serving) links() {
	g := s.GPU
	s.tpLatency = s.Coef.LocalLatency
	switch domain := max(g.ScaleUpDomain, s.NodeGPUs); {
	case s.Layout.TP > domain:
		s.tpLink, s.tpLatency, s.tpNetworks = g.NICBandwidth, s.Coef.NetLatency, true
	case s.Layout.TP <= g.ScaleUpDomain && g.ScaleUpBandwidth > 0:
		s.tpLink = g.ScaleUpBandwidth
	default:
		s.tpLink = pcieBandwidth
	}
	if s.tpLink == 0 {
		s.tpLink = defaultNIC
	}
}

// Links of machines whose catalogue row records none: PCIe 4.0 ×16 and a
// 100 Gbit/s card per GPU.
const (
	pcieBandwidth = 25e9
	defaultNIC    = 12.5e9
)

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
	embedding := math.Max(fleet.BF16.Bytes(), s.Precision.Weights.Bytes())
	p := s.params
	gpus := float64(s.Layout.GPUs())
	// A stage holds whole layers: the fullest has ⌈L/PP⌉ of them.
	layers := float64(s.Model.Layers)
	fullest := math.Ceil(layers/float64(s.Layout.PP)) * float64(s.Layout.PP) / layers

	s.expertUse = p.Experts * expert
	dense := float64((p.Attention + p.DenseFFN + p.Shared) * linear)
	s.otherUse = dense + float64(s.Model.embeddingParams()*embedding)
	stored := dense + s.expertUse + float64(p.Embeddings*embedding)

	kvShards := float64(s.Layout.PP)
	if s.Model.Attention != MLA {
		kvShards *= float64(min(s.Layout.TP, s.Model.KVHeads))
	}
	m := Memory{HBM: float64(s.GPU.HBMBytes), Workspace: s.Coef.Workspace}
	m.Usable = m.HBM * s.Options.MemoryUtilization
	m.Weights = stored / gpus * fullest
	m.KV = math.Max(0, m.Usable-m.Weights-m.Workspace)
	m.KVToken = s.Model.KVValues() * s.Precision.KV.Bytes() / kvShards * fullest
	s.Memory = m
}

// GPUs returns the GPUs of the replica.
func (s *Serving) GPUs() int { return s.Layout.GPUs() }

// WeightBytes returns the bytes of all weights of the replica.
func (s *Serving) WeightBytes() float64 {
	embedding := math.Max(fleet.BF16.Bytes(), s.Precision.Weights.Bytes())
	return s.otherUse + s.expertUse + float64((s.params.Embeddings-s.Model.embeddingParams())*embedding)
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

// StepTime is the duration of one engine step, by what it waits for, in
// seconds. The step takes Host + Comm + max(Compute, Memory); which of the two
// is larger says which roof binds.
type StepTime struct {
	Linear    float64 // matrix multiplications
	Attention float64 // attention arithmetic
	Weights   float64 // reading weights
	KV        float64 // reading KV cache
	Comm      float64 // collectives and pipeline transfers
	Host      float64 // host and kernel launch overheads
}

// Compute returns the time at the compute roof.
func (t StepTime) Compute() float64 { return t.Linear + t.Attention }

// Memory returns the time at the memory roof.
func (t StepTime) Memory() float64 { return t.Weights + t.KV }

// Total returns the step's duration.
func (t StepTime) Total() float64 { return t.Host + t.Comm + math.Max(t.Compute(), t.Memory()) }

// Bound names the largest part of the step: "compute", "weights", "kv",
// "comm" or "host".
func (t StepTime) Bound() string {
	body, name := t.Compute(), "compute"
	if t.Memory() > t.Compute() {
		body, name = t.Memory(), "weights"
		if t.KV > t.Weights {
			name = "kv"
		}
	}
	switch {
	case t.Comm > body && t.Comm > t.Host:
		return "comm"
	case t.Host > body:
		return "host"
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
	return t
}

// linear returns all parts that depend on the number of query tokens alone.
//
// A pipeline of PP stages works on PP micro-batches at once, each of n/PP
// tokens; a step is over when each has passed all stages, which takes PP times
// one stage. Arithmetic is therefore spread over all GPUs, while each stage
// reads its weights once per micro-batch: PP times in a step.
func (s *Serving) linear(n float64) StepTime {
	if n == 0 {
		return StepTime{}
	}
	g, c := s.GPU, s.Coef
	n = paddedTokens(n)
	tp, pp, layers := float64(s.Layout.TP), float64(s.Layout.PP), float64(s.Model.Layers)
	micro := math.Ceil(n / pp)
	linear := n * 2 * s.Model.ActiveParams() / (tp * pp) / (g.FLOPS(s.Precision.Compute) * c.Compute)
	if n > maxGraphTokens {
		linear = math.Max(linear, layers*c.Launch)
	}
	return StepTime{
		Linear:  linear,
		Weights: s.weightBytes(micro) / tp / (g.HBMBandwidth * c.Bandwidth),
		Comm:    s.comm(micro),
		Host:    c.Host + float64(layers*c.Layer) + float64(float64(s.Model.MoELayers())*c.MoELayer),
	}
}

// sequenceSeconds returns the time that one request adds to a step, whatever its
// context: the host's, and sampling from the whole vocabulary.
func (s *Serving) sequenceSeconds() float64 {
	return s.Coef.Sequence + float64(s.Coef.Logit*float64(s.Model.Vocab))
}

// Ahead returns the time in seconds from a request's arrival until the engine
// sees it.
func (s *Serving) Ahead(prompt int) float64 {
	return s.Coef.Request + float64(s.Coef.PromptToken*float64(prompt))
}

// paddedTokens returns how many tokens a step computes for n. Small batches run
// as CUDA graphs, which are captured for 1, 2, 4 and multiples of 8 tokens; the
// padding goes through the model too, experts included.
func paddedTokens(n float64) float64 {
	switch {
	case n <= 2 || n > maxGraphTokens:
		return n
	case n <= 4:
		return 4
	}
	return 8 * math.Ceil(n/8)
}

// maxGraphTokens is the largest batch of which engines capture a graph.
const maxGraphTokens = 512

// weightBytes returns the bytes of weights that a micro-batch of n tokens
// reads on its way through the model: everything but the experts that none of
// its tokens chose. With uniform routing a token misses an expert with
// probability 1 − k/E, so n tokens touch E·(1 − (1 − k/E)ⁿ) of E experts.
func (s *Serving) weightBytes(n float64) float64 {
	bytes := s.otherUse
	if s.expertUse > 0 {
		miss := fmath.Pow(1-float64(s.Model.ExpertsActive)/float64(s.Model.Experts), n)
		bytes += float64(s.expertUse * (1 - miss))
	}
	return bytes
}

// StepWeightBytes returns the bytes of weights that a step of batch decodes
// reads, over the stages of a pipeline once per micro-batch.
func (s *Serving) StepWeightBytes(batch int) float64 {
	return s.weightBytes(math.Ceil(float64(batch) / float64(s.Layout.PP)))
}

// comm returns the exposed communication of a micro-batch of n tokens on its
// way through the model: two all-reduces of activations per layer over the TP
// group; under EP the second one of an MoE layer becomes a dispatch and a
// combine; and a transfer between stages.
func (s *Serving) comm(n float64) float64 {
	tp, pp := float64(s.Layout.TP), float64(s.Layout.PP)
	activations := n * float64(s.Model.Hidden) * fleet.BF16.Bytes()
	total := 0.0
	if tp > 1 {
		bandwidth := s.tpLink * s.Coef.Collective
		allReduce := float64(2*(tp-1)/tp*activations/bandwidth) + s.tpLatency
		reduces := float64(2 * s.Model.Layers)
		if s.Layout.EP > 1 {
			moe := float64(s.Model.MoELayers())
			reduces -= moe
			k := float64(s.Model.ExpertsActive)
			exchange := k / tp * (tp - 1) / tp * n * float64(s.Model.Hidden) * (fleet.FP8.Bytes() + fleet.BF16.Bytes()) / bandwidth
			total += float64(moe * (exchange + float64(2*s.tpLatency)))
		}
		total += float64(reduces * allReduce)
	}
	if pp > 1 {
		total += float64(pp * (activations/tp/float64(s.network()*s.Coef.Collective) + s.Coef.NetLatency))
	}
	return total
}

// network returns the scale-out bandwidth per GPU, B/s.
func (s *Serving) network() float64 {
	if s.GPU.NICBandwidth > 0 {
		return s.GPU.NICBandwidth
	}
	return defaultNIC
}

// Links returns what collectives and pipeline transfers run over: the
// bandwidth, B/s per GPU and direction before efficiency, and the latency of a
// tensor-parallel collective, and the bandwidth between pipeline stages.
func (s *Serving) Links() (collective, latency, pipeline float64) {
	return s.tpLink, s.tpLatency, s.network()
}

// pairSeconds returns the time of attention per pair of tokens. Attention is
// computed in 16 bits. Decodes of MLA models attend in the latent space.
func (s *Serving) pairSeconds(decode bool) float64 {
	return s.Model.PairFLOPs(decode) / float64(s.Layout.GPUs()) / (s.GPU.FLOPS(fleet.BF16) * s.Coef.Attention)
}

// kvSeconds returns the time to read one context token's KV.
func (s *Serving) kvSeconds() float64 {
	return s.Memory.KVToken / (s.GPU.HBMBandwidth * s.Coef.KVBandwidth)
}

// Table returns the step table of the replica for steps of up to
// Options.MaxTokens query tokens.
func (s *Serving) Table() *StepTable {
	n := s.Options.MaxTokens + 1
	t := &StepTable{
		Compute: make([]int64, n), Memory: make([]int64, n), Comm: make([]int64, n),
		Host:        units(s.linear(1).Host),
		Sequence:    units(s.sequenceSeconds()),
		DecodePair:  units(s.pairSeconds(true)),
		PrefillPair: units(s.pairSeconds(false)),
		KVRead:      units(s.kvSeconds()),
		TokenFLOPs:  2 * s.Model.ActiveParams(),
		PairFLOPs:   s.Model.PairFLOPs(false),
		WeightBytes: make([]float64, n),
		KVBytes:     s.Memory.KVToken * float64(s.Layout.GPUs()),
	}
	for i := 1; i < n; i++ {
		l := s.linear(float64(i))
		t.Compute[i], t.Memory[i], t.Comm[i] = units(l.Linear), units(l.Weights), units(l.Comm)
		t.WeightBytes[i] = s.StepWeightBytes(i) * float64(s.Layout.PP)
	}
	return t
}

// units converts seconds to table units, rounded once.
func units(seconds float64) int64 { return int64(math.Round(seconds * 1e9 * (1 << TableShift))) }

// GPUSecondsPerToken returns the GPU time that one output token costs when
// requests have a prompt and an output of so many tokens each and the batch is
// as full as maxSeqs and the KV memory allow. The prompt's computation is
// spread over the output tokens.
func (s *Serving) GPUSecondsPerToken(prompt, output, maxSeqs int) float64 {
	prompt, output = max(prompt, 1), max(output, 1)
	batch := int(min(int64(maxSeqs), max(1, s.KVTokens()/int64(prompt+output))))
	step := s.DecodeStep(batch, prompt+output/2).Total()
	chunk := min(prompt, s.Options.MaxTokens)
	prefill := s.PrefillStep(chunk, 0).Total() / float64(chunk) * float64(prompt)
	perRequest := prefill + float64(float64(output-1)*step/float64(batch)) // the prompt's last step yields the first token
	return perRequest * float64(s.GPUs()) / float64(output)
}
