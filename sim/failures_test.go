package sim_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/result"
)

// withFailures gives the nodes of the scenario of everything laws to fail by.
func withFailures(laws string) string {
	const plain = "{name: main, node: 8xH100, nodes: 2}"
	return strings.Replace(everything, plain, "{name: main, node: 8xH100, nodes: 3, nodes_per_rack: 2, failures: "+laws+"}", 1)
}

const often = `{gpu: {mtbf: 3h, takes: gpu, detection: 20s, repair: {mean: 4m, cv: 1}},
  node: {mtbf: 50m, shape: 0.8, detection: {dist: exponential, mean: 30s}, repair: 5m}, rack: {mtbf: 90m, detection: 10s, repair: 3m},
  software: {mtbf: 30m, detection: 15s}, spares: 1, drains: [{at: 20m, duration: 5m, every: 30m, nodes: 1}]}`

func TestAFleetThatBreaksStillBalancesAndServes(t *testing.T) {
	s, r := run(t, sim.Options{Check: true}, withFailures(often))
	checkLedger(t, s, r)
	checkRequests(t, s, r)
	checkJobs(t, s, r)
	f := s.Failures
	for _, kind := range []string{"gpu", "node", "rack", "software"} {
		if f.ByComponent[kind] == 0 {
			t.Errorf("no %s failed", kind)
		}
	}
	if f.Interruptions == 0 || f.Evictions == 0 || f.DrainedNodes != 4 || f.Replacements == 0 || f.Availability <= 0.5 || f.Availability >= 1 {
		t.Errorf("%+v: want some of everything", f)
	}
	for _, account := range []string{"down", "stalled.fault", "lost"} {
		if a := s.Ledger.GPUSeconds[account]; a.Sign() <= 0 {
			t.Errorf("%s: %v GPU-s, want some", account, a)
		}
	}
	if s.Requests.Completed < 1000 || s.Jobs.Completed == 0 || s.Training.Steps == 0 || s.Training.Failures == 0 {
		t.Errorf("%d requests and %d jobs completed, %d training steps, %d failures in training: want some of each",
			s.Requests.Completed, s.Jobs.Completed, s.Training.Steps, s.Training.Failures)
	}
	for _, v := range r.values("gpus_allocated") {
		if v < 0 || v > 16 {
			t.Fatalf("%v GPUs allocated, of 16 that are no spares", v)
		}
	}
}

func TestWhateverBreaksTheBooksBalanceAndStepModesAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pick := func(name string, values ...string) string { return rapid.SampledFrom(values).Draw(t, name) }
		text := withFailures(strings.NewReplacer(
			"gpu: {mtbf: 3h, takes: gpu", "gpu: {mtbf: "+pick("gpu mtbf", "20m", "2h")+", takes: "+pick("takes", "gpu", "node"),
			"mtbf: 50m", "mtbf: "+pick("node mtbf", "4m", "20m"),
			"detection: 20s", "detection: "+pick("detection", "0s", "1s", "90s"),
			"mtbf: 30m", "mtbf: "+pick("software mtbf", "2m", "10m"),
			"at: 20m", "at: "+pick("drain", "0s", "2m", "7m"),
		).Replace(often))
		changes := anyChanges(t)
		s, r := run(t, sim.Options{Check: true}, text, changes...)
		checkLedger(t, s, r)
		checkRequests(t, s, r)
		checkJobs(t, s, r)
		single, rowsSingle := run(t, sim.Options{StepMode: true}, text, changes...)
		if d := cmp.Diff(s, single, exactly); d != "" {
			t.Fatalf("summaries differ (- macro-steps, + single steps):\n%s", d)
		}
		if !r.equal(rowsSingle) {
			t.Fatal("rows differ")
		}
	})
}

// pretraining is a job on all nodes but one spare; a node fails every three
// hours.
const pretraining = `
horizon: 10d
fleet:
  pools:
    - name: main
      node: 8xH100
      nodes: 9
      failures: {node: {mtbf: 27h, detection: 1m, repair: 1h}, spares: 1}
workloads:
  training:
    - {name: llm, model: Llama-3.1-8B, steps: 10000000, global_batch: 128, gpus: 64, checkpoint: {bandwidth: 1GB/s}}
`

func TestCheckpointsFollowYoungAndDalyWherePoolsFail(t *testing.T) {
	auto, _ := run(t, sim.Options{}, pretraining)
	if auto.Training.Failures < 50 {
		t.Fatalf("%d failures in ten days, want about 77", auto.Training.Failures)
	}
	for _, every := range []string{"5m", "4h"} {
		other, _ := run(t, sim.Options{}, pretraining, "workloads.training[0].checkpoint.interval="+every)
		if other.Failures.ByComponent["node"] != auto.Failures.ByComponent["node"] {
			t.Errorf("every %s: %d nodes fail, %d otherwise", every, other.Failures.ByComponent["node"], auto.Failures.ByComponent["node"])
		}
		if other.Training.ETTR >= auto.Training.ETTR {
			t.Errorf("ETTR %.4f with checkpoints every %s, %.4f with young-daly: want less", other.Training.ETTR, every, auto.Training.ETTR)
		}
	}
	async, _ := run(t, sim.Options{}, pretraining, "workloads.training[0].checkpoint.async=true", "workloads.training[0].checkpoint.blocking=2s")
	if async.Training.ETTR <= auto.Training.ETTR {
		t.Errorf("ETTR %.4f with asynchronous checkpoints, %.4f with synchronous ones", async.Training.ETTR, auto.Training.ETTR)
	}
}

// slow is a job on all nodes but one spare, whose nodes never fail.
const slow = `
horizon: 10d
fleet: {pools: [{name: main, node: 8xH100, nodes: 9, failures: {stragglers: {share: 100%, slowdown: 10%}}}]}
workloads:
  training:
    - {name: llm, model: Llama-3.1-8B, steps: 10000000, global_batch: 128, gpus: 64}
`

func TestAStragglerSetsThePace(t *testing.T) {
	steps := func(share, more string) (int64, *result.Summary) {
		text := strings.Replace(slow, "share: 100%, slowdown: 10%}", "share: "+share+", slowdown: 10%"+more, 1)
		s, r := run(t, sim.Options{Check: true}, text)
		checkLedger(t, s, r)
		return s.Training.Steps, s
	}
	none, _ := steps("0%", "}")
	all, s := steps("100%", "}")
	// Steps take 1.1 times as long; start and checkpoints as long as before.
	if got := float64(none) / float64(all); math.Abs(got-1.1) > 0.002 {
		t.Errorf("%d steps without stragglers, %d with: %.4f times as many, want 1.1", none, all, got)
	}
	if s.Failures.Stragglers != 0 {
		t.Errorf("%d stragglers found where nobody looks", s.Failures.Stragglers)
	}
	some, _ := steps("20%", "}")
	found, s := steps("20%", ", detection: 1h, repair: 2h}, spares: 1")
	if some != all || found <= some || s.Failures.Stragglers == 0 || s.Failures.Evictions == 0 {
		t.Errorf("%d steps with some slow nodes, want those of all (%d); %d when they are found: %+v", some, all, found, s.Failures)
	}
}

func TestEvaluationsStandInTheirAccount(t *testing.T) {
	s, _ := run(t, sim.Options{}, strings.Replace(pretraining, "checkpoint:", "evaluation: {steps: 1000, duration: 90s}, checkpoint:", 1))
	plain, _ := run(t, sim.Options{}, pretraining)
	got := s.Ledger.ByClass["training"]["compute.logprob"].Seconds()
	if want := 64 * 90 * float64(s.Training.Steps/1000); got < want*0.99 || got > want*1.01 || s.Training.Steps >= plain.Training.Steps {
		t.Errorf("evaluations of %.0f GPU-s in %d steps, want about %.0f; %d steps without them", got, s.Training.Steps, want, plain.Training.Steps)
	}
}

// shrinking is a job on all nodes, one of which fails now and then for long.
const shrinking = `
horizon: 10d
fleet:
  pools:
    - {name: main, node: 8xH100, nodes: 8, failures: {node: {mtbf: 240h, detection: 1m, repair: 12h}}}
workloads:
  training:
    - {name: llm, model: Llama-3.1-8B, steps: 10000000, global_batch: 128, parallelism: {tp: 8, dp: 8}, elastic: {min_dp: 6}}
`

func TestAnElasticJobDoesMoreWhereRepairsTakeLong(t *testing.T) {
	elastic, r := run(t, sim.Options{Check: true}, shrinking)
	checkLedger(t, elastic, r)
	rigid, _ := run(t, sim.Options{}, strings.Replace(shrinking, ", elastic: {min_dp: 6}", "", 1))
	if rigid.Training.Failures == 0 || elastic.Training.Steps <= rigid.Training.Steps || elastic.Training.ETTR <= rigid.Training.ETTR {
		t.Errorf("elastic: %+v\nrigid:   %+v\nwant more steps", elastic.Training, rigid.Training)
	}
	_, err := sim.New(parse(t, shrinking, "workloads.training[0].parallelism.tp=4", "workloads.training[0].parallelism.dp=16", "workloads.training[0].elastic.min_dp=15"), sim.Options{Inputs: noInputs{}})
	const want = "workloads.training[0].elastic: no number of ranks from 15 to 15 fills whole nodes of 8 GPUs"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}

func TestAJobThatNeedsTheSparesIsRefused(t *testing.T) {
	doc := parse(t, pretraining, "fleet.pools[0].failures.spares=2")
	_, err := sim.New(doc, sim.Options{Inputs: noInputs{}})
	const want = "llm can never start: it needs 8 workers of 8 GPUs, 0 CPU cores and 0 MiB each; pool main has 9 nodes of at most 8 × H100-SXM, 2 of them spares"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}

func TestLossesAreWhatTheAccountsSay(t *testing.T) {
	s, _ := run(t, sim.Options{}, pretraining)
	if got, want := s.Training.LostGPUS, s.Ledger.GPUSeconds["lost"]; got != want {
		t.Errorf("training.lost_gpu_s %v, account lost %v", got, want)
	}
	// A failure hangs 64 GPUs for a minute; it starts again within the horizon.
	hung := s.Ledger.GPUSeconds["stalled.fault"]
	if want := 64 * float64(s.Training.Failures) * event.Minute.Seconds(); hung.Seconds() > want || hung.Seconds() < want-64*60 {
		t.Errorf("hung for %v GPU-s after %d failures", hung, s.Training.Failures)
	}
}
