package validate

import (
	"context"
	"fmt"

	"github.com/jevons-sim/jevons/sim/batch"
	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/placement"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

// combinationRun is one run of a workload, and what watches it.
type combinationRun struct {
	c        *combinationCase
	row      *CombinationRow
	policy   scheduler.Policy
	engine   *event.Engine
	fleet    *fleet.Fleet
	ledger   *ledger.Ledger
	cluster  *cluster.Cluster
	batch    *batch.Runner
	prober   *placement.Placer // looks for room without disturbing the policy
	next     int               // job to submit
	timer    event.Timer
	work     ledger.Amount
	promised map[*scheduler.Gang]event.Time
	done     int
	waits    float64
	slowdown float64
	end      event.Time
}

// maxViolations is how many are kept of a run.
const maxViolations = 5

// run fills a row.
func (c *combinationCase) run(ctx context.Context, row *CombinationRow, seed uint64) {
	r := &combinationRun{c: c, row: row, engine: &event.Engine{}, promised: map[*scheduler.Gang]event.Time{}}
	defer func() {
		if p := recover(); p != nil { // double allocation, an account below zero
			r.violated("the run broke off at %v: %v", r.engine.Now(), p)
		}
	}()
	if err := r.build(seed); err != nil {
		r.violated("%v", err)
		return
	}
	r.timer = r.engine.NewTimer(r, 0, 0)
	r.engine.Arm(r.timer, 0, event.ClassArrival)
	for !r.engine.RunUntil(event.Forever-1, func() bool { return ctx.Err() == nil }) {
		return // the context has ended
	}
	r.close()
}

func (r *combinationRun) violated(format string, args ...any) {
	if len(r.row.Violations) < maxViolations {
		r.row.Violations = append(r.row.Violations, fmt.Sprintf(format, args...))
	}
}

func (r *combinationRun) build(seed uint64) (err error) {
	p := &r.policy
	o := scheduler.Options{Queues: []event.Time{combinationQueue}, HalfLife: combinationHalfLife}
	if p.Order, err = scheduler.ParseOrder(r.row.Queue, o); err != nil {
		return err
	}
	if p.Backfill, err = scheduler.ParseBackfill(r.row.Backfill); err != nil {
		return err
	}
	if p.Preempt, err = scheduler.ParsePreemption(r.row.Preemption); err != nil {
		return err
	}
	if p.Placement, err = placement.Parse(r.row.Placement, seed); err != nil {
		return err
	}
	p.HalfLife = combinationHalfLife
	if r.row.Quotas {
		p.Tenants, p.Cohorts = r.c.tenants()
	}
	if r.fleet, err = fleet.New(r.c.pools...); err != nil {
		return err
	}
	var sizes []int64
	for _, pool := range r.fleet.Pools {
		sizes = append(sizes, int64(pool.GPUs())*ledger.MilliPerGPU)
	}
	r.ledger = ledger.New(sizes...)
	r.cluster = cluster.New(r.engine, r.fleet, r.ledger, *p)
	r.cluster.AfterPass(r.check)
	r.prober = placement.New(r.fleet, placement.FirstFit{})
	r.batch = batch.NewRunner(r.engine, r.cluster, batch.Preempted{Keep: r.row.Preempted == "checkpoint", Restore: r.restore()}, r)
	return nil
}

func (r *combinationRun) restore() event.Time {
	if r.row.Preempted == "checkpoint" {
		return combinationRestore
	}
	return 0
}

// Handle implements event.Handler: jobs are submitted.
func (r *combinationRun) Handle(e *event.Engine, ev event.Event) {
	for ; r.next < len(r.c.jobs) && r.c.jobs[r.next].at <= ev.Time; r.next++ {
		j := &r.c.jobs[r.next]
		if r.row.Quotas && j.milli() > r.c.most() {
			r.row.Refused++ // it would wait for ever
			continue
		}
		g, err := r.batch.Submit(ev.Time, j.spec, j.duration)
		if err != nil {
			r.row.Refused++
			continue
		}
		r.row.Jobs++
		r.work = r.work.Add(ledger.Product(g.Milli(), j.duration))
	}
	if r.next < len(r.c.jobs) {
		e.Arm(r.timer, r.c.jobs[r.next].at, event.ClassArrival)
	}
}

// BatchDone implements batch.Observer.
func (r *combinationRun) BatchDone(now event.Time, g *cluster.Gang) {
	r.done++
	r.end = now
	r.row.Preemptions += g.Preemptions
	run := max(now-g.Submitted-g.Waited, 10*event.Second)
	r.waits += g.Waited.Seconds()
	r.slowdown += max(1, (now-g.Submitted).Seconds()/run.Seconds())
}

// close checks what must be true in the end, and completes the row.
func (r *combinationRun) close() {
	now := r.engine.Now()
	if r.done != r.row.Jobs {
		r.violated("%d of %d jobs ended", r.done, r.row.Jobs)
	}
	if err := r.ledger.Check(now); err != nil {
		r.violated("the ledger: %v", err)
	}
	var did ledger.Amount
	for pool := range r.fleet.Pools {
		did = did.Add(r.ledger.Balance(now, pool, ledger.Key{Class: ledger.Jobs, Account: ledger.Batch}))
	}
	if did != r.work {
		r.violated("%v GPU-s of work were done, %v were asked for", did, r.work)
	}
	if r.done > 0 {
		r.row.MeanWaitS, r.row.Slowdown = r.waits/float64(r.done), r.slowdown/float64(r.done)
		r.row.MakespanH = r.end.Hours()
		r.row.Utilisation = r.work.Seconds() / (float64(r.c.gpuMilli) / 1000 * r.end.Seconds())
	}
}
