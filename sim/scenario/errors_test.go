package scenario

import (
	"errors"
	"strings"
	"testing"
)

// base is a small scenario that is right; the tests make one thing wrong.
const base = `name: base
horizon: 1d
fleet:
  pools:
    - name: main
      gpu: H100
      nodes: 4
deployments:
  - name: chat
    model: Llama-3.1-8B
    replicas: 2
workloads:
  requests:
    - name: chat
      arrivals: {rate: 20/s}
      prompt: 500
      output: 200
`

func TestErrorsNameTheValueAtFault(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"GPU misspelt", "H100", "H10O", `my.yaml:6:12: fleet.pools[0].gpu: unknown GPU "H10O". Did you mean H100?`},
		{"model misspelt", "Llama-3.1-8B", "Llama-3.1-8", `my.yaml:10:12: deployments[0].model: unknown model "Llama-3.1-8". Did you mean Llama-3.1-8B?`},
		{"unknown key", "nodes: 4", "node_count: 4", `my.yaml:7:7: fleet.pools[0].node_count: unknown key "node_count". Allowed:`},
		{"key misspelt", "horizon:", "horizn:", `my.yaml:2:1: horizn: unknown key "horizn". Did you mean horizon?`},
		{"missing key", "horizon: 1d\n", "", `my.yaml:1:1: horizon is missing`},
		{"negative count", "nodes: 4", "nodes: -4", `my.yaml:7:14: fleet.pools[0].nodes: -4 is less than 1, the least allowed`},
		{"count not whole", "nodes: 4", "nodes: 4.5", `my.yaml:7:14: fleet.pools[0].nodes: wants a whole number, found 4.5`},
		{"rate without unit", "20/s", "20", `my.yaml:15:24: workloads.requests[0].arrivals.rate: "20" has no unit; a rate is written as 20/s, 5/min or 3/h`},
		{"wrong unit", "1d", "1 GiB", `my.yaml:2:10: horizon: "1 GiB" has the unit "GiB"; a duration is written as 2s, 1h30m or 14d`},
		{"negative duration", "1d", "-1d", `my.yaml:2:10: horizon: -1d is negative`},
		{"quoted value", "20/s", `"20/x"`, `my.yaml:15:24: workloads.requests[0].arrivals.rate: "20/x" has the unit "/x"`},
		{"warm-up too long", "horizon: 1d", "horizon: 1d\nwarmup: 24h", `my.yaml:3:9: warmup: 1d is not shorter than the horizon, 1d`},
		{"unknown value", "replicas: 2", "replicas: 2\n    router: round-robbin", `my.yaml:12:13: deployments[0].router: unknown value "round-robbin". Did you mean round-robin?`},
		{"settings of another router", "replicas: 2", "replicas: 2\n    routing: {refresh: 1s}", `my.yaml:12:14: deployments[0].routing: the router least-requests takes no settings; least-kv-tokens, prefix-affinity, weighted do`},
		{"router that never looks", "replicas: 2", "replicas: 2\n    router: weighted\n    routing: {refresh: 0s}", `my.yaml:13:24: deployments[0].routing.refresh: must be longer than 0s`},
		{"order without a queue", "replicas: 2", "replicas: 2\n    admission: {order: fair}", `my.yaml:12:24: deployments[0].admission.order: fair orders nothing: without concurrency (or the router central) requests do not wait here`},
		{"admission by an SLO that is missing", "replicas: 2", "replicas: 2\n    admission: {slo_aware: true}", `my.yaml:12:28: deployments[0].admission.slo_aware: needs slo.ttft of the deployment`},
		{"shedding a class that never comes", "replicas: 2", "replicas: 2\n    admission: {shed: [{class: chatt, waiting_above: 9}]}", `deployments[0].admission.shed[0].class: no requests of class "chatt" come to this deployment (chat). Did you mean chat?`},
		{"tenant of no weight", "replicas: 2", "replicas: 2\n    admission: {concurrency: 8, order: fair, fair: {tenants: [{name: a, weight: 0}]}}", `deployments[0].admission.fair.tenants[0].weight: must be more than 0`},
		{"scaling on an SLO that is missing", "replicas: 2", "autoscale: {max: 4, metric: slo, target: 0.95}", `my.yaml:11:33: deployments[0].autoscale.metric: slo needs slo.ttft of the deployment`},
		{"share above one", "replicas: 2", "autoscale: {max: 4, metric: kv, target: 80}", `deployments[0].autoscale.target: 80: with metric kv it is a share, below 1`},
		{"first tokens of decode replicas", "replicas: 2", "slo: {ttft: 1s}\n    autoscale: {max: 4, metric: slo, target: 0.9}\n    prefill: {replicas: 1}", `my.yaml:12:33: deployments[0].autoscale.metric: slo counts first tokens, which come from the prefill replicas`},
		{"unknown reference", "prompt: 500", "prompt: 500\n      deployment: chatt", `my.yaml:17:19: workloads.requests[0].deployment: unknown deployment "chatt". Did you mean chat?`},
		{"list for a mapping", "{rate: 20/s}", "[1]", `my.yaml:15:17: workloads.requests[0].arrivals: wants a mapping (key: value lines), found a list`},
		{"value for a list", "pools:\n    - name: main\n      gpu: H100\n      nodes: 4", "pools: 3", `my.yaml:4:10: fleet.pools: wants a list, found "3"`},
		{"value for a list of small mappings", "workloads:", "workloads:\n  jobs: [{name: j, submit: 0s, duration: 1h, gpus: 8}]", `workloads.jobs[0].gpus: wants a list of mappings with gpus, weight, found "8"`},
		{"nothing where a value is due", "nodes: 4", "nodes:", `my.yaml:7:`},
		{"two of a name", "deployments:", "    - {name: main, gpu: A100, nodes: 1}\ndeployments:", `my.yaml:8:14: fleet.pools[1].name: a second pool named "main"; fleet.pools[0] is the first`},
		{"which pool", "deployments:", "    - {name: other, gpu: A100, nodes: 1}\ndeployments:", `deployments[0].pool: is missing: the scenario has more than one pool (main, other)`},
		{"window outside", "deployments:", "outputs: {windows: [{name: w, from: 2d}]}\ndeployments:", `my.yaml:8:37: outputs.windows[0].from: 2d is after the horizon, 1d`},
		{"half a distribution", "prompt: 500", "prompt: {mean: 500}", `my.yaml:16:15: workloads.requests[0].prompt: cv is missing`},
		{"distribution misspelt", "prompt: 500", "prompt: {dist: lognormale, mean: 500, cv: 1}", `my.yaml:16:22: workloads.requests[0].prompt.dist: unknown value "lognormale". Did you mean lognormal?`},
		{"duplicate key", "nodes: 4", "nodes: 4\n      nodes: 5", `my.yaml:8:7: not valid YAML: mapping key "nodes" already defined`},
		{"broken YAML", "{rate: 20/s}", "{rate: 20/s", `not valid YAML`},
		{"unknown parameter", "nodes: 4", "nodes: ${skale}", `my.yaml:7:14: fleet.pools[0].nodes: ${skale}: unknown parameter "skale": the scenario has no parameters`},
		{"parameter misspelt", "nodes: 4", "nodes: ${skale}\nparameters: {scale: 2}", `my.yaml:7:14: fleet.pools[0].nodes: ${skale}: unknown parameter "skale". Did you mean scale? (the parameters are scale)`},
		{"fraction of a node", "nodes: 4", "nodes: ${scale * 3}\nparameters: {scale: 0.5}", `my.yaml:7:14: fleet.pools[0].nodes: wants a whole number, found 1.5; ${round(…)}`},
		{"expression not closed", "nodes: 4", "nodes: ${4", `my.yaml:7:14: fleet.pools[0].nodes: "${4" opens ${ and never closes it`},
		{"division by zero", "nodes: 4", "nodes: ${1/0}", `the result is +Inf`},
		{"output kept for nobody", "replicas: 2", "replicas: 2\n    engine: {max_output: 2048}", `my.yaml:12:26: deployments[0].engine.max_output: is what guaranteed admission keeps memory for; admission is optimistic`},
		{"swap to nowhere", "replicas: 2", "replicas: 2\n    engine: {preemption: swap}", `my.yaml:12:26: deployments[0].engine.preemption: swap needs host_memory`},
		{"preemption misspelt", "replicas: 2", "replicas: 2\n    engine: {preemption: swop}", `my.yaml:12:26: deployments[0].engine.preemption: unknown value "swop". Did you mean swap?`},
		{"host memory for nothing", "replicas: 2", "replicas: 2\n    engine: {prefix_cache: false, host_memory: 1GB}", `my.yaml:12:48: deployments[0].engine.host_memory: nothing would use it: preemption is recompute and prefix_cache is false`},
		{"overlap of nothing", "replicas: 2", "replicas: 2\n    engine: {host_overlap: true}", `deployments[0].engine.host_overlap: there is no host_memory to move KV to`},
		{"draft misspelt", "replicas: 2", "replicas: 2\n    engine: {speculation: {draft: Llama-3.1-8, tokens: 3, acceptance: 0.7}}", `my.yaml:12:35: deployments[0].engine.speculation.draft: unknown model "Llama-3.1-8". Did you mean Llama-3.1-8B? (` + "`sim models` lists all); mtp, eagle and ngram are drafts too"},
		{"speculation without acceptance", "replicas: 2", "replicas: 2\n    engine: {speculation: {draft: ngram, tokens: 3}}", `my.yaml:12:27: deployments[0].engine.speculation: acceptance is missing (a probability, or acceptance_by_position with one for each token)`},
		{"acceptance above one", "replicas: 2", "replicas: 2\n    engine: {speculation: {draft: ngram, tokens: 3, acceptance: 150%}}", `deployments[0].engine.speculation.acceptance: 1.5 is more than 1`},
		{"too few acceptances", "replicas: 2", "replicas: 2\n    engine: {speculation: {draft: ngram, tokens: 3, acceptance_by_position: [0.9, 0.5]}}", `deployments[0].engine.speculation.acceptance_by_position: has 2 probabilities for 3 tokens`},
		{"too many proposals", "replicas: 2", "replicas: 2\n    engine: {speculation: {draft: ngram, tokens: 40, acceptance: 0.5}}", `deployments[0].engine.speculation.tokens: a step of 256 sequences would verify 10496 tokens, more than max_num_batched_tokens, 8192`},
		{"shock of nothing", "workloads:", "demand: {shocks: [{at: 1h}]}\nworkloads:", `my.yaml:12:19: demand.shocks[0]: changes nothing: give swap_model, cost_factor, price_factor, volume_factor, remove_demand_share or add_nodes`},
		{"price of an endogenous shock", "workloads:", "demand: {price: {kind: endogenous}, shocks: [{at: 1h, price_factor: 2}]}\nworkloads:", `demand.shocks[0]: sets a price, but prices are endogenous`},
		{"endogenous prices without a past", "workloads:", "demand: {price: {kind: endogenous}, shocks: [{at: 0h, cost_factor: 2}]}\nworkloads:", `demand.price.kind: endogenous prices are relative to what tokens cost from the end of the warm-up to the first shock`},
		{"cost model without a change of cost", "workloads:", "demand: {shocks: [{at: 1h, price_from: cost-model}]}\nworkloads:", `demand.shocks[0].price_from: cost-model compares costs before and after; there is no swap_model and no cost_factor`},
		{"more than all demand", "workloads:", "demand: {shocks: [{at: 1h, remove_demand_share: 120%}]}\nworkloads:", `demand.shocks[0].remove_demand_share: 1.2 is more than all`},
		{"latency without a reference", "workloads:", "demand: {segments: [{name: s, requests: [chat], latency: {elasticity: 1}}]}\nworkloads:", `demand.segments[0].latency.reference: is missing: it can only be measured when a shock lies between warm-up and horizon`},
		{"no damping at all", "workloads:", "demand: {feedback: {damping: 0}}\nworkloads:", `demand.feedback.damping: must be above 0; 1 does not damp`},
		{"shrinking to nothing", "workloads:", "demand: {segments: [{name: s, requests: [chat], growth_per_year: 0}]}\nworkloads:", `demand.segments[0].growth_per_year: must be above 0; 1 is no growth`},
		{"nodes for an unknown pool", "workloads:", "demand: {shocks: [{at: 1h, add_nodes: 2, pool: man}]}\nworkloads:", `demand.shocks[0].pool: unknown pool "man". Did you mean main?`},
		{"not a mapping", base, "hello", `my.yaml:1:1: a scenario is a mapping (key: value lines), found "hello"`},
		{"empty file", base, "", `my.yaml:1:1: horizon is missing`},
	} {
		_, err := Parse("my.yaml", []byte(strings.Replace(base, c.old, c.new, 1)))
		var problems Problems
		if !errors.As(err, &problems) {
			t.Errorf("%s: %v, want problems", c.name, err)
			continue
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\n got %v\nwant %s", c.name, err, c.want)
		}
	}
}

func TestErrorsShowTheLine(t *testing.T) {
	_, err := Parse("my.yaml", []byte(strings.Replace(base, "H100", "H10O", 1)))
	const want = `my.yaml:6:12: fleet.pools[0].gpu: unknown GPU "H10O". Did you mean H100? (` + "`sim gpus` lists all" + `)
    5 |     - name: main
 >  6 |       gpu: H10O
                   ^`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestManyErrorsAreCutShort(t *testing.T) {
	text := strings.NewReplacer("nodes: 4", "nodes: 0", "20/s", "20", "replicas: 2", "replicas: two", "prompt: 500", "prompt: long").Replace(base)
	_, err := Parse("my.yaml", []byte(text))
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 4 {
		t.Fatalf("%v, want four problems", err)
	}
	if !strings.HasSuffix(err.Error(), "\nand 1 more") {
		t.Errorf("%v does not say that there is one more", err)
	}
}

func TestLocateFindsTheNearestWrittenValue(t *testing.T) {
	doc := mustParse(t, "my.yaml", []byte(base))
	cause := errors.New("does not fit")
	for path, want := range map[string]string{
		"deployments[0].model":          "my.yaml:10:12: deployments[0].model: does not fit",
		"deployments[0].parallelism.tp": "my.yaml:9:5: deployments[0].parallelism.tp: does not fit",
	} {
		err := doc.Locate(path, cause)
		if !strings.HasPrefix(err.Error(), want) || !errors.Is(err, cause) {
			t.Errorf("Locate(%s) = %v, want %s", path, err, want)
		}
	}
}
