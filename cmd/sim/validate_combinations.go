package main

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/jevons-sim/jevons/sim/scheduler"
	"github.com/jevons-sim/jevons/sim/validate"
	"github.com/jevons-sim/jevons/traces"
)

// combinationFlags are those of sim validate scheduling --combinations.
type combinationFlags struct {
	on         bool
	workloads  []string
	processors int
	limit      int
	validate.CombinationOptions
}

// runCombinations runs the workloads under every combination of policies.
func (a *app) runCombinations(ctx context.Context, f *combinationFlags, dir, nodes string) error {
	if f.Load < 0 || !(f.EstimateFactor > 0) || f.processors < 1 || f.limit < 0 || f.Workers < 1 {
		return usageErrorf("want --load and --limit of at least 0, --estimate-factor above 0, --processors and -j of at least 1")
	}
	for _, name := range f.workloads {
		w, err := f.load(dir, nodes, name)
		if err != nil {
			return usageErrorf("%v: name the folder of traces with --traces and the workloads in it with --workloads", err)
		}
		f.Workloads = append(f.Workloads, w)
	}
	var done func()
	f.Progress, done = a.count("runs")
	rows, err := validate.Combinations(ctx, f.CombinationOptions)
	done()
	switch {
	case ctx.Err() != nil:
		return err
	case err != nil:
		return usageErrorf("%v", err)
	}
	return a.printCombinations(rows)
}

// load reads a workload. A log in the Standard Workload Format has no nodes: its
// processors are nodes of one.
func (f *combinationFlags) load(dir, nodes, name string) (validate.CombinationWorkload, error) {
	w := validate.CombinationWorkload{Name: name}
	i := slices.IndexFunc([]string{"", ".csv.gz", ".swf.gz", ".csv", ".swf"}, func(suffix string) bool { return isFile(filepath.Join(dir, name+suffix)) })
	if i < 0 {
		return w, fmt.Errorf("%s: %w", filepath.Join(dir, name), fs.ErrNotExist)
	}
	path := filepath.Join(dir, name+[]string{"", ".csv.gz", ".swf.gz", ".csv", ".swf"}[i])
	file, err := traces.Open(path)
	if err != nil {
		return w, err
	}
	if w.Jobs, err = readJobs(file); err != nil {
		return w, err
	}
	if f.limit > 0 && len(w.Jobs) > f.limit {
		w.Jobs = w.Jobs[:f.limit]
	}
	if strings.Contains(path, ".swf") {
		for k := range f.processors {
			w.Nodes = append(w.Nodes, traces.Node{Name: fmt.Sprintf("node-%d", k), GPUs: 1})
		}
		return w, nil
	}
	w.Nodes, err = readNodes(filepath.Join(dir, nodes))
	return w, err
}

// printCombinations prints a line for each combination of queue, backfill and
// preemption, over all placements; csv and json list every run.
func (a *app) printCombinations(rows []validate.CombinationRow) error {
	broken := 0
	for _, r := range rows {
		if len(r.Violations) > 0 {
			broken++
		}
	}
	if err := a.printCombinationTable(rows); err != nil {
		return err
	}
	if broken > 0 {
		return goalMissedf("%d of %d runs violated what must always hold", broken, len(rows))
	}
	return nil
}

func (a *app) printCombinationTable(rows []validate.CombinationRow) error {
	if a.format == "json" {
		return a.printJSON(rows)
	}
	t := a.newTable()
	if a.format == "csv" {
		t.AppendHeader(table.Row{"workload", "queue", "backfill", "preemption", "preempted", "placement", "quotas", "jobs", "refused", "mean_wait_s", "mean_bounded_slowdown", "preemptions", "makespan_h", "utilisation", "violations"})
		for _, r := range rows {
			t.AppendRow(table.Row{r.Workload, r.Queue, r.Backfill, r.Preemption, r.Preempted, r.Placement, r.Quotas, r.Jobs, r.Refused,
				r.MeanWaitS, r.Slowdown, r.Preemptions, r.MakespanH, r.Utilisation, strings.Join(r.Violations, "; ")})
		}
		_, err := fmt.Fprintln(a.stdout, t.RenderCSV())
		return err
	}
	t.AppendHeader(table.Row{"workload", "queue", "backfill", "preemption", "runs", "jobs", "mean wait", "slowdown", "preemptions", "busy", "violations"})
	for len(rows) > 0 {
		n := slices.IndexFunc(rows, func(r validate.CombinationRow) bool { return !alike(&r, &rows[0]) })
		if n < 0 {
			n = len(rows)
		}
		t.AppendRow(summarize(rows[:n]))
		rows = rows[n:]
	}
	_, err := fmt.Fprintf(a.stdout, "%s\n", render(t, a.format))
	return err
}

// alike reports whether two runs differ in placement or quotas alone.
func alike(a, b *validate.CombinationRow) bool {
	return a.Workload == b.Workload && a.Queue == b.Queue && a.Backfill == b.Backfill && a.Preemption == b.Preemption && a.Preempted == b.Preempted
}

// summarize makes a line of runs that are alike: figures are from the lowest to
// the highest placement's, without quotas.
func summarize(rows []validate.CombinationRow) table.Row {
	r, runs, violations := rows[0], len(rows), 0
	for i := range rows {
		violations += len(rows[i].Violations)
	}
	rows = slices.DeleteFunc(slices.Clone(rows), func(r validate.CombinationRow) bool { return r.Quotas })
	preemption := r.Preemption
	if preemption != scheduler.NoPreemption.String() {
		preemption += ", " + r.Preempted
	}
	span := func(format string, value func(*validate.CombinationRow) float64) string {
		least, most := value(&rows[0]), value(&rows[0])
		for i := range rows {
			least, most = min(least, value(&rows[i])), max(most, value(&rows[i]))
		}
		if lo, hi := fmt.Sprintf(format, least), fmt.Sprintf(format, most); lo != hi {
			return lo + " – " + hi
		}
		return fmt.Sprintf(format, least)
	}
	verdict := "none"
	if violations > 0 {
		verdict = fmt.Sprintf("%d", violations)
	}
	return table.Row{r.Workload, r.Queue, r.Backfill, preemption, runs, r.Jobs,
		span("%.0f s", func(r *validate.CombinationRow) float64 { return r.MeanWaitS }),
		span("%.1f", func(r *validate.CombinationRow) float64 { return r.Slowdown }),
		span("%.0f", func(r *validate.CombinationRow) float64 { return float64(r.Preemptions) }),
		span("%.0f %%", func(r *validate.CombinationRow) float64 { return 100 * r.Utilisation }), verdict}
}
