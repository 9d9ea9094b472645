package validate

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"

	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/rl"
)

//go:embed data/rl_published.csv
var publishedRLTable string

// RLOptions says what to compare with what.
type RLOptions struct {
	// Data is a table of measured jobs; nil = the built-in one. DataName is
	// what errors call it.
	Data     io.Reader
	DataName string
	// Calibration holds the cost model's constants.
	Calibration perf.Calibration
	Seed        uint64
	Steps       int64 // simulated of each job, after the first four
	Workers     int
	// TolerancePct is the largest mean absolute error of synchronous over
	// asynchronous hours that passes.
	TolerancePct float64
	// Progress, if not nil, is called when a job is done.
	Progress func(done, of int)
}

// The largest errors that pass: of the share of a rollout with only the last
// tenth of samples running, in points.
const tailTolerance = 10

// RL checks the laws of RL post-training and simulates published jobs. It
// passes when every law holds, hours of synchronous over asynchronous jobs are
// on average within the tolerance, and tail shares within ten points. An error
// means that the table cannot be read.
func RL(ctx context.Context, o RLOptions) (*Report, error) {
	name, data := "built-in table of published RL jobs", io.Reader(strings.NewReader(publishedRLTable))
	if o.Data != nil {
		name, data = o.DataName, o.Data
	}
	jobs, err := readRLTable(name, data)
	if err != nil {
		return nil, err
	}
	gpu, err := fleet.LookupGPU("H100")
	if err != nil {
		return nil, err
	}
	rows, err := (&rlLaws{ctx: ctx, gpu: gpu, seed: o.Seed}).check()
	if err != nil {
		return nil, err
	}
	fillRLJobs(jobs)
	runs := make([]*rlRun, len(jobs))
	var mu sync.Mutex
	done := 0
	each(max(1, o.Workers), len(jobs), func(i int) {
		runs[i] = jobs[i].run(ctx, &o)
		if o.Progress != nil {
			mu.Lock()
			done++
			o.Progress(done, len(jobs))
			mu.Unlock()
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, r := range runs {
		rows = append(rows, r.compare()...)
	}
	rows = append(rows, hoursRatios(runs)...)
	return rlReport(rows, o.TolerancePct), nil
}

// fillRLJobs completes jobs from others of the same system and model.
func fillRLJobs(jobs []*publishedRL) {
	for _, j := range jobs {
		for _, o := range jobs {
			if j != o && j.source == o.source && j.system == o.system && j.model == o.model && j.gpus == o.gpus {
				j.fill(o)
				for m, v := range o.byMetric {
					if m == "mean_output_tokens" || m == "gpus_per_instance" {
						j.byMetric[m] = v
					}
				}
			}
		}
	}
}

// rlRun is a published job and what its simulation came to.
type rlRun struct {
	*publishedRL
	figures *rlFigures // nil = could not be run
	row     Row        // what all its comparisons have in common
}

// rlWarmup is the steps that fill an asynchronous job's pipeline.
const rlWarmup = 4

func (j *publishedRL) run(ctx context.Context, o *RLOptions) *rlRun {
	r := &rlRun{publishedRL: j, row: Row{ID: j.name(), Group: map[string]string{"source": j.source, "model": j.model, "gpu": j.gpu}, OK: true}}
	job, assumed, err := j.job()
	r.row.Assumed = strings.Join(assumed, "; ")
	var incomplete incompleteError
	switch {
	case errors.As(err, &incomplete):
		r.row.NotComparable = err.Error()
		return r
	case err != nil:
		r.row.Skipped, r.row.OK = err.Error(), false
		return r
	}
	job.config.Steps = o.Steps + rlWarmup
	c, err := job.configure(o.Calibration, o.Seed)
	if err == nil {
		r.figures, err = runRLAfter(ctx, job.gpu, c, rlWarmup)
	}
	if err != nil && ctx.Err() == nil {
		r.row.Infeasible, r.row.OK = err.Error(), false
	}
	return r
}

// compare holds the simulation against every figure that it predicts.
func (r *rlRun) compare() []Row {
	if r.figures == nil {
		row := r.row
		row.Metric = r.values[0].metric
		return []Row{row}
	}
	var rows []Row
	for _, v := range r.values {
		predicted, ok := r.predict(&v)
		if !ok {
			continue
		}
		row := r.row
		row.Metric, row.Unit, row.Predicted, row.Actual = v.metric, v.unit, predicted, v.value
		if _, hours := v.hours(); hours {
			row.Metric = "hours"
		}
		row.ErrorPct = (predicted/v.value - 1) * 100
		row.Also = r.figures.also()
		rows = append(rows, row)
	}
	if tail, ok := r.tail(); ok {
		rows = append(rows, tail)
	}
	return rows
}

// predict returns the simulation's value of a published figure.
func (r *rlRun) predict(v *publishedFigure) (value float64, ok bool) {
	f := r.figures
	step := f.stepSeconds()
	phase := func(p rl.Phase) float64 { return f.Phase[p].Seconds() / float64(f.Steps) }
	if steps, ok := v.hours(); ok {
		return step * float64(steps) / 3600, true
	}
	switch v.metric {
	case "step_s":
		return step, true
	case "gen_s":
		return phase(rl.Generate) + phase(rl.Reward), true
	case "gen_wait_s", "wait_prev_gen_s":
		return phase(rl.Wait), true
	case "old_log_prob_s":
		return phase(rl.LogProb), true
	case "update_actor_s":
		return phase(rl.Update), true
	case "rollout_s", "rollout_verl_s":
		return phase(rl.Generate), true
	case "rollout_share":
		return (phase(rl.Generate) + phase(rl.Reward)) / step, true
	case "train_share":
		return (phase(rl.LogProb) + phase(rl.Update)) / step, true
	case "weight_update_share":
		return (phase(rl.Sync) + phase(rl.Switch)) / step, true
	case "effective_training_throughput":
		return float64(f.Used.Tokens+f.Used.PromptTokens) / f.StepTime().Seconds() / 1000, true
	}
	return 0, false
}

// tail compares the share of a rollout in which only the last tenth of its
// samples was running, in points.
func (r *rlRun) tail() (Row, bool) {
	for _, names := range [][2]string{{"rollout_s", "tail10pct_s"}, {"rollout_verl_s", "tail_verl_s"}} {
		rollout, tail := r.byMetric[names[0]], r.byMetric[names[1]]
		if rollout == 0 || tail == 0 {
			continue
		}
		row := r.row
		row.Metric, row.Unit = "tail_share", "% of rollout"
		row.Predicted = 100 * r.figures.Tail.Seconds() / r.figures.Phase[rl.Generate].Seconds()
		row.Actual = 100 * tail / rollout
		row.ErrorPct = (row.Predicted/row.Actual - 1) * 100
		row.OK = math.Abs(row.Predicted-row.Actual) <= tailTolerance
		return row, true
	}
	return Row{}, false
}

// also lists further figures of a run.
func (f *rlFigures) also() map[string]float64 {
	return map[string]float64{
		"step_s": f.stepSeconds(), "rollout_idle": f.rolloutIdle, "trainer_idle": f.trainerIdle, "staleness_mean": f.StalenessMean(),
		"staleness_max": float64(f.Used.StalenessMax), "tokens_per_sample": float64(f.Used.Tokens) / float64(f.Used.Samples),
		"tail_share": f.TailShare(), "kv_preemptions": float64(f.Used.KVPreemptions),
	}
}

// hoursRatios compares hours of synchronous over asynchronous jobs on the same
// GPUs, and throughputs over those without staleness.
func hoursRatios(runs []*rlRun) []Row {
	var rows []Row
	for _, async := range runs {
		for _, sync := range runs {
			if async.figures == nil || sync.figures == nil || async.source != sync.source || async.model != sync.model || async.gpus != sync.gpus {
				continue
			}
			row := async.row
			row.Unit = "x"
			if sync.synchronous() && !async.synchronous() {
				for _, v := range async.values {
					steps, ok := v.hours()
					other := sync.byMetric[v.metric]
					if !ok || other == 0 {
						continue
					}
					row.ID = fmt.Sprintf("%s over %s, %d steps", sync.name(), async.mode, steps)
					row.Metric, row.Actual = "hours_ratio", other/v.value
					row.Predicted = sync.figures.stepSeconds() / async.figures.stepSeconds()
					row.ErrorPct = (row.Predicted/row.Actual - 1) * 100
					rows = append(rows, row)
				}
			}
			const throughput = "effective_training_throughput"
			if a, b := async.byMetric[throughput], sync.byMetric[throughput]; async != sync && a > 0 && b > 0 && sync.staleness(1) == 0 {
				now, _ := async.predict(&publishedFigure{metric: throughput})
				then, _ := sync.predict(&publishedFigure{metric: throughput})
				row.ID = fmt.Sprintf("%s over staleness 0", async.name())
				row.Metric, row.Actual, row.Predicted = "throughput_ratio", a/b, now/then
				row.ErrorPct = (row.Predicted/row.Actual - 1) * 100
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// rlReport sums up the published rows by metric, all of them and by source.
func rlReport(rows []Row, tolerance float64) *Report {
	r := &Report{Kind: "rl", OK: true, Rows: rows}
	for i := range rows {
		r.OK = r.OK && rows[i].OK
		if rows[i].Metric == "hours_ratio" {
			rows[i].TolerancePct = tolerance // of the mean of all
		}
	}
	published := func(row *Row) bool { return row.Group["check"] == "" && row.Compared() }
	r.summarise(rows, published, func(*Row) string { return "all" }, map[string]float64{"hours_ratio": tolerance})
	r.summarise(rows, published, func(row *Row) string { return "source=" + row.Group["source"] }, nil)
	return r
}
