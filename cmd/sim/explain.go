package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/result"
)

func explainCommand(a *app) *cobra.Command {
	var job string
	cmd := &cobra.Command{
		Use:   "explain DIR --job ID",
		Short: "Say why a job of a run waited, and for whom",
		Long: `Say why a job waited, interval by interval: its tenant's quota, the queue's order,
a reservation ahead of it, GPUs of another type, the part of the network that it
must keep to, CPU or memory, fragmentation, outages or too few GPUs; and who held
what it needed.

The run is played again from the scenario in the results directory, up to the
job's end. --job is the job's id or its name in jobs.parquet.`,
		Example: `  sim explain results/replay-1f2e3d4c --job 1042
  sim explain results/mine --job llm-2 --format json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.explain(cmd.Context(), args[0], job) },
	}
	cmd.Flags().StringVar(&job, "job", "", "id or name of the job (required)")
	return cmd
}

// explain executes `sim explain`.
func (a *app) explain(ctx context.Context, dir, job string) error {
	if job == "" {
		return usageErrorf("--job is missing: the id or the name of a job in %s", filepath.Join(dir, "jobs.parquet"))
	}
	text, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return usageErrorf("%s holds no results of a run (no summary.json)", dir)
	}
	if err != nil {
		return fmt.Errorf("reading the results: %w", err)
	}
	var s struct {
		RunID        string `json:"run_id"`
		Replications int    `json:"replications"`
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return usageErrorf("%s: %w", filepath.Join(dir, "summary.json"), err)
	}
	v, err := a.newVariant(filepath.Join(dir, "scenario.yaml"), nil)
	if err != nil {
		return err
	}
	target, until, err := findJob(dir, job, v.doc.Horizon)
	if err != nil {
		return err
	}
	bar := a.newProgress(v.doc.Name, until)
	defer func() { bar.done(err) }()
	simulation, err := a.build(v, 0, &engineFlags{}, bar.run())
	if err != nil {
		return err
	}
	if id := simulation.RunID().String(); id != s.RunID && s.Replications <= 1 {
		a.note("this is not quite the run in %s: its inputs, or the program, have changed since", dir)
	}
	x, err := simulation.Explain(ctx, target, until)
	bar.done(err)
	if err != nil {
		return interrupted(ctx, err)
	}
	if x.Job == "" {
		return usageErrorf("no job %q was submitted before %v", job, until)
	}
	return a.printExplanation(x)
}

// findJob looks a job up in the results: by name, or else by id. It returns how
// far the run must be played.
func findJob(dir, job string, horizon event.Time) (sim.Target, event.Time, error) {
	rows, err := report.ReadJobs(dir)
	if err != nil {
		return sim.Target{}, 0, err
	}
	id, numeric := strconv.ParseInt(job, 10, 64)
	var found *result.JobRow
	for i := range rows {
		if rows[i].Name == job {
			found = &rows[i]
			break
		}
		if numeric == nil && rows[i].ID == id && found == nil {
			found = &rows[i]
		}
	}
	if found == nil {
		if len(rows) == 0 { // the run did not record its jobs
			return sim.Target{Name: job}, horizon, nil
		}
		var names []string
		for i := range rows {
			names = append(names, rows[i].Name)
		}
		return sim.Target{}, 0, usageErrorf("no job %q in %s.%s", job, filepath.Join(dir, "jobs.parquet"), suggest.Hint(job, names))
	}
	t := sim.Target{ID: found.ID, Name: found.Name}
	if t.ID < 0 { // refused: it never had a gang
		t.ID = 0
	}
	return t, event.Time(found.End) + 1, nil
}
