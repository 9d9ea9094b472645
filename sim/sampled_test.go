package sim_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
)

// tidal is three days of a service that breathes with the day.
const tidal = `
horizon: 3d
warmup: 2h
fleet: {pools: [{name: main, node: 8xH200, nodes: 12}]}
deployments:
  - name: chat
    model: Llama-3.1-70B
    parallelism: {tp: 4}
    autoscale: {min: 1, max: 24, target: 40, interval: 1m, cooldown: 15m}
    slo: {ttft: 2s, tpot: 100ms}
workloads:
  requests:
    - name: chat
      arrivals: {process: gamma, rate: 8/s, cv: 1.2, daily: {amplitude: 0.4, peak: 15h}}
      prompt: {mean: 1200, cv: 1.2, max: 32k}
      output: {mean: 350, cv: 0.8, max: 8k}
      thinking: {probability: 60%, tokens: {mean: 1000, cv: 1.0, max: 32k}}
      patience: 15m
outputs: {requests: false}
`

// agreement is how close two figures are to be.
type agreement struct{ t *testing.T }

func (a agreement) expect(what string, got, want, share float64) {
	a.t.Helper()
	if off := math.Abs(got/want - 1); !(off <= share) && got != want {
		a.t.Errorf("%s: %.6g sampled, %.6g in full (%.1f %% apart, allowed %.1f %%)", what, got, want, off*100, share*100)
	}
}

// latency compares a distribution; a figure may be further off when the full
// one lies in the interval.
func (a agreement) latency(what string, got, want result.Quantiles, i result.QuantileIntervals) {
	a.t.Helper()
	for _, c := range []struct {
		figure    string
		got, want float64
		interval  result.Interval
	}{{"mean", got.Mean, want.Mean, i.Mean}, {"p50", got.P50, want.P50, i.P50}, {"p90", got.P90, want.P90, i.P90}, {"p95", got.P95, want.P95, i.P95}, {"p99", got.P99, want.P99, i.P99}} {
		if c.interval.Lo <= c.want && c.want <= c.interval.Hi {
			continue
		}
		a.expect(what+" "+c.figure, c.got, c.want, 0.05)
	}
}

func TestSampledRunsAgreeWithFullOnes(t *testing.T) {
	for _, c := range []struct {
		name    string
		allowed float64 // share by which work may be apart
		set     []string
	}{
		{"three days, autoscaled", 0.02, []string{"workloads.sampling.every=5h"}},
		{"a quarter of the replicas", 0.02, []string{"horizon=12h", "fleet.pools.main.nodes=24", "deployments.chat.autoscale.max=48", "deployments.chat.autoscale.target=8", "workloads.requests.chat.arrivals.rate=18/s", "workloads.sampling.every=100m", "workloads.sampling.share=0.25"}},
		{"overloaded, clients give up", 0.04, []string{"horizon=6h", "deployments.chat.autoscale.max=4", "workloads.requests.chat.arrivals.rate=22/s",
			"workloads.requests.chat.patience=3m", "workloads.requests.chat.arrivals.daily.amplitude=0.1", "workloads.sampling.every=100m"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			sampled, _ := run(t, sim.Options{Check: true}, tidal, c.set...)
			full, _ := run(t, sim.Options{}, tidal, append(c.set, "workloads.sampling.every=0s")...)
			a := agreement{t: t}
			s, f := sampled.Requests, full.Requests
			inference, want := sampled.Ledger.Class(ledger.Inference).Hours(), full.Ledger.Class(ledger.Inference).Hours()
			a.expect("GPU-hours of inference", inference, want, 0.02)
			for _, account := range []string{"compute.decode", "compute.prefill", "stalled.host", "stalled.comm"} {
				a.expect(account, sampled.Ledger.GPUSeconds[account].Hours(), full.Ledger.GPUSeconds[account].Hours(), 0.03)
			}
			a.expect("arrived", float64(s.Arrived), float64(f.Arrived), 0.01)
			a.expect("completed", float64(s.Completed), float64(f.Completed), c.allowed)
			a.expect("prompt tokens", float64(s.PromptTokens), float64(f.PromptTokens), c.allowed)
			a.expect("output tokens", float64(s.OutputTokens), float64(f.OutputTokens), c.allowed)
			a.expect("energy", sampled.EnergyKWh, full.EnergyKWh, 0.02)
			a.latency("TTFT", s.TTFT, f.TTFT, s.Sampling.TTFT)
			a.latency("E2E", s.E2E, f.E2E, s.Sampling.E2E)
			a.latency("TPOT", s.TPOT, f.TPOT, s.Sampling.TPOT)
			if s.Sampling.Share > 0.2 || s.Sampling.Simulated == 0 {
				t.Errorf("%d requests simulated, %.2f of all", s.Sampling.Simulated, s.Sampling.Share)
			}
		})
	}
}

// stormy is a sampled service beside jobs, with a change of model, failures,
// prices that follow costs and clients who mind waiting.
const stormy = `
horizon: 3h
warmup: 30m
fleet:
  pools:
    - name: main
      node: 8xH100
      nodes: 3
      failures: {node: {mtbf: 40h, detection: 1m, repair: {dist: exponential, mean: 1h}}}
scheduler: {queue: priority, preemption: priority}
deployments:
  - name: chat
    model: Llama-3.1-8B
    autoscale: {min: 1, max: 20, target: 20, interval: 30s, cooldown: 5m}
    engine: {max_num_seqs: 32, max_waiting: 100}
    priority: 5
  - {name: code, model: Llama-3.1-8B, replicas: 2, priority: 5}
workloads:
  sampling: {every: 1h, window: 2m, warmup: 2m}
  requests:
    - {name: chat, deployment: chat, arrivals: {rate: 6/s}, prompt: {mean: 300, cv: 1}, output: {mean: 300, cv: 1}, patience: 2m}
    - {name: think, deployment: chat, arrivals: {process: gamma, cv: 2, rate: 1/s}, prompt: {mean: 300, cv: 1}, output: {mean: 100, cv: 1}, thinking: {probability: 50%, tokens: {mean: 800, cv: 1}}}
    - {name: code, deployment: code, arrivals: {process: deterministic, rate: 2/s}, prompt: {mean: 2000, cv: 1}, output: {mean: 50, cv: 1}, deadline: 10s, start: 30m, end: 150m}
  jobs:
    - {name: batch, arrivals: {rate: 4/h}, gpus: [{gpus: 8}], duration: {dist: exponential, mean: 1h}, priority: 3, preemptible: true}
demand:
  price: {kind: endogenous}
  segments:
    - {name: users, requests: [chat, think], latency: {elasticity: 0.3}}
  shocks:
    - {at: 1h, deployment: chat, cost_factor: 0.5}
    - {at: 2h, deployment: code, volume_factor: 3}
outputs: {sample: 20m, windows: [{name: early, to: 1h}, {name: late, from: 1h}]}
`

// checkSampled compares the counts of sampled requests among each other.
func checkSampled(t tb, s *result.Summary, r *rows) {
	check := func(what string, q *result.Requests) {
		if ended := q.Completed + q.Rejected + q.Cancelled + q.Unfinished; q.Arrived != ended {
			t.Fatalf("%s: %d requests arrived, %d ended", what, q.Arrived, ended)
		}
		for _, n := range []int64{q.Arrived, q.Completed, q.Rejected, q.Cancelled, q.Unfinished, q.PromptTokens, q.OutputTokens, q.OutputTokens - q.ThinkingTokens} {
			if n < 0 {
				t.Fatalf("%s: a negative count in %+v", what, q)
			}
		}
	}
	check("all", s.Requests)
	var arrived int64
	for name, q := range s.Requests.ByClass {
		check(name, q)
		arrived += q.Arrived
	}
	for i := range s.Windows {
		check(s.Windows[i].Name, s.Windows[i].Requests)
		arrived -= s.Windows[i].Requests.Arrived
	}
	if arrived != 0 {
		t.Fatalf("classes and windows differ by %d requests", arrived)
	}
	if s.Requests.Sampling.Simulated != int64(len(r.requests)) {
		t.Fatalf("%d requests simulated, %d rows", s.Requests.Sampling.Simulated, len(r.requests))
	}
}

func TestWhateverHappensTheBooksOfASampledRunBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pick := func(path string, values ...string) string {
			return path + "=" + rapid.SampledFrom(values).Draw(t, path)
		}
		changes := []string{
			pick("seed", "1", "2", "3"),
			pick("deployments.chat.router", "round-robin", "least-requests", "power-of-two", "random", "central"),
			pick("deployments.chat.autoscale.max", "1", "3", "20"),
			pick("deployments.chat.priority", "1", "5"),
			pick("deployments.chat.engine.max_waiting", "1", "100"),
			pick("workloads.sampling.share", "1", "0.5", "0.1"),
			pick("workloads.sampling.every", "30m", "1h"),
			pick("workloads.requests.chat.arrivals.rate", "0.1/s", "3/s", "10/s"),
			pick("workloads.requests.code.deadline", "100ms", "10s"),
			pick("demand.price.kind", "given", "endogenous"),
		}
		s, r := run(t, sim.Options{Check: true}, stormy, changes...)
		checkLedger(t, s, r)
		checkSampled(t, s, r)
		if rapid.IntRange(0, 3).Draw(t, "again") > 0 {
			return
		}
		again, rowsAgain := run(t, sim.Options{StepMode: true}, stormy, changes...)
		if d := cmp.Diff(s, again, exactly); d != "" {
			t.Fatalf("summaries differ (- macro-steps, + single steps):\n%s", d)
		}
		if !r.equal(rowsAgain) {
			t.Fatal("rows differ")
		}
	})
}

func TestReadingASampledRunDoesNotChangeIt(t *testing.T) {
	a, rowsA := run(t, sim.Options{}, stormy)
	b, rowsB := run(t, sim.Options{Check: true}, stormy, "outputs.sample=7m")
	if d := cmp.Diff(a, b, exactly, sameRunID); d != "" {
		t.Errorf("summaries differ:\n%s", d)
	}
	if fmt.Sprint(rowsA.requests) != fmt.Sprint(rowsB.requests) {
		t.Error("rows of requests differ")
	}
}

func TestThePerfectSystemIsTheSameForSampledRequests(t *testing.T) {
	sampled, err := build(t, sim.Options{}, tidal, "horizon=1d", "workloads.sampling.every=5h").Perfect(0)
	if err != nil {
		t.Fatal(err)
	}
	full, err := build(t, sim.Options{}, tidal, "horizon=1d").Perfect(0)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(sampled.MeanGPUs/full.MeanGPUs-1) > 0.03 || math.Abs(float64(sampled.PeakGPUs-full.PeakGPUs)) > 4 {
		t.Errorf("peak and mean GPUs %v sampled, %v in full", sampled, full)
	}
}
