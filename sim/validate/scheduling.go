package validate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"

	"github.com/jevons-sim/jevons/sim/stats"
	"github.com/jevons-sim/jevons/traces"
)

// SchedulingOptions says what to compare with what.
type SchedulingOptions struct {
	// Data is a table of published outcomes; DataName is what errors call it.
	Data     io.Reader
	DataName string
	// Nodes are the nodes of the fleet.
	Nodes []traces.Node
	// Pods returns the pods of a workload by its name in the table. An error
	// that is fs.ErrNotExist skips the workload's rows.
	Pods func(workload string) ([]traces.Job, error)
	// Seeds is the number of runs behind a mean, from Seed on; 0 = 10.
	Seeds int
	Seed  uint64
	// Tolerance is the largest difference of allocation at the last level that
	// passes, in percentage points; 0 = 0.6.
	Tolerance float64
	Workers   int // runs at once
	// Progress, if not nil, is called when a run is done.
	Progress func(done, of int)
}

// Scheduling fills a fleet with the pods of published placement experiments,
// under every policy of the table, and compares how much of it is allocated.
// Rows are judged by allocation at the last level and by the order of the
// policies; the other figures are shown. Errors are in percentage points.
func Scheduling(ctx context.Context, o SchedulingOptions) (*Report, error) {
	if o.Seeds == 0 {
		o.Seeds = 10
	}
	if o.Tolerance == 0 {
		o.Tolerance = 0.6
	}
	table, err := readPlacementTable(o.DataName, o.Data)
	if err != nil {
		return nil, err
	}
	workloads, err := newPlacementWorkloads(table, &o)
	if err != nil {
		return nil, err
	}
	results, err := runPlacements(ctx, table, workloads, &o)
	if err != nil {
		return nil, fmt.Errorf("validating scheduling: %w", err)
	}
	var rows []Row
	for _, w := range workloads {
		outcomes := map[string]map[string]*stats.Moments{}
		for i := range table {
			r := &table[i]
			switch {
			case r.workload != w.name:
			case w.skipped != "":
				rows = append(rows, Row{ID: r.workload + " " + r.label, Group: groupOf(r), Metric: lastAllocated(), Unit: "%", Skipped: w.skipped})
			default:
				outcomes[r.policy] = momentsOf(results[i])
				rows = append(rows, comparePlacement(r, outcomes[r.policy], o.Tolerance)...)
			}
		}
		if w.skipped == "" {
			rows = append(rows, compareOrder(w.name, table, outcomes)...)
		}
	}
	return newReport("scheduling", rows, o.Tolerance), nil
}

// placementWorkload is a workload of the table.
type placementWorkload struct {
	name    string
	fleet   *placementCase
	skipped string // why it cannot be run
}

// newPlacementWorkloads reads the workloads in order of first appearance.
func newPlacementWorkloads(table []placementRow, o *SchedulingOptions) ([]placementWorkload, error) {
	var out []placementWorkload
	for _, r := range table {
		if slices.ContainsFunc(out, func(w placementWorkload) bool { return w.name == r.workload }) {
			continue
		}
		w := placementWorkload{name: r.workload}
		pods, err := o.Pods(r.workload)
		if err == nil {
			w.fleet, err = newPlacementCase(o.Nodes, pods)
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			w.skipped = err.Error()
		case err != nil:
			return nil, fmt.Errorf("workload %s: %w", r.workload, err)
		}
		out = append(out, w)
	}
	return out, nil
}

// runPlacements runs every row of the table under every seed, several at once.
// What it returns does not depend on how many.
func runPlacements(ctx context.Context, table []placementRow, workloads []placementWorkload, o *SchedulingOptions) ([][]*filling, error) {
	results := make([][]*filling, len(table))
	type job struct {
		fleet     *placementCase
		row, seed int
	}
	var jobs []job
	for i := range table {
		k := slices.IndexFunc(workloads, func(w placementWorkload) bool { return w.name == table[i].workload })
		if workloads[k].skipped != "" {
			continue
		}
		results[i] = make([]*filling, o.Seeds)
		for s := range o.Seeds {
			jobs = append(jobs, job{workloads[k].fleet, i, s})
		}
	}
	var mu sync.Mutex
	var group sync.WaitGroup
	var failed error
	done := 0
	next := make(chan job)
	for range max(1, o.Workers) {
		group.Go(func() {
			for j := range next {
				f, err := j.fleet.run(ctx, table[j.row].policy, o.Seed+uint64(j.seed))
				results[j.row][j.seed] = f
				mu.Lock()
				failed = errors.Join(failed, err)
				if done++; o.Progress != nil {
					o.Progress(done, len(jobs))
				}
				mu.Unlock()
			}
		})
	}
	for _, j := range jobs {
		if ctx.Err() != nil {
			break
		}
		next <- j
	}
	close(next)
	group.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return results, failed
}
