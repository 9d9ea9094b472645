package result

// Explanation is why a job waited, interval by interval, and who held what it
// needed.
type Explanation struct {
	RunID    string     `json:"run_id"`
	Job      string     `json:"job"`
	ID       int64      `json:"id"` // of its gang; 0 = refused
	Tenant   string     `json:"tenant,omitempty"`
	GPUs     float64    `json:"gpus"`
	Workers  int        `json:"workers"`
	SubmitS  float64    `json:"submit_s"`
	Refused  string     `json:"refused,omitempty"` // why the fleet could never hold it
	Turns    []Turn     `json:"turns,omitempty"`
	WaitS    float64    `json:"wait_s"` // over all turns
	ByCause  []CauseSum `json:"by_cause,omitempty"`
	Finished bool       `json:"finished"`
	EndS     float64    `json:"end_s"` // or how far the explanation goes
}

// Turn is one stay in the queue.
type Turn struct {
	FromS     float64   `json:"from_s"`
	ToS       float64   `json:"to_s"`
	Started   bool      `json:"started"`         // it got its GPUs at the end
	Pool      string    `json:"pool,omitempty"`  // where
	Nodes     int       `json:"nodes,omitempty"` // on how many nodes
	Intervals []Waiting `json:"intervals,omitempty"`
}

// Waiting is an interval with one cause.
type Waiting struct {
	FromS   float64  `json:"from_s"`
	ToS     float64  `json:"to_s"`
	Cause   string   `json:"cause"`
	Detail  string   `json:"detail"` // as it was at the start
	Ahead   string   `json:"ahead,omitempty"`
	Holders []Holder `json:"holders,omitempty"` // at the start, the largest first
}

// Holder is who held GPUs that the job could have used.
type Holder struct {
	Name   string   `json:"name"`
	ID     int64    `json:"id"`
	Tenant string   `json:"tenant,omitempty"`
	Class  string   `json:"class"`
	GPUs   float64  `json:"gpus"`
	SinceS float64  `json:"since_s"`
	EndsS  *float64 `json:"ends_s"` // as its estimate says; null = nobody knows
}

// CauseSum is how long a cause kept a job waiting.
type CauseSum struct {
	Cause string  `json:"cause"`
	S     float64 `json:"s"`
}
