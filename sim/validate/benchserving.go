package validate

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jevons-sim/jevons/sim/perf"
)

// This file reads the results that vLLM's load generator saves (vllm bench
// serve, formerly benchmark_serving.py, with --save-result): one JSON object per
// run, or several, one after another.
//
// The file says what was sent and what came back, not what served it. That comes
// from the generator's --metadata, or from defaults that the caller gives, by the
// names of experiments' columns: gpu, tp, precision, max_num_seqs,
// max_num_batched_tokens, gpu_memory_utilization, kv_blocks_16tok.

// benchKeys are the measured figures, in milliseconds, and what comparisons call
// them. Time per output token is what a request's mean inter-token latency is
// called there.
var benchKeys = []struct{ key, metric string }{
	{"mean_ttft_ms", "ttft_mean"}, {"p90_ttft_ms", "ttft_p90"}, {"p99_ttft_ms", "ttft_p99"},
	{"mean_tpot_ms", "itl_mean"},
	{"mean_e2el_ms", "e2e_mean"}, {"p90_e2el_ms", "e2e_p90"}, {"p99_e2el_ms", "e2e_p99"},
	{"output_throughput", "output_tok_s"},
}

// benchRun is one object: its keys as they stand.
type benchRun struct {
	file     string
	line     int
	values   map[string]json.RawMessage
	defaults map[string]string
	err      error
}

// readBench reads results of vLLM's load generator.
func readBench(file string, r io.Reader, models Models, defaults map[string]string) (*ServingData, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	d := &ServingData{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	for decoder.More() {
		b := benchRun{file: file, defaults: defaults}
		before := text[:decoder.InputOffset()]
		b.line = 1 + bytes.Count(before, []byte("\n"))
		if err := decoder.Decode(&b.values); err != nil {
			return nil, fmt.Errorf("%s:%d: not a result of vLLM's load generator: %w", file, b.line, err)
		}
		c, err := b.servingCase(models, len(d.cases)+1)
		if err != nil {
			return nil, err
		}
		d.cases = append(d.cases, c)
	}
	if len(d.cases) == 0 {
		return nil, fmt.Errorf("%s: no result in the file", file)
	}
	return d, nil
}

// servingCase returns the run for comparison.
func (b *benchRun) servingCase(models Models, n int) (*servingCase, error) {
	x := &experiment{
		id: fmt.Sprintf("%s-%d", strings.TrimSuffix(b.file, ".json"), n), model: b.text("model_id", ""), gpu: b.text("gpu", ""),
		tp: b.count("tp", 1), precision: b.text("precision", "bf16"), maxSeqs: b.count("max_num_seqs", 256),
		maxTokens: b.count("max_num_batched_tokens", 8192), utilization: b.number("gpu_memory_utilization", perf.DefaultMemoryUtilization),
		kvBlocks: b.count("kv_blocks_16tok", 0),
	}
	stage := loadStage{requests: b.count("num_prompts", 0), concurrency: b.count("max_concurrency", 0), burstiness: b.number("burstiness", 1)}
	load := "all at once"
	if rate := b.text("request_rate", "inf"); rate != "inf" {
		stage.rate = b.number("request_rate", 0)
		load = rate + " requests/s"
	}
	if stage.concurrency > 0 {
		load += fmt.Sprintf(", at most %d", stage.concurrency)
	}
	prompts := b.prompts(stage.requests)
	measured := measuredStage{name: load, stages: []int{0}}
	for _, k := range benchKeys {
		if _, ok := b.values[k.key]; ok {
			measured.values = append(measured.values, measuredValue{metric: k.metric, value: b.number(k.key, 0)})
		}
	}
	switch {
	case b.err != nil:
	case stage.requests < 1:
		b.fail("num_prompts", "is missing or 0")
	case len(measured.values) == 0:
		b.fail("mean_ttft_ms", "is missing, and so is every other figure that can be compared")
	}
	if b.err != nil {
		return nil, b.err
	}
	return &servingCase{
		id: x.id, model: x.model, gpu: x.gpu, engine: cmp.Or(b.text("backend", ""), b.text("endpoint_type", "vllm")),
		group: map[string]string{"tp": fmt.Sprint(x.tp)}, stages: []measuredStage{measured},
		test: func(c perf.Calibration) (*loadTest, error) {
			t, err := x.loadTest(models, c)
			if err != nil {
				return nil, err
			}
			t.stages, t.prompts = []loadStage{stage}, prompts
			return t, nil
		},
	}, nil
}

// prompts returns the requests in order: each of its own length where the result
// has them, otherwise all of the mean length.
func (b *benchRun) prompts(n int) []prompt {
	var inputs, outputs []int32
	b.list("input_lens", &inputs)
	b.list("output_lens", &outputs)
	if len(inputs) > 0 && len(inputs) == len(outputs) {
		list := make([]prompt, len(inputs))
		for i := range list {
			list[i] = prompt{tokens: max(1, inputs[i]), output: max(1, outputs[i])}
		}
		return list
	}
	completed := max(1, b.count("completed", n))
	p := prompt{tokens: int32(b.count("total_input_tokens", 0) / completed), output: int32(b.count("total_output_tokens", 0) / completed)}
	if b.err == nil && (p.tokens < 1 || p.output < 1) {
		b.fail("total_input_tokens", "and total_output_tokens must be at least 1 per completed request")
	}
	return []prompt{p}
}

// text returns a value as text: from the result, else from the defaults, else
// as given. A value that must be there has no default.
func (b *benchRun) text(key, missing string) string {
	raw, ok := b.values[key]
	if !ok || string(raw) == "null" {
		if v, ok := b.defaults[key]; ok {
			return v
		}
		if missing == "" && (key == "gpu" || key == "model_id") {
			b.fail(key, "is not in the result: give it by --server "+key+"=…")
		}
		return missing
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

func (b *benchRun) number(key string, missing float64) float64 {
	s := b.text(key, "")
	if s == "" {
		return missing
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= 0) {
		b.fail(key, fmt.Sprintf("is %q, want a number that is not negative", s))
	}
	return v
}

func (b *benchRun) count(key string, missing int) int {
	v := b.number(key, float64(missing))
	if v != float64(int(v)) {
		b.fail(key, fmt.Sprintf("is %v, want a whole number", v))
	}
	return int(v)
}

func (b *benchRun) list(key string, to *[]int32) {
	if raw, ok := b.values[key]; ok {
		if err := json.Unmarshal(raw, to); err != nil {
			b.fail(key, "is not a list of whole numbers")
		}
	}
}

// fail keeps the first error.
func (b *benchRun) fail(key, what string) {
	if b.err == nil {
		b.err = fmt.Errorf("%s:%d: %s %s", b.file, b.line, key, what)
	}
}
