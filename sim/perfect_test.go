package sim

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/jevons-sim/jevons/sim/scenario"
)

// noInputs is for scenarios that name no files.
type noInputs struct{ Inputs }

func (noInputs) Digests() ([]scenario.Digest, error) { return nil, nil }

// An overloaded replica works all the time, so what it completes in the run
// shows how little time a request can cost in the engine: never less than the
// bound, and not so much more that the bound would say nothing.
func TestNoReplicaIsFasterThanThePerfectOne(t *testing.T) {
	for _, c := range []struct {
		model          string
		tp             int
		prompt, output int
		rate           float64
	}{
		{"Llama-3.1-8B", 1, 500, 200, 400},
		{"Llama-3.1-8B", 1, 4000, 50, 60},
		{"Llama-3.1-8B", 1, 100, 1000, 100},
		{"Llama-3.1-70B", 8, 1000, 400, 100},
		{"DeepSeek-R1", 8, 1000, 1000, 100},
	} {
		text := fmt.Sprintf(`
horizon: 10m
fleet: {pools: [{name: main, node: 8xH200, nodes: 1}]}
deployments:
  - {name: llm, model: %s, parallelism: {tp: %d}, replicas: 1, startup: 0s, weights_bandwidth: 1PB/s}
workloads:
  requests:
    - {name: r, arrivals: {rate: %g/s}, prompt: {dist: constant, value: %d}, output: {dist: constant, value: %d}}
`, c.model, c.tp, c.rate, c.prompt, c.output)
		doc, err := scenario.Parse("t.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		s, err := New(doc, Options{Inputs: noInputs{}})
		if err != nil {
			t.Fatal(err)
		}
		sum, err := s.Run(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		e := &s.services[0].eras[0]
		least, err := e.cost.LeastReplicaSeconds(float64(c.prompt), float64(c.output), e.engine.MaxNumSeqs, e.kvTokens(), 0)
		if err != nil {
			t.Fatal(err)
		}
		share := least * float64(sum.Requests.Completed) / doc.Horizon.Seconds()
		t.Logf("%s, %d + %d tokens: the bound is %.1f %% of what a request cost", c.model, c.prompt, c.output, share*100)
		if share > 1 || share < 0.5 {
			t.Errorf("%s, %d + %d tokens: a replica completed %d requests in %v, each of at least %.3g s: %.0f %% of the time",
				c.model, c.prompt, c.output, sum.Requests.Completed, doc.Horizon, least, share*100)
		}
	}
}

func TestPerfectFleetFollowsTheLoad(t *testing.T) {
	perfect := func(rate string) PerfectFleet {
		doc, err := scenario.Parse("t.yaml", []byte(`
horizon: 1d
fleet: {pools: [{name: main, node: 8xH100, nodes: 4}]}
deployments:
  - {name: llm, model: Llama-3.1-8B, parallelism: {tp: 1}, replicas: 1}
workloads:
  requests:
    - {name: r, arrivals: {rate: `+rate+`, daily: {amplitude: 0.8, peak: 15h}}, prompt: {mean: 500, cv: 0.5}, output: {mean: 500, cv: 0.5}}
`))
		if err != nil {
			t.Fatal(err)
		}
		s, err := New(doc, Options{Inputs: noInputs{}})
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.Perfect(0)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	low, high := perfect("1/s"), perfect("60/s")
	if low.PeakGPUs != 1 || math.Abs(low.MeanGPUs-1) > 1e-9 {
		t.Errorf("a request a second needs one GPU: %+v", low)
	}
	if high.PeakGPUs <= 2 || high.MeanGPUs >= float64(high.PeakGPUs)*0.8 {
		t.Errorf("a load with a daily peak needs more there than on average: %+v", high)
	}
}
