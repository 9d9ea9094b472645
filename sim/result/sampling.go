package result

// Sampling says how requests were sampled: counts and tokens of the summary are
// those of a fluid model, latencies those of the simulated requests.
type Sampling struct {
	Windows   int     `json:"windows"`
	Simulated int64   `json:"simulated"` // requests, those of the warm-ups not counted
	Share     float64 `json:"share"`     // of the requests that arrived
	// Intervals at 95 %, over groups of windows.
	TTFT  QuantileIntervals `json:"ttft_s"`
	TPOT  QuantileIntervals `json:"tpot_s"`
	E2E   QuantileIntervals `json:"e2e_s"`
	Queue QuantileIntervals `json:"queue_s"`
}

// QuantileIntervals are intervals of the figures of Quantiles.
type QuantileIntervals struct {
	Mean Interval `json:"mean"`
	P50  Interval `json:"p50"`
	P90  Interval `json:"p90"`
	P95  Interval `json:"p95"`
	P99  Interval `json:"p99"`
}

// Interval is where a figure lies, in seconds.
type Interval struct {
	Lo float64 `json:"lo"`
	Hi float64 `json:"hi"`
}
