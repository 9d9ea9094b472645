package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/report/timeline"
)

// runFlags are the flags of `sim run`.
type runFlags struct {
	sets         []string
	seed         uint64
	out          string
	force        bool
	replications int
	limited      bool // --replications was given
	precision    string
	figure       string // of --precision
	warmup       string
	jobs         int
	timeline     bool
	failOn       []string // goals
	engine       engineFlags
}

func runCommand(a *app) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [SCENARIO]",
		Short: "Run a scenario and write its results",
		Long: `Run a scenario: a file, the name of a preset, or - for standard input. Without
one, the default preset runs.

Results go to stdout and to a directory: report.html, summary.json,
requests.parquet, jobs.parquet, timeseries.parquet, ledger.parquet,
placements.parquet, incidents.parquet, and scenario.yaml, which runs to the same
results again.`,
		Example: `  sim run
  sim run replay --set scale=0.5
  sim run my.yaml --set fleet.pools[0].nodes=64 --seed 7 --out results/mine
  sim run my.yaml --replications 10 -j 4 --out - --format json
  sim run my.yaml --fail-on-slo --fail-on-slo='after.ttft_p99<2s'`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completePresets,
		RunE: func(cmd *cobra.Command, args []string) error {
			arg := ""
			if len(args) > 0 {
				arg = args[0]
			}
			f.limited = cmd.Flags().Changed("replications")
			if f.figure != "" && f.precision == "" {
				return usageErrorf("--precision-of %s: there is no --precision to reach", f.figure)
			}
			if f.figure != "" {
				if err := checkFigures("--precision-of", f.figure); err != nil {
					return err
				}
			}
			if cmd.Flags().Changed("seed") {
				f.sets = append(f.sets, fmt.Sprintf("seed=%d", f.seed))
			}
			return a.run(cmd.Context(), arg, &f)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.sets, "set", nil, "change a value of the scenario: --set path=value (repeatable)")
	flags.Uint64Var(&f.seed, "seed", 0, "seed of every random stream (default the scenario's)")
	flags.StringVar(&f.out, "out", "", "results directory; - writes none (default results/<name>-<id>)")
	flags.BoolVar(&f.force, "force", false, "replace results that are already there")
	flags.IntVar(&f.replications, "replications", 1, "independent runs, with seeds that count up; figures get confidence intervals")
	flags.StringVar(&f.precision, "precision", "", "replicate until a figure's 95 % interval is within that share of its mean, such as 2%; at most --replications (100)")
	flags.StringVar(&f.figure, "precision-of", "", "the figure of --precision: a path of summary.json (default the mean time of a request, or of a job)")
	flags.StringVar(&f.warmup, "warmup", "", "time at the start that results leave out; auto plays the scenario once more first and cuts where MSER-5 does (default the scenario's)")
	flags.BoolVar(&f.timeline, "timeline", false, "also write "+timeline.Name+", for ui.perfetto.dev: nodes, jobs, replicas and failures over time (of the first replication)")
	flags.StringArrayVar(&f.failOn, "fail-on-slo", nil, "exit with 3 when the run misses a goal: --fail-on-slo='ttft_p99<2s' (repeatable, as --slo of plan); without one, "+leastAttained+" by the deployments' own slo")
	flags.Lookup("fail-on-slo").NoOptDefVal = leastAttained
	flags.IntVarP(&f.jobs, "jobs", "j", runtime.GOMAXPROCS(0), "runs at a time")
	flags.BoolVar(&f.engine.check, "check", false, "check costly invariants during the run")
	flags.BoolVar(&f.engine.stepMode, "step-mode", false, "take every engine step singly; slower, same results")
	return cmd
}

// run executes `sim run`.
func (a *app) run(ctx context.Context, arg string, f *runFlags) error {
	if f.replications < 1 || f.jobs < 1 {
		return usageErrorf("--replications %d and --jobs %d: both must be at least 1", f.replications, f.jobs)
	}
	v, err := a.newVariant(arg, f.sets)
	if err != nil {
		return err
	}
	goals, err := f.goals(v)
	if err != nil {
		return err
	}
	if f.warmup != "" {
		if v, err = a.withWarmup(ctx, v, f); err != nil {
			return err
		}
	}
	if f.replications > 1 || f.precision != "" {
		return a.replicate(ctx, v, f, goals)
	}
	return a.runOnce(ctx, v, f, goals)
}

// runOnce plays a single run, writes its results and prints them. Everything
// that is wrong with the input shows before anything is written.
func (a *app) runOnce(ctx context.Context, v *variant, f *runFlags, goals []*goal) (err error) {
	doc := v.doc
	bar := a.newProgress(doc.Name, doc.Horizon)
	defer func() { bar.done(err) }()
	simulation, err := a.build(v, 0, &f.engine, bar.run())
	if err != nil {
		return err
	}
	dir, err := a.createResults(f, doc, simulation.RunID().String())
	if err != nil {
		return err
	}
	defer dir.abort()
	began := time.Now()
	summary, err := simulation.Run(ctx, dir.recorder())
	bar.done(err)
	if err != nil {
		return interrupted(ctx, err)
	}
	wall := time.Since(began)
	a.log.Info("run complete", zap.String("run_id", summary.RunID), zap.Duration("wall", wall), zap.Float64("speed", doc.Horizon.Seconds()/wall.Seconds()))
	if err := dir.commit(doc, summary, began); err != nil {
		return err
	}
	if err := report.Print(a.stdout, summary, report.Format(a.format)); err != nil {
		return fmt.Errorf("printing the results: %w", err)
	}
	if err := dir.trend.Print(a.stdout, report.Format(a.format)); err != nil {
		return fmt.Errorf("printing the results: %w", err)
	}
	if err := a.footer(dir, v.text, doc); err != nil {
		return err
	}
	return missed(goals, summary)
}

// interrupted names an interruption as such.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return &exitError{exitInterrupted, fmt.Errorf("interrupted, nothing written: %w", err)}
	}
	return err
}
