package validate

import (
	"context"
	"fmt"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/placement"
	"github.com/jevons-sim/jevons/sim/scheduler"
	"github.com/jevons-sim/jevons/traces"
)

// CombinationWorkload is jobs and the nodes that they run on.
type CombinationWorkload struct {
	Name  string
	Nodes []traces.Node
	Jobs  []traces.Job
}

// CombinationOptions says which workloads to run under which policies.
type CombinationOptions struct {
	Workloads  []CombinationWorkload
	Placements []string // names; nil = all
	Backfills  []string // names; nil = all
	// Load stretches the time between arrivals so that the jobs ask for this share
	// of the fleet's GPU-time up to the last arrival; 0 = as recorded.
	Load float64
	// EstimateFactor is what users estimate, in times of the run time.
	EstimateFactor float64
	Seed           uint64
	Workers        int
	Progress       func(done, of int)
}

// Combination is a complete set of scheduling rules, by their names in
// scenarios.
type Combination struct {
	Workload   string `json:"workload"`
	Queue      string `json:"queue"`
	Backfill   string `json:"backfill"`
	Preemption string `json:"preemption"`
	Preempted  string `json:"preempted"` // kill or checkpoint
	Placement  string `json:"placement"`
	Quotas     bool   `json:"quotas"`
}

// CombinationRow is how a workload fared under a combination.
type CombinationRow struct {
	Combination
	Jobs        int      `json:"jobs"`
	Refused     int      `json:"refused"` // that the fleet, or quotas, could never hold
	MeanWaitS   float64  `json:"mean_wait_s"`
	Slowdown    float64  `json:"mean_bounded_slowdown"`
	Preemptions int      `json:"preemptions"`
	MakespanH   float64  `json:"makespan_h"`
	Utilisation float64  `json:"utilisation"` // of the GPU-time up to the makespan
	Violations  []string `json:"violations"`
}

// Combinations runs workloads under every combination of queue order, backfill,
// preemption and placement, and with quotas once for each of the first three. It
// watches every pass for what must never happen:
//
//   - GPUs allocated twice, or a gang placed in part (the fleet and the ledger
//     stop the run);
//   - a head of the queue that waits although it fits, without a reservation
//     before it;
//   - a start later than promised: to the head under EASY, to anyone under
//     conservative backfill, where nobody is preempted, nobody outlives an
//     estimate and, for EASY, nobody overtakes;
//   - more in use than a tenant's quota and what it may borrow;
//   - jobs that never end, work done more or less than once, an account that
//     does not balance.
func Combinations(ctx context.Context, o CombinationOptions) ([]CombinationRow, error) {
	if o.Placements == nil {
		o.Placements = placement.Names()
	}
	if o.EstimateFactor == 0 {
		o.EstimateFactor = 1
	}
	if o.Backfills == nil {
		o.Backfills = scheduler.BackfillNames()
	}
	for _, name := range o.Backfills {
		if _, err := scheduler.ParseBackfill(name); err != nil {
			return nil, err
		}
	}
	for _, name := range o.Placements {
		if _, err := placement.Parse(name, 0); err != nil {
			return nil, err
		}
	}
	var cases []*combinationCase
	var rows []CombinationRow
	var of []int // the case of a row
	for i := range o.Workloads {
		c, err := newCombinationCase(&o.Workloads[i], &o)
		if err != nil {
			return nil, fmt.Errorf("workload %s: %w", o.Workloads[i].Name, err)
		}
		cases = append(cases, c)
		for _, comb := range combinations(o.Workloads[i].Name, o.Placements, o.Backfills) {
			rows = append(rows, CombinationRow{Combination: comb})
			of = append(of, i)
		}
	}
	err := parallel(ctx, len(rows), o.Workers, o.Progress, func(i int) { cases[of[i]].run(ctx, &rows[i], o.Seed) })
	return rows, err
}

// combinations lists the rules that go together.
func combinations(workload string, placements, backfills []string) []Combination {
	var out []Combination
	for _, queue := range scheduler.OrderNames() {
		order, _ := scheduler.ParseOrder(queue, scheduler.Options{})
		for _, backfill := range backfills {
			for _, p := range []struct{ rule, preempted string }{{"none", ""}, {"priority", "kill"}, {"priority", "checkpoint"}, {"order", "checkpoint"}} {
				policy := scheduler.Policy{Order: order}
				if policy.Preempt, _ = scheduler.ParsePreemption(p.rule); policy.Check() != nil {
					continue
				}
				c := Combination{Workload: workload, Queue: queue, Backfill: backfill, Preemption: p.rule, Preempted: p.preempted}
				for _, c.Placement = range placements {
					out = append(out, c)
				}
				c.Placement, c.Quotas = placements[0], true
				out = append(out, c)
			}
		}
	}
	return out
}

// Times of the policies that have any.
const (
	combinationQueue    = event.Hour // when LAS demotes
	combinationHalfLife = event.Day
	combinationRestore  = 30 * event.Second
	deadlineFactor      = 3 // of the run time
	priorities          = 3
)
