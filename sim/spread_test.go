package sim_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
)

// pair is a service whose replicas take two nodes, one pipeline stage each, with
// one request at a time: a prompt in one step and 99 decode steps.
const pair = `
horizon: 10m
fleet: {pools: [{name: main, node: 8xH100, nodes: 2, nodes_per_rack: 2, oversubscription: {rack: 12}}]}
deployments:
  - {name: chat, model: Llama-3.1-405B, precision: {weights: fp8}, parallelism: {tp: 8, pp: 2}, replicas: 1, startup: 1s, weights_bandwidth: 100GB/s}
workloads:
  requests:
    - {name: chat, arrivals: {process: deterministic, rate: 1/m}, prompt: {dist: constant, value: 2048}, output: {dist: constant, value: 100}}
outputs: {requests: true}
`

// lastTakes returns the time in the system of the last request, warm and alone.
func lastTakes(t *testing.T, text string, set ...string) event.Time {
	t.Helper()
	s, r := run(t, sim.Options{Check: true}, text, set...)
	if s.Requests.Completed < 8 {
		t.Fatalf("%d requests completed, want 8 at least", s.Requests.Completed)
	}
	q := r.requests[s.Requests.Completed-1]
	return event.Time(q.Finish - q.Arrive)
}

func TestAReplicaOverTwoRacksTakesAsMuchLongerAsItsTransfers(t *testing.T) {
	const split = "fleet.pools.main.nodes_per_rack=1"
	one := lastTakes(t, pair)
	if got := lastTakes(t, pair, split, "fleet.pools.main.oversubscription.rack=1"); got != one {
		t.Errorf("over two racks that block nowhere: %v, want %v as in one", got, one)
	}
	model, err := perf.LookupModel("Llama-3.1-405B")
	if err != nil {
		t.Fatal(err)
	}
	gpu, err := fleet.LookupGPU("H100")
	if err != nil {
		t.Fatal(err)
	}
	cost, err := perf.NewServing(model, gpu, 8, perf.Layout{TP: 8, PP: 2}, perf.Precision{Weights: fleet.FP8}, perf.DefaultCalibration(), perf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	// A step of n tokens sends two micro-batches on from stage to stage, n/2 tokens
	// each of 16,384 hidden elements in BF16, an eighth of them over each card.
	transfers := func(n float64) float64 {
		return 2 * math.Ceil(n/2) * 16384 * 2 / 8 / (gpu.NICBandwidth * cost.Coef.Collective)
	}
	want := 11 * (transfers(2048) + 99*transfers(1))
	if got := (lastTakes(t, pair, split) - one).Seconds(); math.Abs(got-want) > 1e-7 {
		t.Errorf("over uplinks of a twelfth a request takes %v s longer, want %v s", got, want)
	}
}

// scattered is six replicas of two nodes and jobs that come and go in ten racks, so
// that some replicas lie in one rack and others in two.
const scattered = `
horizon: 30m
seed: 5
fleet:
  pools: [{name: main, node: 8xH100, nodes: 20, nodes_per_rack: 2, nodes_per_pod: 10, oversubscription: {rack: 12, pod: 3}}]
scheduler: {placement: random, topology: unconstrained, preemption: priority}
deployments:
  - name: chat
    model: Llama-3.1-405B
    precision: {weights: fp8}
    parallelism: {tp: 8, pp: 2}
    autoscale: {min: 2, max: 6, metric: concurrency, target: 8, interval: 15s, cooldown: 1m}
    startup: 5s
    weights_bandwidth: 100GB/s
    engine: {kv_blocks: 3000}
workloads:
  requests:
    - {name: chat, arrivals: {rate: 4/s}, prompt: {mean: 1500, cv: 1}, output: {mean: 150, cv: 1}}
  jobs:
    - {name: batch, arrivals: {rate: 2/m}, gpus: [{gpus: 8}], duration: {mean: 4m, cv: 1}, priority: 1}
outputs: {requests: true, sample: 1m}
`

func TestReplicasInOneRackAndInTwoAreExactUnderMacroSteps(t *testing.T) {
	mtp := strings.NewReplacer("Llama-3.1-405B", "DeepSeek-V3", "{tp: 8, pp: 2}", "{dp: 16}", "{kv_blocks: 3000}",
		"{kv_blocks: 9000, max_num_seqs: 32, speculation: {tokens: 1, acceptance: 0.8, draft: mtp}}").Replace(scattered)
	for name, text := range map[string]string{"two stages": scattered, "experts and a draft": mtp} {
		macro, rowsMacro := run(t, sim.Options{Check: true}, text)
		single, rowsSingle := run(t, sim.Options{StepMode: true}, text)
		if d := cmp.Diff(macro, single, exactly); d != "" || !rowsMacro.equal(rowsSingle) {
			t.Errorf("%s: runs differ (- macro-steps, + single steps):\n%s", name, d)
		}
		checkRequests(t, macro, rowsMacro)
		checkLedger(t, macro, rowsMacro)
		flat, _ := run(t, sim.Options{}, text, "fleet.pools.main.oversubscription={rack: 1}")
		t.Logf("%s: TPOT p50 %.4g s, %.4g s where nothing blocks; %d replicas at most", name, macro.Requests.TPOT.P50, flat.Requests.TPOT.P50, macro.Deployments[0].PeakReplicas)
		if macro.Requests.TPOT.P50 <= flat.Requests.TPOT.P50 {
			t.Errorf("%s: TPOT %v s over oversubscribed uplinks, %v s where nothing blocks", name, macro.Requests.TPOT.P50, flat.Requests.TPOT.P50)
		}
	}
}

func TestAReplicaKeepsToTheTierThatItRequires(t *testing.T) {
	// Of two racks of two nodes one node each is taken for five minutes.
	text := strings.NewReplacer("nodes: 2,", "nodes: 4,", "outputs:", `  jobs:
    - {name: a, submit: 0s, gpus: [{gpus: 8}], duration: 5m, priority: 2}
    - {name: filler, submit: 0s, gpus: [{gpus: 8}], duration: 1s, priority: 2}
    - {name: b, submit: 0s, gpus: [{gpus: 8}], duration: 5m, priority: 2}
outputs:`).Replace(pair)
	set := []string{"scheduler={placement: first-fit, queue: priority}", "horizon=15m"}
	one := lastTakes(t, pair)
	if got := lastTakes(t, text, set...); got <= one {
		t.Errorf("over the two racks a request takes %v, want more than the %v in one", got, one)
	}
	if got := lastTakes(t, text, append(set, "deployments.chat.required_topology=rack")...); got != one {
		t.Errorf("kept to a rack a request takes %v, want %v", got, one)
	}
	x, err := build(t, sim.Options{}, text, append(set, "deployments.chat.required_topology=rack")...).Explain(context.Background(), sim.Target{Name: "chat"}, event.Day)
	if err != nil {
		t.Fatal(err)
	}
	if len(x.ByCause) == 0 || x.ByCause[0].Cause != "topology" {
		t.Errorf("waited for %+v, want the topology most", x.ByCause)
	}
}

func TestRolloutsPayForTheRacksOfTheirOwnNodes(t *testing.T) {
	const text = `
horizon: 1d
fleet: {pools: [{name: main, node: 8xH100, nodes: 4, nodes_per_rack: 2, oversubscription: {rack: 12}}]}
workloads:
  rl:
    - name: grpo
      model: Llama-3.1-8B
      gpus: 32
      steps: 2
      prompts_per_step: 16
      group_size: 8
      rollout: {parallelism: {tp: 8, pp: 2}}
      trainer: {parallelism: {tp: 8, dp: 4, zero: 3}}
      prompt: {mean: 200, max: 2000}
      output: {mean: 1000, cv: 1, max: 4000}
`
	generate := func(set ...string) (generate, update float64) {
		s, _ := run(t, sim.Options{Check: true}, text, set...)
		return s.RL.PhaseS["generate"], s.RL.PhaseS["update"]
	}
	flat, trained := generate("fleet.pools.main.oversubscription.rack=1")
	if got, update := generate(); got != flat || update <= trained {
		t.Errorf("engines in a rack each generate for %v s, want %v s; the trainer in both updates for %v s, want more than %v s", got, flat, update, trained)
	}
	if got, _ := generate("fleet.pools.main.nodes_per_rack=1"); got <= flat {
		t.Errorf("engines over two racks generate for %v s, in one for %v s", got, flat)
	}
	// A trainer with a node of its own shifts the engines by one: of two, one lies
	// in a rack and one in two; with two nodes of its own, each has its rack.
	rate := func(over string, trainer, gpus int) float64 {
		s, _ := run(t, sim.Options{Check: true}, text, "fleet.pools.main.nodes=6", "fleet.pools.main.oversubscription.rack="+over, fmt.Sprintf("workloads.rl.grpo.gpus=%d", gpus),
			fmt.Sprintf("workloads.rl.grpo.trainer={gpus: %d, parallelism: {tp: 8, pp: %d, zero: 3}}", trainer, trainer/8))
		return s.RL.SamplesPerS
	}
	if got, flat := rate("12", 8, 40), rate("1", 8, 40); got >= flat {
		t.Errorf("engines from the second node on: %v samples/s, want fewer than the %v where nothing blocks", got, flat)
	}
	if got, flat := rate("12", 16, 48), rate("1", 16, 48); got != flat {
		t.Errorf("engines from the third node on: %v samples/s, want %v as where nothing blocks", got, flat)
	}
}

func TestRewardModelsAndBorrowedEnginesPayForTheirRacks(t *testing.T) {
	// In order of nodes: two that roll out and train, two of the reward model. Racks
	// of two hold the reward model, racks of three cut it.
	const scored = `
horizon: 1d
fleet: {pools: [{name: main, node: 8xH100, nodes: 4, nodes_per_rack: 2, oversubscription: {rack: 12}}]}
workloads:
  rl:
    - name: grpo
      model: Llama-3.1-8B
      gpus: 32
      steps: 2
      prompts_per_step: 16
      group_size: 8
      rollout: {parallelism: {tp: 8}}
      trainer: {parallelism: {tp: 8, pp: 2}}
      reward_model: {model: Llama-3.1-70B, gpus: 16, parallelism: {tp: 8, pp: 2}}
      prompt: {mean: 200, max: 2000}
      output: {mean: 1000, cv: 1, max: 4000}
`
	// One node that trains, two that roll out, and two borrowed: racks of three hold
	// the borrowed ones, racks of four cut them.
	const borrowing = `
horizon: 1d
fleet: {pools: [{name: main, node: 8xH100, nodes: 6, nodes_per_rack: 3, oversubscription: {rack: 12}}]}
scheduler: {placement: first-fit, topology: unconstrained}
workloads:
  rl:
    - name: grpo
      model: Llama-3.1-8B
      gpus: 24
      startup: 10s
      steps: 4
      mode: asynchronous
      staleness: 1
      weight_update: interrupt
      prompts_per_step: 32
      group_size: 16
      rollout: {parallelism: {tp: 8, pp: 2}, dispatch: least-loaded, borrow: {replicas: 1}}
      trainer: {gpus: 8, parallelism: {tp: 8, zero: 2}}
      prompt: {mean: 200, max: 2000}
      output: {mean: 1000, cv: 1, max: 4000}
`
	for _, c := range []struct{ name, text, together, apart string }{
		{"reward model", scored, "2", "3"},
		{"borrowed engine", borrowing, "3", "4"},
	} {
		comm := func(over, rack string) float64 {
			s, r := run(t, sim.Options{Check: true}, c.text, "fleet.pools.main.oversubscription.rack="+over, "fleet.pools.main.nodes_per_rack="+rack)
			checkLedger(t, s, r)
			return s.Ledger.GPUSeconds["stalled.comm"].Seconds()
		}
		flat := comm("1", c.together)
		if got := comm("12", c.together); got != flat {
			t.Errorf("%s in one rack: %v GPU-s of communication, want %v as where nothing blocks", c.name, got, flat)
		}
		if got := comm("12", c.apart); got <= flat {
			t.Errorf("%s over two racks: %v GPU-s of communication, want more than %v", c.name, got, flat)
		}
	}
}
