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

// PlacementRow is GPUs of consecutive nodes that somebody held for a time: a
// gang from when it got them until it left, or nobody while they were out of
// service or not delivered.
type PlacementRow struct {
	From     int64  `parquet:"from_ns"`
	To       int64  `parquet:"to_ns,delta"`
	Pool     string `parquet:"pool,dict"`
	NodeFrom int32  `parquet:"node_from"`
	NodeTo   int32  `parquet:"node_to"` // the last one
	GPUMilli int64  `parquet:"gpu_milli"`
	Gang     int64  `parquet:"gang"` // 0 = nobody
	Name     string `parquet:"name,dict"`
	Class    string `parquet:"class,dict"`
	Account  string `parquet:"account,dict"` // of nobody's; "" for gangs, which change theirs
	End      string `parquet:"end,dict"`
}

// IncidentRow is something that broke, was found or mended, or a planned drain.
type IncidentRow struct {
	Time      int64  `parquet:"time_ns,delta"`
	Event     string `parquet:"event,dict"`
	Component string `parquet:"component,dict"`
	Pool      string `parquet:"pool,dict"`
	NodeFrom  int32  `parquet:"node_from"`
	NodeTo    int32  `parquet:"node_to"` // the last one
	Gangs     int32  `parquet:"gangs"`   // that it stopped or preempted
}

// Recorder takes the rows of a run as they come up. A row is the caller's
// again once the call returns.
type Recorder interface {
	Request(*RequestRow) error
	Job(*JobRow) error
	Series(*SeriesRow) error
	Ledger(*LedgerRow) error
	Placement(*PlacementRow) error
	Incident(*IncidentRow) error
}

// Discard is a Recorder that keeps nothing.
type Discard struct{}

// Request implements Recorder.
func (Discard) Request(*RequestRow) error { return nil }

// Job implements Recorder.
func (Discard) Job(*JobRow) error { return nil }

// Series implements Recorder.
func (Discard) Series(*SeriesRow) error { return nil }

// Ledger implements Recorder.
func (Discard) Ledger(*LedgerRow) error { return nil }

// Placement implements Recorder.
func (Discard) Placement(*PlacementRow) error { return nil }

// Incident implements Recorder.
func (Discard) Incident(*IncidentRow) error { return nil }
