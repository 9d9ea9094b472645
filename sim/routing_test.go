package sim_test

import (
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/sim"
)

// conversations is a chat service whose requests carry their history, on four
// replicas.
const conversations = `
horizon: 30m
fleet: {pools: [{name: main, node: 8xH100, nodes: 1}]}
deployments:
  - name: chat
    model: Llama-3.1-8B
    replicas: 4
workloads:
  requests:
    - name: chat
      arrivals: {rate: 2/s}
      prompt: {dist: constant, value: 400}
      output: {mean: 200, cv: 0.5}
      sessions: {turns: {dist: constant, value: 6}, gap: {mean: 20s, cv: 1}}
outputs: {requests: false}
`

func TestAffinityRaisesTheHitRateOfConversations(t *testing.T) {
	share := func(router string, set ...string) float64 {
		s, r := run(t, sim.Options{Check: true}, conversations, append(set, "deployments.chat.router="+router)...)
		checkLedger(t, s, r)
		return float64(s.Requests.CachedTokens) / float64(s.Requests.PromptTokens)
	}
	least, session, prefix := share("least-requests"), share("session-affinity"), share("prefix-affinity")
	weighted := share("weighted")
	stale := share("prefix-affinity", "deployments.chat.routing.refresh=2m")
	t.Logf("hit rates: least requests %.3f, session %.3f, prefix %.3f, prefix with views two minutes old %.3f, weighted %.3f", least, session, prefix, stale, weighted)
	if session < least+0.2 || prefix < least+0.2 || weighted < least+0.2 {
		t.Error("affinity did not raise the hit rate by 0.2")
	}
	if stale > prefix-0.05 {
		t.Error("views two minutes old serve as well as fresh ones, with 20 seconds between turns")
	}
}

func TestEveryRouterIsExactInAScenario(t *testing.T) {
	text := strings.ReplaceAll(conversations, "requests: false", "requests: true, sample: 1m")
	for _, router := range []string{"least-kv-tokens", "prefix-affinity", "session-affinity", "weighted"} {
		set := []string{"horizon=5m", "deployments.chat.router=" + router, "deployments.chat.engine.kv_blocks=3000", "deployments.chat.engine.max_num_seqs=24"}
		_, macro := run(t, sim.Options{}, text, set...)
		_, step := run(t, sim.Options{StepMode: true}, text, set...)
		if !macro.equal(step) {
			t.Errorf("%s: macro-steps and single steps differ", router)
		}
	}
}

func TestConversationsOfTwoWorkloadsShareNothing(t *testing.T) {
	s, _ := run(t, sim.Options{}, `
horizon: 10m
fleet: {pools: [{name: main, node: 8xH100, nodes: 1}]}
deployments: [{name: chat, model: Llama-3.1-8B, replicas: 1}]
workloads:
  requests:
    - {name: a, arrivals: {rate: 1/s}, prompt: {dist: constant, value: 400}, output: {dist: constant, value: 20}, sessions: {turns: {dist: constant, value: 1}, gap: 1s}}
    - {name: b, arrivals: {rate: 1/s}, prompt: {dist: constant, value: 400}, output: {dist: constant, value: 20}, sessions: {turns: {dist: constant, value: 1}, gap: 1s}}
`)
	if s.Requests.CachedTokens != 0 {
		t.Errorf("%d tokens cached, though every conversation has one request", s.Requests.CachedTokens)
	}
}
