package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/sim/design"
	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/scenario"
)

// sweepFlags are the flags of `sim sweep`.
type sweepFlags struct {
	vary, sets, figures []string
	sample              string
	sampleSeed          uint64
	replications, jobs  int
	out, plot           string
	engine              engineFlags
}

func sweepCommand(a *app) *cobra.Command {
	var f sweepFlags
	cmd := &cobra.Command{
		Use:   "sweep SCENARIO --vary path=values",
		Short: "Run a scenario over many values of its parameters",
		Long: `Run a scenario at every point of a grid, or at sampled points, and write one
Parquet file, with a row per run and a column per parameter and figure, and a
report.html.

  --vary nodes=10,20,40               these values
  --vary nodes=10:40:10               from, to, step
  --vary rate=1:100:log:5             five values on a logarithmic scale (or lin)
  --sample sobol:64 --vary nodes=10:40 --vary rate=1.0:100.0:log
                                      ranges; whole numbers where both ends are

All points see the same random numbers. Each finished run is kept under its run
ID below the results directory, so a sweep that was interrupted, or that gets
more values or replications, plays only what is missing.`,
		Example: `  sim sweep r1-shock --vary elasticity=0:2:0.5 --replications 3
  sim sweep jevons --vary elasticity=0:2:0.5 --vary nodes=3,8,40 --figure demand.gpu_hours_ratio --plot ratio.svg
  sim sweep my.yaml --vary deployments.chat.replicas=2:16:2 --figure requests.ttft_s.p99
  sim sweep my.yaml --sample sobol:128 --vary rate=1.0:50.0:log --vary nodes=4:64 -j 8`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completePresets,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.sweep(cmd.Context(), args[0], &f) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.vary, "vary", nil, "a parameter or path and its values (repeatable)")
	flags.StringArrayVar(&f.sets, "set", nil, "change a value at all points: --set path=value (repeatable)")
	flags.StringVar(&f.sample, "sample", "", "sample the ranges instead of a grid: sobol:N or lhs:N")
	flags.Uint64Var(&f.sampleSeed, "sample-seed", 1, "seed of --sample lhs")
	flags.IntVar(&f.replications, "replications", 1, "runs at each point, with seeds that count up from the scenario's")
	flags.IntVarP(&f.jobs, "jobs", "j", runtime.GOMAXPROCS(0), "runs at a time")
	flags.StringVar(&f.out, "out", "", "directory of the sweep (default results/<name>-sweep)")
	flags.StringArrayVar(&f.figures, "figure", nil, "a figure to print: a path of summary.json (repeatable)")
	flags.StringVar(&f.plot, "plot", "", "draw the first figure over the first --vary into this SVG file")
	flags.BoolVar(&f.engine.check, "check", false, "check costly invariants during the runs")
	return cmd
}

// The files of a sweep's directory.
const (
	sweepFile   = "sweep.parquet"
	sweepPoints = "points"
)

// sweep executes `sim sweep`.
func (a *app) sweep(ctx context.Context, arg string, f *sweepFlags) error {
	if f.replications < 1 || f.jobs < 1 {
		return usageErrorf("--replications %d and --jobs %d: both must be at least 1", f.replications, f.jobs)
	}
	if err := checkFigures("--figure", f.figures...); err != nil {
		return err
	}
	base, err := a.newVariant(arg, f.sets)
	if err != nil {
		return err
	}
	axes, points, err := f.points()
	if err != nil {
		return err
	}
	tasks, err := sweepTasks(base, axes, points, f.replications)
	if err != nil {
		return err
	}
	dir := f.out
	if dir == "" {
		dir = filepath.Join("results", base.doc.Name+"-sweep")
	}
	if _, err := os.Stat(filepath.Join(dir, "summary.json")); err == nil {
		return usageErrorf("%s holds the results of a run; choose another --out for the sweep", dir)
	}
	c := &campaign{app: a, store: report.NewStore(filepath.Join(dir, sweepPoints)), jobs: f.jobs, engine: f.engine}
	s := &sweepResult{axes: axes, points: points, replications: f.replications, figures: f.figures}
	c.identified = func(tasks []*task) error { return s.announce(dir, base.doc.Name, tasks) }
	played, err := c.play(ctx, base.doc.Name, tasks)
	if err != nil {
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return &exitError{exitInterrupted, fmt.Errorf("interrupted after %d runs, which are kept: the same command goes on from there", played)}
		}
		return err
	}
	for i, t := range tasks {
		s.rows = append(s.rows, report.RunRow{
			Point: i/f.replications + 1, Replication: t.replication + 1, Seed: t.variant.seed(t.replication),
			RunID: t.runID, Parameters: points[i/f.replications], Figures: t.figures,
		})
	}
	if err := s.choose(); err != nil {
		return err
	}
	path := filepath.Join(dir, sweepFile)
	if err := s.write(path, base); err != nil {
		return err
	}
	if err := writeSweepLog(dir, a.command()); err != nil {
		return err
	}
	if err := writeSweepReport(dir, f.figures); err != nil {
		return err
	}
	if f.plot != "" {
		if err := s.writePlot(f.plot, base.doc.Name); err != nil {
			return err
		}
	}
	return a.printSweep(s, path, played)
}

// points lays the experiment out.
func (f *sweepFlags) points() ([]design.Axis, []design.Point, error) {
	if len(f.vary) == 0 {
		return nil, nil, usageErrorf("nothing varies: --vary path=values is needed, such as --vary nodes=10:40:10")
	}
	var axes []design.Axis
	for _, text := range f.vary {
		axis, err := design.ParseAxis(text)
		if err != nil {
			return nil, nil, usageErrorf("--vary %w", err)
		}
		if slices.ContainsFunc(axes, func(b design.Axis) bool { return b.Path == axis.Path }) {
			return nil, nil, usageErrorf("--vary %s: %s varies already", text, axis.Path)
		}
		if axis.Path == "seed" {
			return nil, nil, usageErrorf("--vary %s: --replications varies the seed; --set seed=N moves where it starts", text)
		}
		axes = append(axes, axis)
	}
	if f.sample == "" {
		points, err := design.Grid(axes)
		if err != nil {
			return nil, nil, usageErrorf("--vary %w", err)
		}
		return axes, points, nil
	}
	points, err := design.Sample(f.sample, axes, f.sampleSeed)
	if err != nil {
		return nil, nil, usageErrorf("--sample: %w", err)
	}
	return axes, points, nil
}

// sweepTasks returns the runs of a sweep, point by point. What is wrong with a
// point shows here, before anything runs.
func sweepTasks(base *variant, axes []design.Axis, points []design.Point, replications int) ([]*task, error) {
	var tasks []*task
	for _, p := range points {
		overrides := make([]scenario.Override, len(axes))
		for k := range axes {
			overrides[k] = scenario.Override{Path: axes[k].Path, Value: p[k], Flag: "--vary"}
		}
		v, err := base.with(overrides...)
		if err != nil {
			return nil, err
		}
		for r := range replications {
			tasks = append(tasks, &task{variant: v, replication: r, label: p.String(axes)})
		}
	}
	return tasks, nil
}

// write writes the sweep's Parquet file.
func (s *sweepResult) write(path string, base *variant) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return fmt.Errorf("creating the sweep's directory: %w", err)
	}
	var names []string
	for i := range s.axes {
		names = append(names, s.axes[i].Path)
	}
	// The file is named by the runs it holds.
	all := sweepNamespace
	for i := range s.rows {
		all = uuid.NewSHA1(all, []byte(s.rows[i].RunID))
	}
	meta := report.Meta{RunID: all.String(), Scenario: base.doc.Name, Version: version()}
	return report.WriteRunsFile(path, meta, names, s.rows)
}

// sweepNamespace is the UUID under which the IDs of sweeps are hashed.
var sweepNamespace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/jevons-sim/jevons/sweep"))
