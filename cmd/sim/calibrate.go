package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/calibrate"
)

func calibrateCommand(a *app) *cobra.Command {
	var f measuredFlags
	var out, engine, start string
	o := calibrate.Options{}
	cmd := &cobra.Command{
		Use:   "calibrate",
		Short: "Fit the cost model's coefficients to measurements of real servers",
		Long: `calibrate fits a few physical coefficients (shares of peak rates by GPU type,
overheads per step, layer, request and collective) to a table of measurements in
the columns of sim validate serving, and writes a calibration file that scenarios
and --calibration can name. All models share them. The error is printed, and with
--leave-out model, or gpu, that of each predicted by a fit of the others. A GPU
that was not measured takes the mean of its kin, or of all that were.`,
		Example: `  sim calibrate --data experiments.csv --name mine --out mine.yaml`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Replications < 1 {
				return usageErrorf("--replications %d: must be at least 1", o.Replications)
			}
			d, err := f.read()
			if err != nil {
				return err
			}
			if o.LeaveOut != calibrate.Nothing && o.LeaveOut != calibrate.Model && o.LeaveOut != calibrate.GPU {
				return usageErrorf("--leave-out %s: want model or gpu", o.LeaveOut)
			}
			d = d.Where(func(_, _, e string) bool { return strings.HasPrefix(strings.ToLower(e), strings.ToLower(engine)) })
			if d = d.Comparable(); d.Len() == 0 {
				return usageErrorf("the table has no measurement of engine %q that can be simulated", engine)
			}
			if start != "" {
				c, err := sim.LoadCalibration(start, os.ReadFile)
				if err != nil {
					return usageErrorf("--start: %w", err)
				}
				o.Start = &c
			}
			o.Source = fmt.Sprintf("fitted to %s (%d servers, %s)", filepath.Base(f.data), d.Len(), strings.Join(d.GPUs(), ", "))
			if a.showsProgress() {
				o.Progress = func(what string, i int, loss float64) {
					fmt.Fprintf(a.stderr, "%s: iteration %d, summed error %.3f\n", what, i, loss)
				}
			}
			r, err := calibrate.Run(cmd.Context(), d, o)
			if err != nil {
				return fmt.Errorf("calibrating: %w", err)
			}
			var text bytes.Buffer
			if err := r.Calibration.Write(&text); err != nil {
				return err
			}
			if out != "" {
				if err := os.WriteFile(out, text.Bytes(), 0o644); err != nil {
					return fmt.Errorf("writing the calibration: %w", err)
				}
			} else if _, err := a.stdout.Write(text.Bytes()); err != nil {
				return err
			}
			if _, err := fmt.Fprintf(a.stdout, "\nWith this calibration:\n%s\n", render(a.trainingSummary(r.Fitted), a.format)); err != nil || r.LeftOut == nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "\nEach %s by a fit of the others:\n%s\n", o.LeaveOut, render(a.trainingSummary(r.LeftOut), a.format))
			return err
		},
	}
	f.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&out, "out", "", "file to write; none = stdout")
	flags.StringVar(&start, "start", "", "calibration to begin at (default: rules of thumb)")
	flags.StringVar(&engine, "engine", "", "use the rows of engines whose name begins so")
	flags.StringVar(&o.Name, "name", "mine", "name of the calibration")
	flags.BoolVar(&o.ScheduleAhead, "schedule-ahead", true, "the engine forms a batch one step ahead")
	flags.StringVar((*string)(&o.LeaveOut), "leave-out", "", "also fit once without each model, or gpu, and predict it")
	flags.Uint64Var(&o.Seed, "seed", 1, "seed of the random streams")
	flags.IntVar(&o.Replications, "replications", 5, "how often a test with random arrivals is simulated, for the median")
	flags.IntVarP(&o.Workers, "jobs", "j", runtime.GOMAXPROCS(0), "servers simulated at once")
	return cmd
}
