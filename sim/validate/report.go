package validate

import (
	"math"
	"slices"
)

// Report is the outcome of a validation: every comparison, and what they come
// to together.
type Report struct {
	Kind    string        `json:"kind"`
	OK      bool          `json:"ok"`
	Rows    []Row         `json:"rows"`
	Summary []SummaryLine `json:"summary"`
}

// Row is one comparison. Predicted is the simulator's figure, actual what it
// should be. Errors are in percent of the actual figure, but in points where the
// unit itself is percent.
type Row struct {
	ID        string            `json:"id"`
	Group     map[string]string `json:"group"`
	Metric    string            `json:"metric"`
	Unit      string            `json:"unit"`
	Predicted float64           `json:"predicted"`
	Actual    float64           `json:"actual"`
	// Range is the smallest and the largest of several predictions, of which
	// Predicted is the median.
	Range            []float64 `json:"predicted_range,omitempty"`
	ErrorPct         float64   `json:"error_pct"`
	StandardErrorPct float64   `json:"standard_error_pct"`
	TolerancePct     float64   `json:"tolerance_pct"`
	AtMost           bool      `json:"at_most,omitempty"` // actual is a bound, not a value
	Saturated        bool      `json:"saturated"`
	OK               bool      `json:"ok"`
	// Why a row has no comparison: it could not be run, its configuration does
	// not fit, or it publishes no figure that the model predicts.
	Skipped       string `json:"skipped,omitempty"`
	Infeasible    string `json:"infeasible,omitempty"`
	NotComparable string `json:"not_comparable,omitempty"`
	// Assumed lists what the publication leaves open and how it was filled in.
	Assumed string `json:"assumed,omitempty"`
	// Also has further predictions for the row, by name.
	Also map[string]float64 `json:"also,omitempty"`
}

// Compared says whether the row holds a prediction against an actual figure.
func (r *Row) Compared() bool { return r.Skipped == "" && r.Infeasible == "" && r.NotComparable == "" }

// SummaryLine sums up the rows of a metric.
type SummaryLine struct {
	By                string  `json:"by"`
	Metric            string  `json:"metric"`
	N                 int     `json:"n"`
	MeanAbsErrorPct   float64 `json:"mean_abs_error_pct"`
	MedianAbsErrorPct float64 `json:"median_abs_error_pct"`
	MaxAbsErrorPct    float64 `json:"max_abs_error_pct"`
	BiasPct           float64 `json:"bias_pct"`
	TolerancePct      float64 `json:"tolerance_pct"`
}

// newReport sums up rows by metric, in order of first appearance.
func newReport(kind string, rows []Row, tolerance float64) *Report {
	r := &Report{Kind: kind, OK: true, Rows: rows}
	var metrics []string
	errors := map[string][]float64{}
	for _, row := range rows {
		r.OK = r.OK && row.OK
		if !row.Compared() {
			continue
		}
		if errors[row.Metric] == nil {
			metrics = append(metrics, row.Metric)
		}
		errors[row.Metric] = append(errors[row.Metric], row.ErrorPct)
	}
	for _, m := range metrics {
		r.Summary = append(r.Summary, summarise(m, errors[m], tolerance))
	}
	return r
}

// summarise adds a line for every metric of every group of rows, in order of
// first appearance; rows whose group is "" are left out. A line beyond its
// metric's tolerance fails the report.
func (r *Report) summarise(rows []Row, counted func(*Row) bool, group func(*Row) string, tolerances map[string]float64) {
	type line struct{ by, metric string }
	var order []line
	errors := map[line][]float64{}
	for i := range rows {
		l := line{group(&rows[i]), rows[i].Metric}
		if l.by == "" || !counted(&rows[i]) {
			continue
		}
		if errors[l] == nil {
			order = append(order, l)
		}
		errors[l] = append(errors[l], rows[i].ErrorPct)
	}
	for _, l := range order {
		s := summarise(l.metric, errors[l], tolerances[l.metric])
		s.By = l.by
		if s.TolerancePct > 0 && s.MeanAbsErrorPct > s.TolerancePct {
			r.OK = false
		}
		r.Summary = append(r.Summary, s)
	}
}

func summarise(metric string, errs []float64, tolerance float64) SummaryLine {
	s := SummaryLine{By: "all", Metric: metric, N: len(errs), TolerancePct: tolerance}
	abs := make([]float64, len(errs))
	for i, e := range errs {
		abs[i] = math.Abs(e)
		s.MeanAbsErrorPct += abs[i] / float64(len(errs))
		s.BiasPct += e / float64(len(errs))
		s.MaxAbsErrorPct = max(s.MaxAbsErrorPct, abs[i])
	}
	s.MedianAbsErrorPct = median(abs)
	return s
}

// median sorts its argument.
func median(v []float64) float64 {
	slices.Sort(v)
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}
