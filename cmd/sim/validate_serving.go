package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/validate"
)

// measuredFlags name a table of measurements and the models it needs.
type measuredFlags struct {
	data   string
	models []string
	server map[string]string
}

func (f *measuredFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.data, "data", "", "measurements: a table (CSV), or results that vLLM's load generator saved (JSON)")
	cmd.Flags().StringToStringVar(&f.server, "server", nil, "what such results do not say of their server: gpu=H100,tp=2,precision=fp8,max_num_seqs=256,…")
	cmd.Flags().StringArrayVar(&f.models, "model-config", nil, "NAME=config.json of a model that is not in the catalogue (repeatable)")
}

// read reads the table.
func (f *measuredFlags) read() (*validate.ServingData, error) {
	if f.data == "" {
		return nil, usageErrorf("--data is missing: want a table of measurements (sim validate serving --help lists its columns)")
	}
	models := validate.Models{}
	for _, m := range f.models {
		name, path, ok := strings.Cut(m, "=")
		if !ok {
			return nil, usageErrorf("--model-config %s: want NAME=PATH", m)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, usageErrorf("--model-config: %w", err)
		}
		if models[strings.ToLower(name)], err = perf.ParseConfig(path, bytes.NewReader(text)); err != nil {
			return nil, usageErrorf("--model-config: %w", err)
		}
	}
	file, err := os.Open(f.data)
	if err != nil {
		return nil, usageErrorf("--data: %w", err)
	}
	defer file.Close()
	d, err := validate.ReadServing(filepath.Base(f.data), file, models, f.server)
	if err != nil {
		return nil, usageErrorf("%w", err)
	}
	return d, nil
}

func validateServingCommand(a *app) *cobra.Command {
	var f measuredFlags
	var calibration string
	var tolerance map[string]string
	var o validate.ServingOptions
	cmd := &cobra.Command{
		Use:   "serving",
		Short: "Compare the serving engine with measurements of real servers",
		Long: `serving simulates every measurement of a table as it was made and prints
predicted, measured and signed error, then mean absolute errors by model, GPU and
workload. Tables of two kinds are read, told apart by their header:

  load tests, one row a stage: exp, model, gpu, tp, precision, max_num_seqs,
  max_num_batched_tokens, question_tokens, output_tokens, stage, rate_per_s,
  duration_s, optionally gpu_memory_utilization, kv_blocks_16tok, system_prompts,
  users_per_system_prompt, system_prompt_tokens, workload, and what was measured:
  ttft_, itl_ or e2e_ with mean_ms, p90_ms or p99_ms;

  published figures, one row a figure: id, engine, model, gpu, parallelism,
  precision, scenario, input_tokens, output_tokens, metric, value, with n=… in
  notes for requests that arrive at once;

and results of vLLM's load generator (vllm bench serve --save-result). What they
do not say of the server comes from its --metadata or from --server, by the names
of columns above.

Where chance decides when requests arrive, a test is simulated several times; the
median is compared, and the range printed.

Coefficients come from the calibration of a row's engine (--calibration for
another) and are the same for all models. Stages that offered more than the simulated
server can take are marked saturated and left out of the summary. The exit code
is 3 when a mean absolute error exceeds its tolerance or a row cannot be run.`,
		Example: `  sim validate serving --data experiments.csv
  sim validate serving --data experiments.csv --tolerance e2e_mean=5,itl_mean=5,ttft_mean=10`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if o.Tolerances, err = parseTolerances(tolerance); err != nil {
				return err
			}
			if o.Replications < 1 {
				return usageErrorf("--replications %d: must be at least 1", o.Replications)
			}
			d, err := f.read()
			if err != nil {
				return err
			}
			o.Calibration = perf.EngineCalibration
			if calibration != "" {
				c, err := sim.LoadCalibration(calibration, os.ReadFile)
				if err != nil {
					return usageErrorf("--calibration: %w", err)
				}
				o.Calibration = func(string) perf.Calibration { return c }
			}
			r, err := validate.Serving(cmd.Context(), d, o)
			if err != nil {
				return err
			}
			return a.printServing(r)
		},
	}
	f.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&calibration, "calibration", "", "efficiency coefficients: a file, or one of "+strings.Join(perf.CalibrationNames(), ", ")+" (default: that of a row's engine, otherwise "+perf.DefaultCalibrationName+")")
	flags.StringToStringVar(&tolerance, "tolerance", nil, "largest mean absolute errors that pass, in percent, by metric")
	flags.BoolVar(&o.IncludeSaturated, "include-saturated", false, "count saturated stages in the summary")
	flags.Uint64Var(&o.Seed, "seed", 1, "seed of the random streams")
	flags.IntVar(&o.Replications, "replications", 10, "how often a test with random arrivals is simulated, for the median")
	flags.IntVarP(&o.Workers, "jobs", "j", runtime.GOMAXPROCS(0), "servers simulated at once")
	return cmd
}

func parseTolerances(given map[string]string) (map[string]float64, error) {
	tolerances := map[string]float64{}
	for metric, text := range given {
		var v float64
		if _, err := fmt.Sscanf(text, "%g", &v); err != nil || !(v > 0) {
			return nil, usageErrorf("--tolerance %s=%s: want a number above 0", metric, text)
		}
		tolerances[metric] = v
	}
	return tolerances, nil
}

// printServing prints the report and turns a failed one into exit code 3.
func (a *app) printServing(r *validate.Report) error {
	var err error
	switch a.format {
	case "json":
		err = a.printJSON(r)
	case "csv":
		_, err = fmt.Fprintln(a.stdout, a.servingRows(r).RenderCSV())
	default:
		_, err = fmt.Fprintf(a.stdout, "%s\n\n%s\n", render(a.servingRows(r), a.format), render(a.trainingSummary(r), a.format))
	}
	if err != nil || r.OK {
		return err
	}
	for _, s := range r.Summary {
		if s.TolerancePct > 0 && s.MeanAbsErrorPct > s.TolerancePct {
			return goalMissedf("the mean absolute error of %s is %.1f %%, beyond the tolerance of %g %%", s.Metric, s.MeanAbsErrorPct, s.TolerancePct)
		}
	}
	return goalMissedf("some rows cannot be run")
}

// servingRows has every comparison.
func (a *app) servingRows(r *validate.Report) table.Writer {
	t := a.newTable()
	t.AppendHeader(table.Row{"id", "model", "gpu", "stage", "metric", "unit", "predicted", "in runs", "measured", "error %", ""})
	for i := range r.Rows {
		row := &r.Rows[i]
		predicted, runs, off, note := "", "", "", row.Skipped+row.NotComparable
		if row.Compared() {
			predicted, off = fmt.Sprintf("%.4g", row.Predicted), fmt.Sprintf("%+.1f", row.ErrorPct)
		}
		if len(row.Range) == 2 {
			runs = fmt.Sprintf("%.4g–%.4g", row.Range[0], row.Range[1])
		}
		if row.Saturated {
			note = "saturated"
		}
		t.AppendRow(table.Row{row.ID, row.Group["model"], row.Group["gpu"], row.Group["stage"], row.Metric, row.Unit, predicted, runs, fmt.Sprintf("%.4g", row.Actual), off, note})
	}
	return t
}
