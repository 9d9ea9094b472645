package sim_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/sim"
)

// measured is a service with figures of a real one.
const measured = `
horizon: 20m
fleet: {pools: [{name: main, node: 8xH100, nodes: 1}]}
deployments:
  - {name: chat, model: Llama-3.1-8B, replicas: 2, startup: 1s}
workloads:
  requests:
    - {name: chat, arrivals: {rate: 5/s}, prompt: {mean: 500, cv: 1}, output: {mean: 100, cv: 1}}
outputs:
  published:
    - {name: completed, figure: [requests.completed], value: 6000, source: a log}
    - {name: tokens, figure: [requests.prompt_tokens, requests.output_tokens], times: 0.001, value: 3600, source: a log}
`

func TestFiguresStandBesidePublishedOnes(t *testing.T) {
	s, _ := run(t, sim.Options{}, measured)
	if len(s.Published) != 2 {
		t.Fatalf("published figures %+v, want two", s.Published)
	}
	for i, want := range []float64{float64(s.Requests.Completed), float64(s.Requests.PromptTokens+s.Requests.OutputTokens) / 1000} {
		p := s.Published[i]
		if math.Abs(p.Simulated-want) > 1e-9*want || math.Abs(p.DifferencePct-(want/p.Published-1)*100) > 1e-9 {
			t.Errorf("%+v, want %v simulated", p, want)
		}
	}
}

func TestADeploymentsRatesAreItsTokensOverItsGPUTime(t *testing.T) {
	s, _ := run(t, sim.Options{}, measured)
	d := s.Deployments[0]
	if d.MeanGPUs < 1.99 || d.MeanGPUs > 2 {
		t.Errorf("two replicas of one GPU held %v GPUs on average", d.MeanGPUs)
	}
	held := d.MeanGPUs * s.HorizonS
	// Requests under way at the end are in the deployment's work, but not among
	// those completed.
	if got, want := d.PromptTokens*held, float64(s.Requests.PromptTokens); got < 0.999*want || got > 1.01*want {
		t.Errorf("%v prompt tokens by the rate, %v of completed requests", got, want)
	}
	if got, want := d.OutputTokens*held, float64(s.Requests.OutputTokens-s.Requests.Completed); got < 0.999*want || got > 1.01*want {
		t.Errorf("%v output tokens after the first by the rate, %v of completed requests", got, want)
	}
	if d.ComputedTokens > d.PromptTokens {
		t.Errorf("%v computed of %v prompt tokens", d.ComputedTokens, d.PromptTokens)
	}
}

func TestAPublishedFigureThatTheRunDoesNotHaveIsNamed(t *testing.T) {
	_, err := sim.New(parse(t, strings.Replace(measured, "requests.completed", "requests.complete", 1)), sim.Options{Inputs: noInputs{}})
	if err == nil || !strings.Contains(err.Error(), `the run has no figure "requests.complete". Did you mean requests.completed?`) {
		t.Errorf("a figure that no run has: error %v", err)
	}
	s := build(t, sim.Options{}, strings.Replace(measured, "requests.completed", "rl.steps", 1))
	_, err = s.Run(context.Background(), &rows{})
	if err == nil || !strings.Contains(err.Error(), `the run has no figure "rl.steps".`) {
		t.Errorf("a figure that this run has not: error %v", err)
	}
}
