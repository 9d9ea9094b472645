package sim_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/event"
)

// disaggregated is a service whose prompts and answers are computed apart.
const disaggregated = `
horizon: 20m
fleet: {pools: [{name: main, node: 8xH100, nodes: 1}]}
deployments:
  - name: chat
    model: Llama-3.1-8B
    replicas: 2
    prefill:
      replicas: 2
      transfer: {bandwidth: 50GB/s, latency: 2ms}
    slo: {ttft: 2s}
workloads:
  requests:
    - {name: chat, arrivals: {rate: 10/s}, prompt: {mean: 2000, cv: 1}, output: {mean: 200, cv: 1}}
outputs: {requests: true, sample: 1m}
`

func TestADisaggregatedDeploymentServesEverything(t *testing.T) {
	s, r := run(t, sim.Options{Check: true}, disaggregated)
	checkLedger(t, s, r)
	checkRequests(t, s, r)
	q := s.Requests
	t.Logf("%d of %d completed, TTFT %.3f s, TPOT p50 %.4f s, ITL max %.3f s", q.Completed, q.Arrived, q.TTFT.Mean, q.TPOT.P50, q.ITL.Max)
	if float64(q.Completed) < 0.98*float64(q.Arrived)-1000 || q.Rejected > 0 {
		t.Errorf("%d of %d completed", q.Completed, q.Arrived)
	}
	if len(s.Deployments) != 2 || s.Deployments[0].Name != "chat/prefill" || s.Deployments[1].Name != "chat" {
		t.Errorf("deployments %+v", s.Deployments)
	}
}

// One request at a time: the gap between its first two tokens holds the
// transfer, and nothing else does.
func TestATransferTakesLatencyAndBytesOverBandwidth(t *testing.T) {
	e2e := func(set ...string) event.Time {
		set = append(set, "horizon=3m", "workloads.requests.chat.arrivals={process: deterministic, rate: 1/m}",
			"workloads.requests.chat.prompt={dist: constant, value: 4096}", "workloads.requests.chat.output={dist: constant, value: 2}",
			"deployments.chat.startup=1s")
		_, r := run(t, sim.Options{}, disaggregated, set...)
		for _, x := range r.requests {
			if x.Arrive > int64(event.Minute) {
				return event.Time(x.Finish - x.FirstToken)
			}
		}
		t.Fatal("no request")
		return 0
	}
	fast, slow := e2e("deployments.chat.prefill.transfer={bandwidth: 1000TB/s, latency: 0s}"), e2e("deployments.chat.prefill.transfer={bandwidth: 10GB/s, latency: 3ms}")
	bytes := 4096 * 131072.0 // 2 × 32 layers × 8 heads × 128 × 2 B
	want := 3*float64(event.Millisecond) + bytes/10
	if got := float64(slow - fast); math.Abs(got-want) > 1000 {
		t.Errorf("the transfer takes %v, want 3 ms and 536.9 MB over 10 GB/s: %v", event.Time(got), event.Time(want))
	}
}

func TestDisaggregationIsExactUnderMacroSteps(t *testing.T) {
	for i, set := range [][]string{
		{},
		{"deployments.chat.engine.kv_blocks=1500", "deployments.chat.prefill.engine.kv_blocks=1200"},
		{"deployments.chat.engine={max_num_seqs: 8, kv_blocks: 700}", "deployments.chat.prefill.engine={max_num_seqs: 4, max_num_batched_tokens: 512, kv_blocks: 900}"},
		{"deployments.chat.prefill.transfer={bandwidth: 2GB/s, backbone: 3GB/s, latency: 5ms}", "deployments.chat.engine.prefix_cache=false", "deployments.chat.prefill.engine.prefix_cache=false"},
		{"workloads.requests.chat.sessions={turns: {dist: constant, value: 4}, gap: {mean: 3s, cv: 1}}", "deployments.chat.engine.kv_blocks=3000", "deployments.chat.prefill.router=prefix-affinity", "deployments.chat.router=least-kv-tokens"},
		{"workloads.requests.chat.patience=4s", "workloads.requests.chat.deadline=2s", "deployments.chat.prefill.transfer.bandwidth=500MB/s", "workloads.requests.chat.arrivals.rate=20/s"},
		{"autoscale decode", "deployments.chat.autoscale={max: 4, metric: kv, target: 0.5, interval: 10s, cooldown: 20s}", "deployments.chat.engine.kv_blocks=2000", "deployments.chat.drain_timeout=5s", "deployments.chat.startup=5s"},
		{"autoscale prefill", "deployments.chat.prefill.autoscale={max: 4, metric: slo, target: 0.9, interval: 10s, cooldown: 20s}", "deployments.chat.startup=5s", "deployments.chat.drain_timeout=1ms", "workloads.requests.chat.arrivals.rate=30/s"},
		{"deployments.chat.engine.queue=priority", "deployments.chat.engine.kv_blocks=900", "deployments.chat.admission={slo_aware: true, order: shortest-predicted, concurrency: 6}"},
	} {
		text := disaggregated
		switch what, rest := set, 1; {
		case len(set) > 0 && what[0] == "autoscale decode":
			text, set = strings.Replace(text, "    replicas: 2\n", "", 1), set[rest:]
		case len(set) > 0 && what[0] == "autoscale prefill":
			text, set = strings.Replace(text, "      replicas: 2\n", "", 1), set[rest:]
		}
		set = append(set, "horizon=4m", "seed="+fmt.Sprint(i+1))
		s, macro := run(t, sim.Options{Check: true}, text, set...)
		s2, step := run(t, sim.Options{StepMode: true}, text, set...)
		checkRequests(t, s, macro)
		checkLedger(t, s, macro)
		if !macro.equal(step) {
			for k := range macro.requests {
				if macro.requests[k] != step.requests[k] {
					t.Errorf("%v: macro %+v\nstep %+v", set, macro.requests[k], step.requests[k])
					break
				}
			}
			t.Errorf("%v: macro-steps and single steps differ", set)
		}
		if *s.Requests.ITL != *s2.Requests.ITL {
			t.Errorf("%v: inter-token latencies differ", set)
		}
		t.Logf("%d: %d completed, %d preemptions, %d cached", i, s.Requests.Completed, s.Requests.Preemptions, s.Requests.CachedTokens)
	}
}
