package sim_test

import (
	"math"
	"testing"

	"github.com/jevons-sim/jevons/sim"
)

// A deployment speculates with a smaller model, another is short of KV memory and
// swaps.
const engines = `
horizon: 8m
fleet: {pools: [{name: main, node: 8xH100, nodes: 1}]}
deployments:
  - name: large
    model: Llama-3.1-70B
    parallelism: {tp: 4}
    replicas: 1
    startup: 0s
    weights_bandwidth: 1TB/s
    engine: {speculation: {draft: Llama-3.1-8B, tokens: 4, acceptance: 0.7}}
  - name: small
    model: Llama-3.1-8B
    replicas: 1
    startup: 0s
    weights_bandwidth: 1TB/s
    engine: {kv_blocks: 3000, host_memory: 20GB, preemption: swap}
workloads:
  requests:
    - {name: large, deployment: large, arrivals: {rate: 12/min}, prompt: {mean: 800, cv: 1}, output: {mean: 400, cv: 0.5}}
    - {name: small, deployment: small, arrivals: {rate: 4/s}, prompt: {mean: 800, cv: 1}, output: {mean: 400, cv: 0.5}, sessions: {turns: 4, gap: 20s}}
`

func TestDeploymentsTellHowTheyDecode(t *testing.T) {
	s, _ := run(t, sim.Options{Check: true}, engines)
	large, small := s.Deployments[0], s.Deployments[1]
	// (1 − 0.7⁵)/0.3, less what requests do not need of their last steps.
	if want := 2.773; large.TokensPerStep > want || large.TokensPerStep < want*0.98 {
		t.Errorf("%v tokens a step, want a little under %v", large.TokensPerStep, want)
	}
	if small.TokensPerStep != 0 || large.SwappedBlocks != 0 {
		t.Errorf("the deployments mix up their engines: %+v", s.Deployments)
	}
	if small.SwappedBlocks == 0 || small.LoadedBlocks == 0 {
		t.Errorf("nothing was swapped: %+v", small)
	}
	plain, _ := run(t, sim.Options{}, engines, "deployments[0].engine.speculation.acceptance=0.0001")
	if faster := plain.Requests.ByClass["large"].TPOT.P50 / s.Requests.ByClass["large"].TPOT.P50; math.Abs(faster-2.77) > 0.25 {
		t.Errorf("proposals that are right make tokens come %.2f times as fast as those that are not, want about 2.77", faster)
	}
}
