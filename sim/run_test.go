package sim_test

import (
	"context"
	"io/fs"
	"slices"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/traces"
)

// tb is a *testing.T or a *rapid.T.
type tb interface{ Fatalf(string, ...any) }

// noInputs is the inputs of scenarios that name no files.
type noInputs struct{}

var _ sim.Inputs = noInputs{}

// Trace implements sim.Inputs.
func (noInputs) Trace(string, string, string) (*traces.File, error) { return nil, fs.ErrNotExist }

// Read implements sim.Inputs.
func (noInputs) Read(string) ([]byte, error) { return nil, fs.ErrNotExist }

// Digests implements sim.Inputs.
func (noInputs) Digests() ([]scenario.Digest, error) { return nil, nil }

// rows keeps all rows of a run, and its timeline.
type rows struct {
	requests []result.RequestRow
	jobs     []result.JobRow
	series   []result.SeriesRow
	ledger   []result.LedgerRow

	placements []result.PlacementRow
	incidents  []result.IncidentRow
	phases     []result.Phase
	replicas   []result.ReplicaState
}

var _ result.Tracer = (*rows)(nil)

// Request implements result.Recorder.
func (r *rows) Request(x *result.RequestRow) error { r.requests = append(r.requests, *x); return nil }

// Job implements result.Recorder.
func (r *rows) Job(x *result.JobRow) error { r.jobs = append(r.jobs, *x); return nil }

// Series implements result.Recorder.
func (r *rows) Series(x *result.SeriesRow) error { r.series = append(r.series, *x); return nil }

// Ledger implements result.Recorder.
func (r *rows) Ledger(x *result.LedgerRow) error { r.ledger = append(r.ledger, *x); return nil }

// Placement implements result.Recorder.
func (r *rows) Placement(x *result.PlacementRow) error {
	r.placements = append(r.placements, *x)
	return nil
}

// Incident implements result.Recorder.
func (r *rows) Incident(x *result.IncidentRow) error {
	r.incidents = append(r.incidents, *x)
	return nil
}

// Phase implements result.Tracer.
func (r *rows) Phase(x *result.Phase) error { r.phases = append(r.phases, *x); return nil }

// Replica implements result.Tracer.
func (r *rows) Replica(x *result.ReplicaState) error {
	r.replicas = append(r.replicas, *x)
	return nil
}

// values returns a time series.
func (r *rows) values(metric string) (values []float64) {
	for _, x := range r.series {
		if x.Metric == metric {
			values = append(values, x.Value)
		}
	}
	return values
}

// equal reports whether two runs wrote the same rows.
func (r *rows) equal(o *rows) bool {
	return slices.Equal(r.requests, o.requests) && slices.Equal(r.jobs, o.jobs) && slices.Equal(r.series, o.series) && slices.Equal(r.ledger, o.ledger) &&
		slices.Equal(r.placements, o.placements) && slices.Equal(r.incidents, o.incidents) && slices.Equal(r.phases, o.phases)
}

// parse returns a scenario with some of its values set anew.
func parse(t tb, text string, set ...string) *scenario.Document {
	var overrides []scenario.Override
	for _, s := range set {
		o, err := scenario.ParseOverride(s)
		if err != nil {
			t.Fatalf("%v", err)
		}
		overrides = append(overrides, o)
	}
	doc, err := scenario.Parse("test.yaml", []byte(text), overrides...)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return doc
}

// build returns the run of a scenario.
func build(t tb, o sim.Options, text string, set ...string) *sim.Simulation {
	o.Inputs = noInputs{}
	s, err := sim.New(parse(t, text, set...), o)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return s
}

// run plays a scenario to its end.
func run(t tb, o sim.Options, text string, set ...string) (*result.Summary, *rows) {
	r := &rows{}
	summary, err := build(t, o, text, set...).Run(context.Background(), r)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return summary, r
}

// everything is a scenario of two nodes with two deployments and every kind of
// job, which compete for GPUs.
const everything = `
horizon: 2h
fleet: {pools: [{name: main, node: 8xH100, nodes: 2}]}
scheduler: {queue: priority, backfill: easy, preemption: priority}
deployments:
  - name: chat
    model: Llama-3.1-8B
    autoscale: {min: 1, max: 5, target: 20, interval: 30s, cooldown: 2m}
    priority: 100
    engine: {max_num_seqs: 32, kv_blocks: 800}
    slo: {ttft: 2s}
  - name: code
    model: Qwen3-8B
    replicas: 1
    priority: 100
    engine: {max_num_batched_tokens: 1024}
workloads:
  requests:
    - name: chat
      deployment: chat
      arrivals: {process: gamma, rate: 4/s, cv: 2, daily: {amplitude: 0.9, peak: 1h}}
      prompt: {mean: 300, cv: 1, max: 4k}
      output: {mean: 200, cv: 1, max: 2k}
      thinking: {probability: 30%, tokens: {mean: 500, cv: 1, max: 4k}}
      patience: 90s
    - name: code
      deployment: code
      arrivals: {rate: 30/m}
      prompt: {dist: uniform, min: 100, max: 3000}
      output: {mean: 100, cv: 0.5}
      sessions: {turns: {dist: uniform, min: 1, max: 5}, gap: {dist: exponential, mean: 30s}, max_prompt: 8k}
  training:
    - {name: pretrain, model: Llama-3.1-8B, steps: 20, global_batch: 64, gpus: 8, count: 3, every: 25m, priority: 10, startup: 1m, checkpoint: {interval: 5m}}
  rl:
    - name: grpo
      model: Qwen3-8B
      steps: 3
      gpus: 8
      prompts_per_step: 8
      group_size: 4
      prompt: {mean: 200, cv: 0.5, max: 1k}
      output: {mean: 800, cv: 1, max: 4k}
      submit: 20m
      priority: 20
  jobs:
    - name: mix
      arrivals: {rate: 30/h}
      gpus: [{gpus: 1, weight: 3}, {gpus: 4}]
      duration: {mean: 8m, cv: 1, max: 1h}
      preemptible: true
outputs:
  sample: 7m
  windows: [{name: early, to: 40m}, {name: late, from: 40m}]
`
