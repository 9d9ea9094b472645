package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/validate"
)

func validateTrainingCommand(a *app) *cobra.Command {
	var data string
	o := validate.TrainingOptions{Calibration: perf.DefaultCalibration()}
	cmd := &cobra.Command{
		Use:   "training",
		Short: "Compare the training cost model with published steps",
		Long: `training predicts published pre-training steps and prints step time, MFU and
GPU-hours beside what was measured, the signed error of each row, and mean
absolute errors by source, model and GPU. Without --data it takes the built-in
table. What a publication leaves open, such as the micro-batch, is chosen as the
fastest that fits; --format json and csv list what was assumed.

A table has a line of column names: id, model, gpu and gpus; the shape (layers,
hidden, heads, ffn, vocab) unless model is in the catalogue (sim models);
seq_len, global_batch_seqs, tp, cp, pp, vpp, dp, ep, zero, schedule,
micro_batch, recompute, stack, format; and what was measured: iter_s, or
tok_s_gpu, tflops_per_gpu, mfu_pct, hfu_pct, or gpu_hours and tokens. Without
tp and pp the fastest layout is searched.

The exit code is 3 when the mean absolute error of step times exceeds the
tolerance, or when a published configuration cannot be run or does not fit.`,
		Example: `  sim validate training
  sim validate training --data measured.csv --tolerance 5`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if !(o.TolerancePct > 0) {
				return usageErrorf("--tolerance %g: must be above 0", o.TolerancePct)
			}
			if data != "" {
				file, err := os.Open(data)
				if err != nil {
					return usageErrorf("--data: %w", err)
				}
				defer file.Close()
				o.Data, o.DataName = file, data
			}
			r, err := validate.Training(o)
			if err != nil {
				return usageErrorf("%w", err)
			}
			return a.printTraining(r)
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "table of measured steps (CSV; default: the built-in one)")
	cmd.Flags().Float64Var(&o.TolerancePct, "tolerance", 10, "largest mean absolute error of step time that passes, in percent")
	return cmd
}

// printTraining prints the report and turns a failed one into exit code 3.
func (a *app) printTraining(r *validate.Report) error {
	var err error
	switch a.format {
	case "json":
		err = a.printJSON(r)
	case "csv":
		_, err = fmt.Fprintln(a.stdout, a.trainingRows(r).RenderCSV())
	default:
		_, err = fmt.Fprintf(a.stdout, "%s\n\n%s\n%s", render(a.trainingTable(r), a.format), render(a.trainingSummary(r), a.format), trainingNotes(r))
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
		return goalMissedf("%d published steps cannot be run or do not fit", failed)
	}
	for _, s := range r.Summary {
		if s.TolerancePct > 0 {
			return goalMissedf("the mean absolute error of %s is %.1f %%, beyond the tolerance of %g %%", s.Metric, s.MeanAbsErrorPct, s.TolerancePct)
		}
	}
	return goalMissedf("no row of the table can be compared")
}

// trainingTable has a line per published step: predicted / published.
func (a *app) trainingTable(r *validate.Report) table.Writer {
	t := a.newTable()
	t.AppendHeader(table.Row{"step", "predicted s", "measured s", "error %", "MFU %", "published", "HFU %", "GPU-h/1e9 tok", "GiB", "bubble %", "comm %", ""})
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Metric != "step_time" {
			continue
		}
		figures := []string{"", "", "", "", "", ""}
		for j, name := range []string{"mfu_pct", "hfu_pct", "gpu_hours_per_1e9_tokens", "memory_gib", "bubble_pct", "exposed_comm_pct"} {
			if v, ok := row.Also[name]; ok {
				figures[j] = fmt.Sprintf("%.1f", v)
			}
		}
		predicted, measured, off := "", "", ""
		if row.Compared() {
			predicted, measured, off = fmt.Sprintf("%.3f", row.Predicted), fmt.Sprintf("%.3f", row.Actual), fmt.Sprintf("%+.1f", row.ErrorPct)
		}
		t.AppendRow(table.Row{row.ID, predicted, measured, off, figures[0], publishedOf(r, row.ID, "mfu"), figures[1], figures[2], figures[3], figures[4], figures[5], verdict(row)})
	}
	return t
}

// publishedOf returns the published figure of a metric of a row, or "".
func publishedOf(r *validate.Report, id, metric string) string {
	for i := range r.Rows {
		if row := &r.Rows[i]; row.ID == id && row.Metric == metric {
			return fmt.Sprintf("%.4g", row.Actual)
		}
	}
	return ""
}

// verdict says in a word what became of a row.
func verdict(row *validate.Row) string {
	switch {
	case row.Infeasible != "":
		return "INFEASIBLE"
	case row.Skipped != "":
		return "SKIPPED"
	case row.NotComparable != "":
		return "not compared"
	}
	return ""
}

// trainingRows has every comparison with what was assumed.
func (a *app) trainingRows(r *validate.Report) table.Writer {
	t := a.newTable()
	t.AppendHeader(table.Row{"id", "source", "model", "gpu", "metric", "unit", "predicted", "actual", "error_pct", "verdict", "why", "assumed"})
	for i := range r.Rows {
		row := &r.Rows[i]
		predicted, actual, off := "", "", ""
		if row.Compared() {
			predicted, actual, off = fmt.Sprintf("%.6g", row.Predicted), fmt.Sprintf("%.6g", row.Actual), fmt.Sprintf("%.3f", row.ErrorPct)
		}
		t.AppendRow(table.Row{row.ID, row.Group["source"], row.Group["model"], row.Group["gpu"], row.Metric, row.Unit, predicted, actual, off,
			verdict(row), row.Skipped + row.Infeasible + row.NotComparable, row.Assumed})
	}
	return t
}

// trainingSummary has the mean errors by source, model and GPU.
func (a *app) trainingSummary(r *validate.Report) table.Writer {
	t := a.newTable()
	t.AppendHeader(table.Row{"by", "metric", "rows", "mean |error| %", "median", "largest", "bias %", "tolerance %"})
	for _, s := range r.Summary {
		tolerance := ""
		if s.TolerancePct > 0 {
			tolerance = fmt.Sprintf("%g", s.TolerancePct)
		}
		t.AppendRow(table.Row{s.By, s.Metric, s.N, fmt.Sprintf("%.1f", s.MeanAbsErrorPct), fmt.Sprintf("%.1f", s.MedianAbsErrorPct),
			fmt.Sprintf("%.1f", s.MaxAbsErrorPct), fmt.Sprintf("%+.1f", s.BiasPct), tolerance})
	}
	return t
}

// trainingNotes lists the rows that were not compared, and why.
func trainingNotes(r *validate.Report) string {
	var b strings.Builder
	for i := range r.Rows {
		if row := &r.Rows[i]; !row.Compared() {
			fmt.Fprintf(&b, "\n%s: %s", row.ID, row.Skipped+row.Infeasible+row.NotComparable)
		}
	}
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	return b.String()
}
