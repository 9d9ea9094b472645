package main

import (
	"fmt"
	"math"
	"os"
	"runtime"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/validate"
)

func validateRLCommand(a *app) *cobra.Command {
	var data string
	o := validate.RLOptions{Calibration: perf.DefaultCalibration()}
	cmd := &cobra.Command{
		Use:   "rl",
		Short: "Check the laws of RL post-training and compare with published jobs",
		Long: `rl first runs RL jobs of which the outcome is known: with samples of one length
steps are sums and maxima of their phases to the nanosecond, asynchronous
throughput is that of the slower side, staleness stays within its bound, every
sample is accounted for. Then it simulates published jobs, rollouts through the
serving engine, and prints what was measured beside it: step times and their
phases, hours of synchronous over asynchronous jobs, the tail of rollouts,
throughput by staleness. Without --data it takes the built-in table. What a
publication leaves open, lengths of samples above all, is the same for all jobs
of a source; --format json and csv list it.

A table has a line of column names and a row a figure: id, source, system, model,
gpu, gpus, split_train_rollout (such as 16:16), mode (with the word sync, or
staleness and a number), max_gen_tokens, prompts_per_step, group, metric, value,
unit. Metrics are step_s, gen_s, gen_wait_s, old_log_prob_s, update_actor_s,
total_400steps_h, rollout_s, tail10pct_s, rollout_share, train_share and
effective_training_throughput (k tokens/s); mean_output_tokens and
gpus_per_instance describe the job.

The exit code is 3 when a law is broken, when the mean absolute error of
synchronous over asynchronous hours exceeds the tolerance, when a tail's share
of its rollout is more than 10 points off, or when a job cannot be run.`,
		Example: `  sim validate rl
  sim validate rl --data measured.csv --steps 20`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !(o.TolerancePct > 0) || o.Steps < 1 || o.Workers < 1 {
				return usageErrorf("want --tolerance above 0, --steps and -j of at least 1")
			}
			if data != "" {
				file, err := os.Open(data)
				if err != nil {
					return usageErrorf("--data: %w", err)
				}
				defer file.Close()
				o.Data, o.DataName = file, data
			}
			var done func()
			o.Progress, done = a.count("jobs")
			r, err := validate.RL(cmd.Context(), o)
			done()
			switch {
			case cmd.Context().Err() != nil:
				return err
			case err != nil:
				return usageErrorf("%w", err)
			}
			return a.printRL(r)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&data, "data", "", "table of measured jobs (CSV; default: the built-in one)")
	flags.Float64Var(&o.TolerancePct, "tolerance", 20, "largest mean absolute error of synchronous over asynchronous hours that passes, in percent")
	flags.Int64Var(&o.Steps, "steps", 8, "steps simulated of each job, after the first four")
	flags.Uint64Var(&o.Seed, "seed", 1, "seed of the random streams")
	flags.IntVarP(&o.Workers, "jobs", "j", runtime.GOMAXPROCS(0), "jobs simulated at once")
	return cmd
}

// printRL prints the report and turns a failed one into exit code 3.
func (a *app) printRL(r *validate.Report) error {
	var err error
	switch a.format {
	case "json":
		err = a.printJSON(r)
	case "csv":
		_, err = fmt.Fprintln(a.stdout, a.trainingRows(r).RenderCSV())
	default:
		_, err = fmt.Fprintf(a.stdout, "%s\n\n%s\n\n%s\n%s", render(a.rlLaws(r), a.format), render(a.rlRows(r), a.format),
			render(a.trainingSummary(r), a.format), trainingNotes(r))
	}
	if err != nil || r.OK {
		return err
	}
	failed := 0
	for i := range r.Rows {
		if !r.Rows[i].OK {
			failed++
		}
	}
	if failed > 0 {
		return goalMissedf("%d of %d comparisons are beyond their tolerance or could not be made", failed, len(r.Rows))
	}
	for _, s := range r.Summary {
		if s.TolerancePct > 0 && s.MeanAbsErrorPct > s.TolerancePct {
			return goalMissedf("the mean absolute error of %s is %.1f %%, beyond the tolerance of %g %%", s.Metric, s.MeanAbsErrorPct, s.TolerancePct)
		}
	}
	return nil
}

// rlLaws has a line per law.
func (a *app) rlLaws(r *validate.Report) table.Writer {
	t := a.newTable()
	t.AppendHeader(table.Row{"law", "metric", "simulated", "", "known", "verdict"})
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Group["check"] != "law" {
			continue
		}
		relation, verdict := "=", "ok"
		switch {
		case row.AtMost:
			relation = "≤"
		case row.TolerancePct > 0:
			relation = fmt.Sprintf("± %g %%", row.TolerancePct)
		}
		if !row.OK {
			verdict = "BROKEN"
		}
		t.AppendRow(table.Row{row.ID, row.Metric, fmt.Sprintf("%.6g", row.Predicted), relation, fmt.Sprintf("%.6g %s", row.Actual, row.Unit), verdict})
	}
	return t
}

// rlRows has a line per published figure.
func (a *app) rlRows(r *validate.Report) table.Writer {
	t := a.newTable()
	t.AppendHeader(table.Row{"job", "metric", "simulated", "measured", "error %", ""})
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Group["check"] == "law" || !row.Compared() {
			continue
		}
		note := ""
		switch {
		case !row.OK:
			note = "MISSED"
		case row.TolerancePct > 0 && math.Abs(row.ErrorPct) > row.TolerancePct:
			note = fmt.Sprintf("beyond %g %%", row.TolerancePct)
		}
		t.AppendRow(table.Row{row.ID, row.Metric, fmt.Sprintf("%.4g", row.Predicted), fmt.Sprintf("%.4g %s", row.Actual, row.Unit), fmt.Sprintf("%+.1f", row.ErrorPct), note})
	}
	return t
}
