package sim_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/scenario"
)

const heterogeneous = `
horizon: 1d
fleet: {pools: [{name: old, node: 8xA100, nodes: 1}, {name: new, node: 8xH100, nodes: 1}, {name: none, node: 8xT4, nodes: 4}]}
workloads:
  jobs:
    - {name: a, submit: 0s, gpus: [{gpus: 8}], duration: 1h, accepts: [{gpu: A100, speed: 0.4}, {gpu: H100}]}
    - {name: b, submit: 1s, gpus: [{gpus: 8}], duration: 1h, accepts: [{gpu: A100, speed: 0.4}, {gpu: H100}]}
    - {name: c, submit: 2s, gpus: [{gpus: 8}], duration: 1h, accepts: [{gpu: A100, speed: 0.4}, {gpu: H100}]}
`

func TestJobsTakeTheFastestAcceptableGPUsAndRunAtTheirSpeed(t *testing.T) {
	_, r := run(t, sim.Options{Check: true}, heterogeneous)
	got := map[string][3]any{}
	for _, j := range r.jobs {
		got[j.Name] = [3]any{j.Pool, event.Time(j.FirstStart).String(), event.Time(j.End - j.FirstStart).String()}
	}
	want := map[string][3]any{"a": {"new", "0s", "1h0m0s"}, "b": {"old", "1s", "2h30m0s"}, "c": {"new", "1h0m0s", "1h0m0s"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("pool, start and run time:\n%s", d)
	}
}

func TestAcceptableGPUsThatNoPoolHasAreRefused(t *testing.T) {
	_, err := sim.New(parse(t, heterogeneous, "workloads.jobs.a.accepts=[{gpu: B200}]"), sim.Options{Inputs: noInputs{}})
	if err == nil {
		t.Fatal("no error")
	}
	if _, ok := err.(scenario.Problems); !ok {
		t.Errorf("error %v has no place", err)
	}
}
