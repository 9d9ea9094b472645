package result

import "github.com/jevons-sim/jevons/sim/ledger"

// RequestRow is one inference request. Times are 0 where it never got so far.
type RequestRow struct {
	ID             int64  `parquet:"id,delta"`
	Class          string `parquet:"class,dict"`
	Tenant         string `parquet:"tenant,dict"`
	Deployment     string `parquet:"deployment,dict"`
	Outcome        string `parquet:"outcome,dict"`
	PromptTokens   int32  `parquet:"prompt_tokens"`
	OutputTokens   int32  `parquet:"output_tokens"` // generated
	ThinkingTokens int32  `parquet:"thinking_tokens"`
	Arrive         int64  `parquet:"arrive_ns,delta"`
	Scheduled      int64  `parquet:"scheduled_ns"`
	FirstToken     int64  `parquet:"first_token_ns"`
	Finish         int64  `parquet:"finish_ns,delta"`
	Preemptions    int32  `parquet:"preemptions"`
}

// JobRow is one job.
type JobRow struct {
	ID          int64  `parquet:"id"`
	Name        string `parquet:"name"`
	Kind        string `parquet:"kind,dict"`
	Tenant      string `parquet:"tenant,dict"`
	Pool        string `parquet:"pool,dict"` // of its last start
	State       string `parquet:"state,dict"`
	GPUMilli    int64  `parquet:"gpu_milli"`
	Nodes       int32  `parquet:"nodes"`   // of its last start
	Domains     int32  `parquet:"domains"` // scale-up (NVLink) domains of its last start
	Priority    int32  `parquet:"priority"`
	Submit      int64  `parquet:"submit_ns"`
	FirstStart  int64  `parquet:"first_start_ns"`
	End         int64  `parquet:"end_ns"`
	Wait        int64  `parquet:"wait_ns"` // in the queue, over all its turns there
	Preemptions int32  `parquet:"preemptions"`
	// What the job used, on all its runs: see sim/energy.
	GPUSeconds float64 `parquet:"gpu_s"`
	EnergyJ    float64 `parquet:"energy_j"`
	CostUSD    float64 `parquet:"cost_usd"`
	CarbonG    float64 `parquet:"carbon_g"`
}

// SeriesRow is one value of a time series: the state at an instant, or a mean
// over the interval that ends there.
type SeriesRow struct {
	Time   int64   `parquet:"time_ns,delta"`
	Metric string  `parquet:"metric,dict"`
	Label  string  `parquet:"label,dict"` // pool, deployment or class; "" = the fleet
	Value  float64 `parquet:"value"`
}

// LedgerRow is the GPU time of one account of one pool in one interval, less
// what a preemption in it undid of earlier ones.
type LedgerRow struct {
	From    int64         `parquet:"from_ns,delta"`
	To      int64         `parquet:"to_ns,delta"`
	Pool    string        `parquet:"pool,dict"`
	Class   string        `parquet:"class,dict"`
	Account string        `parquet:"account,dict"`
	GPUTime ledger.Amount `parquet:"-"` // written as gpu_s, DECIMAL(38,12)
}

// Recorder takes the rows of a run as they come up. A row is the caller's
// again once the call returns.
type Recorder interface {
	Request(*RequestRow) error
	Job(*JobRow) error
	Series(*SeriesRow) error
	Ledger(*LedgerRow) error
}

// Columns describes the columns of every Parquet file, with their units; each
// file carries its own description.
var Columns = map[string]string{
	"requests.parquet": "id: number of the request, in order of arrival from 1; class, tenant, deployment: names; " +
		"outcome: completed, rejected, cancelled or unfinished; prompt_tokens; output_tokens: generated, thinking included; " +
		"thinking_tokens: of these; arrive_ns, scheduled_ns (first batch), first_token_ns, finish_ns: nanoseconds since the start of the run, " +
		"0 where the request never got so far; preemptions: times its KV memory was taken",
	"jobs.parquet": "id: number of the job's gang, negative for jobs refused; name, tenant; kind: training, rl or batch; " +
		"pool, nodes, domains (scale-up networks): of its last start; state: completed, failed (refused) or unfinished; gpu_milli: thousandths of GPUs; priority; " +
		"submit_ns, first_start_ns, end_ns: nanoseconds since the start of the run; wait_ns: time in the queue, over all its turns there; preemptions; " +
		"gpu_s: GPU-seconds held; energy_j: joules, with its hosts and the building's overhead; cost_usd; carbon_g: grams of CO2",
	"timeseries.parquet": "time_ns: nanoseconds since the start of the run; metric; label: pool or deployment, empty for the fleet; " +
		"value: the state at that time, or for requests_per_s the mean since the time before",
	"ledger.parquet": "from_ns, to_ns: the interval; pool; class: none, inference, rl, training or jobs; account; " +
		"gpu_s: GPU-seconds in the account during the interval, exact; below 0 where a preemption in it undid work of an earlier one, which is then in lost",
}
