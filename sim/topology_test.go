package sim_test

import (
	"context"
	"testing"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/event"
)

// spine is four racks whose uplinks carry a seventh of what their NICs send, with
// training jobs of a rack's size and of two racks' that come as others leave.
const spine = `
seed: 3
horizon: 30d
fleet: {pools: [{name: main, node: 8xH100, nodes: 16, nodes_per_rack: 4, oversubscription: {rack: 7}}]}
scheduler: {placement: random}
workloads:
  training:
    - name: rack
      model: Llama-3.1-70B
      steps: 100
      global_batch: 64
      parallelism: {tp: 8, pp: 2, dp: 2, zero: 1, sequence_parallel: true}
      count: 8
      every: 10m
    - name: pair
      model: Llama-3.1-8B
      steps: 200
      global_batch: 64
      parallelism: {tp: 8, dp: 2, zero: 1, sequence_parallel: true}
      count: 4
      every: 15m
`

// meanStep plays the scenario and returns the mean step of all jobs in seconds,
// without their startup and checkpoints.
func meanStep(t *testing.T, set ...string) float64 {
	t.Helper()
	s, _ := run(t, sim.Options{Check: true}, spine, set...)
	if s.Jobs.Completed != 12 {
		t.Fatalf("%d jobs completed, want 12", s.Jobs.Completed)
	}
	return s.Training.StepS
}

func TestPlacementThatKnowsTheNetworkTrainsFaster(t *testing.T) {
	aware, random := meanStep(t), meanStep(t, "scheduler.topology=unconstrained")
	t.Logf("mean step %.4g s where gangs lie close, %.4g s where they lie at random", aware, random)
	if random < 1.1*aware {
		t.Errorf("steps take %v s at random and %v s close together, want at least a tenth more", random, aware)
	}
	// On a network that blocks nowhere it does not matter where they lie.
	flat, apart := meanStep(t, "fleet.pools.main.oversubscription.rack=1"), meanStep(t, "fleet.pools.main.oversubscription.rack=1", "scheduler.topology=unconstrained")
	near(t, "steps without oversubscription", apart, flat)
	if aware < flat {
		t.Errorf("steps take %v s on an oversubscribed network, less than %v s", aware, flat)
	}
}

func TestARequiredTierIsKeptAndExplained(t *testing.T) {
	// Four nodes in two racks; two of them, one in each, are taken for an hour.
	const text = `
horizon: 1d
fleet: {pools: [{name: main, node: 8xH100, nodes: 4, nodes_per_rack: 2}]}
scheduler: {placement: first-fit}
workloads:
  jobs:
    - {name: a, submit: 0s, gpus: [{gpus: 8}], duration: 1h}
    - {name: filler, submit: 0s, gpus: [{gpus: 8}], duration: 10m}
    - {name: b, submit: 1s, gpus: [{gpus: 8}], duration: 2h}
    - {name: close, submit: 15m, gpus: [{gpus: 16}], duration: 1h, required_topology: rack}
`
	x, err := build(t, sim.Options{Check: true}, text).Explain(context.Background(), sim.Target{Name: "close"}, event.Day)
	if err != nil {
		t.Fatal(err)
	}
	if len(x.ByCause) != 1 || x.ByCause[0].Cause != "topology" || x.WaitS != 45*60 {
		t.Errorf("waited %v s for %+v, want 2700 s for the topology", x.WaitS, x.ByCause)
	}
	if got, want := x.Turns[0].Intervals[0].Detail, "needs 16 GPUs, 16 are free, with room for all 2 workers, but in one rack only for 1 of them"; got != want {
		t.Errorf("explained as %q, want %q", got, want)
	}
	free, err := build(t, sim.Options{}, text, "workloads.jobs.close.required_topology=nvlink-domain").Explain(context.Background(), sim.Target{Name: "close"}, event.Day)
	if err != nil {
		t.Fatal(err)
	}
	if want := "close can never start: it needs 2 workers of 8 GPUs, 0 CPU cores and 0 MiB each in one nvlink-domain; pool main has 4 nodes of at most 8 × H100-SXM, in nvlink-domains of 1"; free.Refused != want {
		t.Errorf("refused as %q, want %q", free.Refused, want)
	}
}
