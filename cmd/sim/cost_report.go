package main

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
)

// costReport is what sim cost prints. Sizes are bytes, times seconds.
type costReport struct {
	Model   string     `json:"model"`
	GPU     string     `json:"gpu"`
	GPUs    int        `json:"gpus"`
	Layout  string     `json:"layout"`
	Misfit  string     `json:"does_not_fit,omitempty"` // what was asked for, and why not
	Memory  costMemory `json:"memory"`
	Prefill costStep   `json:"prefill"`
	Decode  []costStep `json:"decode"`

	serving *perf.Serving
	context int
}

// costMemory is where the memory of one GPU goes.
type costMemory struct {
	HBM         float64 `json:"hbm_bytes"`
	Usable      float64 `json:"usable_bytes"`
	Weights     float64 `json:"weights_bytes"`
	Workspace   float64 `json:"workspace_bytes"`
	KV          float64 `json:"kv_bytes"`
	KVToken     float64 `json:"kv_bytes_per_token"`
	ReplicaBits float64 `json:"replica_weights_bytes"`
	Tokens      int64   `json:"kv_tokens"`
}

// costStep is one engine step.
type costStep struct {
	Batch     int     `json:"batch"`
	Context   int     `json:"context"`
	Step      float64 `json:"step_s"`
	Matrix    float64 `json:"matrix_s"`
	Linear    float64 `json:"linear_s"`
	Attention float64 `json:"attention_s"`
	Weights   float64 `json:"read_weights_s"`
	KV        float64 `json:"read_kv_s"`
	Comm      float64 `json:"comm_s"`
	Host      float64 `json:"host_s"`
	Bound     string  `json:"bound"`
	PerGPU    float64 `json:"tokens_per_s_per_gpu"`
	USD       float64 `json:"usd_per_million_tokens"`
	Joule     float64 `json:"joule_per_token"`
	KVFits    bool    `json:"kv_fits"`

	time perf.StepTime
}

func newCostReport(s *perf.Serving, misfit *perf.FitError, batches []int, context int) *costReport {
	r := &costReport{
		Model: s.Model.Name, GPU: s.GPU.Name, GPUs: s.GPUs(), Layout: s.Layout.String(), serving: s, context: context,
		Memory: costMemory{
			HBM: s.Memory.HBM, Usable: s.Memory.Usable, Weights: s.Memory.Weights, Workspace: s.Memory.Workspace,
			KV: s.Memory.KV, KVToken: s.Memory.KVToken, ReplicaBits: s.WeightBytes(), Tokens: s.KVTokens(),
		},
	}
	if misfit != nil {
		r.Misfit = misfit.Error()
	}
	chunk := min(context, s.Options.MaxTokens)
	r.Prefill = r.step(chunk, chunk, s.PrefillStep(chunk, 0))
	r.Prefill.Batch, r.Prefill.KVFits = 1, int64(context) <= s.KVTokens()
	for _, b := range batches {
		step := r.step(b, b, s.DecodeStep(b, context))
		step.Context, step.KVFits = context, int64(b)*int64(context) <= s.KVTokens()
		r.Decode = append(r.Decode, step)
	}
	return r
}

// step describes a step that computes so many tokens. Its energy counts every
// GPU at its TDP: an upper bound.
func (r *costReport) step(batch, tokens int, t perf.StepTime) costStep {
	gpuSeconds := t.Total() * float64(r.GPUs) / float64(tokens)
	return costStep{
		Batch: batch, Context: tokens, Step: t.Total(), Matrix: t.Matrix(), Linear: t.Linear + t.ExpertLinear, Attention: t.Attention + t.LocalAttention, Weights: t.Weights + t.ExpertWeights, KV: t.KV + t.LocalKV, time: t,
		Comm: t.Comm, Host: t.Host, Bound: t.Bound(), PerGPU: 1 / gpuSeconds,
		USD: gpuSeconds / 3600 * r.serving.GPU.USDPerHour * 1e6, Joule: gpuSeconds * r.serving.GPU.TDPWatts,
	}
}

// printCost prints the report in the format asked for.
func (a *app) printCost(r *costReport) error {
	if a.format == "json" {
		e := json.NewEncoder(a.stdout)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	steps := a.newTable()
	steps.AppendHeader(table.Row{"step", "tokens", "ms", "bound by", "matrix", "linear", "weights", "attention", "KV", "comm", "host", "tok/s/GPU", "$/M tok", "J/tok", ""})
	steps.AppendRow(r.row("prefill", &r.Prefill))
	for i := range r.Decode {
		steps.AppendRow(r.row("decode", &r.Decode[i]))
	}
	if a.format == "csv" {
		_, err := fmt.Fprintln(a.stdout, steps.RenderCSV())
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "%s\n\n%s\n\n%s\n", r.heading(), render(steps, a.format), r.formulas())
	return err
}

func (r *costReport) row(kind string, s *costStep) table.Row {
	ms := func(v float64) string { return fmt.Sprintf("%.3g", v*1e3) }
	note := ""
	if !s.KVFits {
		note = fmt.Sprintf("KV of %d tokens does not fit", s.Batch*r.context)
	}
	tokens := s.Batch
	if kind == "prefill" {
		tokens = s.Context
	}
	return table.Row{kind, tokens, ms(s.Step), s.Bound, ms(s.Matrix), ms(s.Linear), ms(s.Weights), ms(s.Attention), ms(s.KV), ms(s.Comm), ms(s.Host),
		fmt.Sprintf("%.0f", s.PerGPU), fmt.Sprintf("%.3g", s.USD), fmt.Sprintf("%.2g", s.Joule), note}
}

// heading says what fits.
func (r *costReport) heading() string {
	s, m := r.serving, r.Memory
	var b strings.Builder
	if r.Misfit != "" {
		fmt.Fprintf(&b, "%s\n\n", r.Misfit)
	}
	fmt.Fprintf(&b, "%s on %d × %s (%s), weights %s, KV %s\n", r.Model, r.GPUs, r.GPU, r.Layout, s.Precision.Weights, s.Precision.KV)
	fmt.Fprintf(&b, "per GPU    %.1f GiB HBM × %.2f = %.1f GiB usable = %.1f GiB weights + %.1f GiB workspace + %.1f GiB KV\n",
		m.HBM/gib, s.Options.MemoryUtilization, m.Usable/gib, m.Weights/gib, m.Workspace/gib, m.KV/gib)
	fmt.Fprintf(&b, "weights    %.1f GB in all (%.1f B parameters)\n", m.ReplicaBits/1e9, s.Model.ParamsTotal()/1e9)
	fmt.Fprintf(&b, "KV cache   %.0f values × %g B per token, %.0f B of it on each GPU: %d tokens fit (%d blocks of 16)",
		s.Model.KVValues(), s.Precision.KV.Bytes(), m.KVToken, m.Tokens, m.Tokens/16)
	return b.String()
}

const gib = 1 << 30

// formulas prints the roofs with their numbers put in, for the largest decode
// batch.
func (r *costReport) formulas() string {
	s := r.serving
	last := r.Decode[len(r.Decode)-1]
	gpu, c := s.GPU, s.Coef
	var b strings.Builder
	fmt.Fprintf(&b, "By hand, for %d decodes at %d tokens of context (times in ms):\n", last.Batch, r.context)
	line := func(name, formula string, args ...any) {
		fmt.Fprintf(&b, "  %-9s = %s\n", name, fmt.Sprintf(formula, args...))
	}
	tokens := s.StepTokens(last.Batch)
	dense, experts := s.ActiveParams()
	ranks, uneven := s.Imbalance()
	active, busiest := fmt.Sprintf("%.2f B active parameters", (dense+experts)/1e9), ""
	if experts > 0 {
		active = fmt.Sprintf("(%.2f B × %.2f of the busiest rank + %.2f B of experts × %.2f of the busiest ÷ %.2f)", dense/1e9, ranks, experts/1e9, uneven, c.Experts)
	}
	if ranks > 1 {
		busiest = fmt.Sprintf(" × %.2f", ranks)
	}
	line("linear", "2 × %s × %d tokens with padding ÷ (%d GPUs × %.1f TFLOP/s %s × %.2f) = %.3g",
		active, tokens, r.GPUs, gpu.FLOPS(s.Precision.Compute)/1e12, s.Precision.Compute, c.Compute, last.Linear*1e3)
	line("weights", "%.1f GB touched ÷ (%d GPUs of a stage × %.2f TB/s × %.2f) = %.3g", s.StepWeightBytes(last.Batch)/1e9, s.GPUs()/s.Layout.PP, gpu.HBMBandwidth/1e12, c.Bandwidth, last.Weights*1e3)
	t := &last.time
	between := fmt.Sprintf("%d tokens × %.3g MB between ÷ (%.2f TB/s × %.2f) × %.2f", tokens/s.Layout.DP, s.ElementwiseBytes()/1e6, gpu.HBMBandwidth/1e12, c.Bandwidth, c.Elementwise)
	if experts > 0 {
		line("matrix", "max(%.3g, %.3g) + of experts max(%.3g, %.3g) + %s = %.3g", t.Linear*1e3, t.Weights*1e3, t.ExpertLinear*1e3, t.ExpertWeights*1e3, between, last.Matrix*1e3)
	} else {
		line("matrix", "max(linear, weights) + %s = %.3g", between, last.Matrix*1e3)
	}
	read, readLocal := s.KVReadBytes()
	line("attention", "%d × %d pairs × %.3g MFLOP%s ÷ (%d GPUs × %.1f TFLOP/s bf16 × %.2f) = %.3g",
		last.Batch, r.context, s.Model.PairFLOPs(true)/1e6, busiest, r.GPUs, gpu.FLOPS(fleet.BF16)/1e12, c.Attention, t.Attention*1e3)
	line("KV", "%d × %d tokens × %.0f B%s ÷ (%.2f TB/s × %.2f) = %.3g", last.Batch, r.context, read, busiest, gpu.HBMBandwidth/1e12, c.KVBandwidth, t.KV*1e3)
	inSpan := ""
	if s.Model.LocalLayers > 0 {
		attended := s.Model.Span().Attended(int64(max(r.context, 1)))
		both := math.Max(t.LocalAttention, t.LocalKV) * 1e3
		line("local", "%d layers at %d of the %d tokens: max(%d × %d pairs × %.3g MFLOP, %d × %d tokens × %.0f B) over the same = max(%.3g, %.3g) = %.3g", s.Model.LocalLayers, attended, r.context,
			last.Batch, attended, s.Model.LocalPairFLOPs(true)/1e6, last.Batch, attended, readLocal, t.LocalAttention*1e3, t.LocalKV*1e3, both)
		inSpan = fmt.Sprintf(" + %.3g of local layers", both)
	}

	if r.GPUs > 1 {
		line("comm", "%s = %.3g", r.commFormula(last.Batch), last.Comm*1e3)
	}
	line("host", "%.3g per step + %d layers × %.3g + %d with experts × %.3g + %d requests × (%.3g + %d logits × %.3g) = %.3g",
		c.Host*1e3, s.Model.Layers, c.Layer*1e3, s.Model.MoELayers(), c.MoELayer*1e3, last.Batch, c.Sequence*1e3, s.Model.Vocab, c.Logit*1e3, last.Host*1e3)
	line("step", "host + comm + matrix + max(attention, KV) = %.3g + %.3g + %.3g + max(%.3g, %.3g)%s = %.3g",
		last.Host*1e3, last.Comm*1e3, last.Matrix*1e3, t.Attention*1e3, t.KV*1e3, inSpan, last.Step*1e3)
	line("$/M tok", "%d GPUs × %.4g s ÷ %d tokens ÷ 3600 × $%.2f × 10⁶ = %.3g", r.GPUs, last.Step, last.Batch, gpu.USDPerHour, last.USD)
	fmt.Fprintf(&b, "J/tok counts every GPU at its TDP, %.0f W. Coefficients: %s.", gpu.TDPWatts, "calibration "+s.CalibrationName)
	return b.String()
}

// commFormula prints the collectives of a step of so many tokens. With
// data-parallel attention an all-reduce of each MoE layer becomes a dispatch and
// a combine.
func (r *costReport) commFormula(tokens int) string {
	s, l := r.serving, r.serving.Layout
	link, latency, pipeline := s.Links()
	micro := (s.StepTokens(tokens)/l.DP + l.PP - 1) / l.PP
	kB := float64(micro*s.Model.Hidden) * fleet.BF16.Bytes() / 1e3
	var parts []string
	if l.TP > 1 {
		reduces := 2 * s.Model.Layers
		if l.DP > 1 {
			reduces -= s.Model.MoELayers()
		}
		parts = append(parts, fmt.Sprintf("%d all-reduces × (2·%d/%d × %d tokens' %.0f kB ÷ (%.0f GB/s × %.2f) + %.0f µs)",
			reduces, l.TP-1, l.TP, micro, kB, link/1e9, s.Coef.Collective, latency*1e6))
	}
	if l.DP > 1 {
		parts = append(parts, fmt.Sprintf("%d dispatches and combines × %.3g µs", s.Model.MoELayers(), s.ExchangeSeconds(micro)*1e6))
	}
	if l.PP > 1 {
		parts = append(parts, fmt.Sprintf("%d transfers × (%.0f kB ÷ (%d × %.0f GB/s × %.2f) + %.0f µs)",
			l.PP, kB, l.TP, pipeline/1e9, s.Coef.Collective, s.Coef.NetLatency*1e6))
	}
	sum := strings.Join(parts, " + ")
	if s.Options.OverlapBatches {
		sum = "what the other half of the batch does not hide of " + sum
	}
	return sum
}
