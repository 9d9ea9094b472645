package validate

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/jevons-sim/jevons/sim/perf"
)

//go:embed data/training_published.csv
var publishedTraining string

// publishedTrainingName is what errors and reports call the built-in table.
const publishedTrainingName = "built-in table of published steps"

// TrainingOptions says what to compare with what.
type TrainingOptions struct {
	// Data is a table of measured steps; nil = the built-in one. DataName is
	// what errors call it.
	Data     io.Reader
	DataName string
	// Calibration holds the cost model's constants.
	Calibration perf.Calibration
	// TolerancePct is the largest mean absolute error of step time, over all
	// rows, that passes; 0 = 10.
	TolerancePct float64
}

// Training predicts the published training steps of a table and reports the
// errors. It passes when every row that publishes a configuration is judged
// feasible and step times are, on average, within the tolerance. An error means
// that the table cannot be read.
func Training(o TrainingOptions) (*Report, error) {
	if o.TolerancePct == 0 {
		o.TolerancePct = 10
	}
	own, err := readTrainingTable(publishedTrainingName, strings.NewReader(publishedTraining))
	if err != nil {
		return nil, err
	}
	rows := own
	if o.Data != nil {
		if rows, err = readTrainingTable(o.DataName, o.Data); err != nil {
			return nil, err
		}
		fillPublished(rows, own)
	}
	var out []Row
	for _, r := range rows {
		out = append(out, predictTraining(r, o.Calibration)...)
	}
	return trainingReport(out, o.TolerancePct), nil
}

// fillPublished completes rows that are those of the built-in table.
func fillPublished(rows, own []*trainingRow) {
	byID := map[string]*trainingRow{}
	for _, r := range own {
		byID[r.text["id"]] = r
	}
	for _, r := range rows {
		if o := byID[r.text["id"]]; o != nil && o.count("gpus") == r.count("gpus") && o.text["gpu"] == r.text["gpu"] {
			r.fillFrom(o)
		}
	}
}

// predictTraining compares one row: step time, and MFU and GPU-hours where
// they are published.
func predictTraining(r *trainingRow, k perf.Calibration) []Row {
	row := Row{ID: r.text["id"], Group: r.group(), Metric: "step_time", Unit: "s", OK: true}
	if !r.measured() {
		row.NotComparable = "no duration, throughput or MFU of a step is published"
		return []Row{row}
	}
	c, err := newTrainingCase(r)
	var incomplete incompleteError
	switch {
	case errors.As(err, &incomplete):
		row.NotComparable = err.Error()
		return []Row{row}
	case err != nil:
		row.Skipped, row.OK = fmt.Sprintf("line %d: %v", r.line, err), false
		return []Row{row}
	}
	t, err := c.run(k)
	row.Assumed = strings.Join(c.assumed, "; ")
	if err != nil {
		row.Infeasible, row.OK = err.Error(), false
		return []Row{row}
	}
	row.Also = trainingFigures(t)
	if c.noBatch {
		row.Also = map[string]float64{"memory_gib": row.Also["memory_gib"]}
		row.NotComparable = "feasible, but the global batch is not published"
		return []Row{row}
	}
	return compareTraining(r, c, t, row)
}

// compareTraining holds the prediction against every published figure.
func compareTraining(r *trainingRow, c *trainingCase, t *perf.Training, row Row) []Row {
	with := func(metric, unit string, predicted, actual float64) Row {
		x := row
		x.Metric, x.Unit, x.Predicted, x.Actual = metric, unit, predicted, actual
		x.ErrorPct = (predicted/actual - 1) * 100
		return x
	}
	rows := []Row{with("step_time", "s", t.Step().Total.Seconds(), c.measuredStep(r, t))}
	if published := r.number["mfu_pct"]; published > 0 {
		rows = append(rows, with("mfu", "% of peak", 100*t.MFU(), published))
	}
	if published := r.number["gpu_hours"]; published > 0 && r.number["tokens"] > 0 {
		rows = append(rows, with("gpu_hours", "GPU-hours", gpuHours(t, r.number["tokens"]), published))
	}
	return rows
}

// gpuHours returns the GPU-hours of training on that many tokens.
func gpuHours(t *perf.Training, tokens float64) float64 {
	return t.Step().Total.Hours() * float64(t.GPUs()) * tokens / float64(t.TokensPerStep())
}

// measured says whether the row has a figure that determines a step's time.
func (r *trainingRow) measured() bool {
	n := r.number
	return n["iter_s"] > 0 || n["tok_s_gpu"] > 0 || n["tflops_per_gpu"] > 0 || n["mfu_pct"] > 0 || n["hfu_pct"] > 0 ||
		n["tokens"] > 0 && (n["gpu_hours"] > 0 || n["train_minutes"] > 0)
}

// measuredStep returns the published time of a step in seconds, or what other
// published figures make of it by their own count of FLOPs.
func (c *trainingCase) measuredStep(r *trainingRow, t *perf.Training) float64 {
	n, gpus := r.number, float64(c.gpus)
	tokens := float64(t.TokensPerStep())
	counted := t.FLOPsPerStep()
	if c.hardware {
		counted = t.HardwareFLOPsPerStep()
	}
	switch {
	case n["iter_s"] > 0:
		return n["iter_s"]
	case n["tok_s_gpu"] > 0:
		return tokens / (n["tok_s_gpu"] * gpus)
	case n["tflops_per_gpu"] > 0:
		return counted / (n["tflops_per_gpu"] * 1e12 * gpus)
	case n["mfu_pct"] > 0:
		return t.FLOPsPerStep() / (n["mfu_pct"] / 100 * t.PeakFLOPS() * gpus)
	case n["hfu_pct"] > 0:
		return t.HardwareFLOPsPerStep() / (n["hfu_pct"] / 100 * t.PeakFLOPS() * gpus)
	case n["gpu_hours"] > 0:
		return n["gpu_hours"] * 3600 / gpus * tokens / n["tokens"]
	}
	return n["train_minutes"] * 60 * tokens / n["tokens"]
}

// trainingFigures lists further predictions of a step.
func trainingFigures(t *perf.Training) map[string]float64 {
	s := t.Step()
	share := func(part float64) float64 { return math.Round(part/s.Total.Seconds()*1e4) / 1e2 }
	return map[string]float64{
		"mfu_pct": 100 * t.MFU(), "hfu_pct": 100 * t.HFU(), "gpu_hours_per_1e9_tokens": gpuHours(t, 1e9),
		"memory_gib": t.Memory().Total() / (1 << 30), "bubble_pct": share(s.Bubble.Seconds()), "exposed_comm_pct": share(s.Comm.Total().Seconds()),
	}
}

// group returns what the summary groups by. Stacks of one source differ.
func (r *trainingRow) group() map[string]string {
	source := r.text["source"]
	if stack := r.text["stack"]; stack != "" {
		source += ", " + stack
	}
	return map[string]string{"source": source, "model": r.text["model"], "gpu": r.text["gpu"]}
}
