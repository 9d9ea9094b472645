package main

import (
	"fmt"
	"runtime"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/sim/validate"
)

func validateCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Run the simulator against what is known and print the errors",
		Args:  noSuchSubcommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		validateQueueingCommand(a), validateServingCommand(a), validateTrainingCommand(a), validateRLCommand(a), validateSchedulingCommand(a),
		validateDemandCommand(a),
	)
	return cmd
}

func validateQueueingCommand(a *app) *cobra.Command {
	var o validate.QueueingOptions
	cmd := &cobra.Command{
		Use:   "queueing",
		Short: "Compare the serving engine, as a queue, with closed forms",
		Long: `queueing runs the serving engine in the limits in which it is a classical queue
(M/M/1, M/M/8, M/M/64, M/D/1, M/G/1 and processor sharing, at loads of 0.5, 0.8
and 0.95) and compares mean waits and times in system with their closed forms.
A comparison passes within the tolerance, or within three standard errors where
those are wider. The exit code is 3 when one does not.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Customers < 1000 || o.Workers < 1 || !(o.TolerancePct > 0) {
				return usageErrorf("want --customers of at least 1000, -j of at least 1 and --tolerance above 0")
			}
			var done func()
			o.Progress, done = a.count("queues")
			r, err := validate.Queueing(cmd.Context(), o)
			done()
			if err != nil {
				return err
			}
			return a.printValidation(r)
		},
	}
	flags := cmd.Flags()
	flags.Int64Var(&o.Customers, "customers", 3_000_000, "customers of a queue at load 0.5; ten times as many at 0.95")
	flags.Float64Var(&o.TolerancePct, "tolerance", 1, "largest error that passes, in percent")
	flags.Uint64Var(&o.Seed, "seed", 1, "seed of the random streams")
	flags.IntVarP(&o.Workers, "jobs", "j", runtime.GOMAXPROCS(0), "queues simulated at once")
	return cmd
}

// printValidation prints a report and turns a failed one into exit code 3.
func (a *app) printValidation(r *validate.Report) error {
	if err := a.printReport(r); err != nil {
		return err
	}
	failed := 0
	for _, row := range r.Rows {
		if !row.OK {
			failed++
		}
	}
	if failed > 0 {
		return goalMissedf("%d of %d comparisons are beyond their tolerance", failed, len(r.Rows))
	}
	return nil
}

func (a *app) printReport(r *validate.Report) error {
	if a.format == "json" {
		return a.printJSON(r)
	}
	t := a.newTable()
	t.AppendHeader(table.Row{"case", "metric", "simulated", "exact", "error %", "std. error %", "tolerance %", "verdict"})
	for _, row := range r.Rows {
		verdict := "ok"
		if !row.OK {
			verdict = "MISSED"
		}
		t.AppendRow(table.Row{row.ID, row.Metric, fmt.Sprintf("%.5g", row.Predicted), fmt.Sprintf("%.5g", row.Actual),
			fmt.Sprintf("%+.2f", row.ErrorPct), fmt.Sprintf("%.2f", row.StandardErrorPct), fmt.Sprintf("%.2f", row.TolerancePct), verdict})
	}
	if a.format == "csv" {
		_, err := fmt.Fprintln(a.stdout, t.RenderCSV())
		return err
	}
	note := ""
	for _, s := range r.Summary {
		note += fmt.Sprintf("%s: %d comparisons, mean absolute error %.2f %%, largest %.2f %%, bias %+.2f %%\n", s.Metric, s.N, s.MeanAbsErrorPct, s.MaxAbsErrorPct, s.BiasPct)
	}
	_, err := fmt.Fprintf(a.stdout, "%s\n\n%s", render(t, a.format), note)
	return err
}
