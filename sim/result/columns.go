package result

// Column describes a column of a Parquet file.
type Column struct {
	Name    string `json:"name"`
	Unit    string `json:"unit,omitempty"` // "" = a name or a plain number
	Meaning string `json:"meaning"`
}

// A time is nanoseconds since the start of the run.
const instant = "ns"

// Columns describes the columns of the Parquet files of a run, in their order;
// each file carries its own description.
var Columns = map[string][]Column{
	"requests.parquet": {
		{"id", "", "number of the request, in order of arrival from 1"},
		{"class", "", "class of requests, as the scenario names it"},
		{"tenant", "", "who asked"},
		{"deployment", "", "who served"},
		{"outcome", "", "completed, rejected, shed, cancelled or unfinished: every request ends in exactly one"},
		{"prompt_tokens", "tokens", "prompt"},
		{"output_tokens", "tokens", "generated, thinking included"},
		{"thinking_tokens", "tokens", "of these, thought"},
		{"arrive_ns", instant, "arrival"},
		{"scheduled_ns", instant, "first in a batch; 0 = never got so far"},
		{"first_token_ns", instant, "first token; 0 = never got so far"},
		{"finish_ns", instant, "end"},
		{"preemptions", "", "times its KV memory was taken"},
	},
	"jobs.parquet": {
		{"id", "", "number of the job's gang; negative for jobs refused"},
		{"name", "", "as the scenario or the trace names it"},
		{"kind", "", "training, rl or batch"},
		{"tenant", "", "whose job"},
		{"pool", "", "where it last ran; empty if it never did"},
		{"state", "", "completed, failed (refused: the fleet could never hold it) or unfinished"},
		{"gpu_milli", "GPU/1000", "it holds"},
		{"nodes", "", "nodes of its last start"},
		{"domains", "", "scale-up (NVLink) domains of its last start"},
		{"priority", "", "higher goes first"},
		{"submit_ns", instant, "submission"},
		{"first_start_ns", instant, "first start; 0 if it never started"},
		{"end_ns", instant, "end, or the horizon"},
		{"wait_ns", "ns", "in the queue, over all its turns there"},
		{"preemptions", "", "times it lost its GPUs"},
		{"gpu_s", "GPU·s", "it held, on all its runs"},
		{"energy_j", "J", "it drew, with its part of hosts and building"},
		{"cost_usd", "USD", "rent of its GPUs, and electricity where that has a price of its own"},
		{"carbon_g", "g CO2", "of the electricity it drew"},
	},
	"timeseries.parquet": {
		{"time_ns", instant, "the sample"},
		{"metric", "", "what was measured: see docs/results.md"},
		{"label", "", "pool, deployment or, for demand, workload; empty for the fleet"},
		{"value", "of the metric", "the state at that time; for requests_per_s, power_kw, usd_per_h and co2_kg_per_h the mean since the sample before"},
	},
	"ledger.parquet": {
		{"from_ns", instant, "start of the interval"},
		{"to_ns", instant, "end of the interval"},
		{"pool", "", "pool of the fleet"},
		{"class", "", "none, inference, rl, training or jobs"},
		{"account", "", "what the GPUs did"},
		{"gpu_s", "GPU·s", "in the account during the interval, exact; below 0 where a preemption in it undid work of an earlier one, which is then in lost"},
	},
	"placements.parquet": {
		{"from_ns", instant, "when the GPUs were taken"},
		{"to_ns", instant, "when they were given back, or the horizon"},
		{"pool", "", "pool of the fleet"},
		{"node_from", "", "first of consecutive nodes, from 0 in its pool"},
		{"node_to", "", "last of them; each gives as many GPUs"},
		{"gpu_milli", "GPU/1000", "held on all these nodes together"},
		{"gang", "", "who held them: the id of jobs.parquet, or of a serving replica; 0 = nobody"},
		{"name", "", "job or deployment"},
		{"class", "", "none, inference, rl, training or jobs"},
		{"account", "", "where GPUs stand that nobody could hold: down, absent or idle.reserved (spares); empty for gangs"},
		{"end", "", "finished, preempted, failed, resized, restored (an outage) or unfinished"},
	},
	"incidents.parquet": {
		{"time_ns", instant, "when it happened"},
		{"event", "", "fails, detected, repaired, drained or returned"},
		{"component", "", "gpu, node, rack, software, straggler or drain"},
		{"pool", "", "pool of the fleet"},
		{"node_from", "", "first node that it takes along, from 0 in its pool"},
		{"node_to", "", "the last one"},
		{"gangs", "", "gangs that it stopped, or preempted"},
	},
}
