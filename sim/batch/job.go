package batch

import (
	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// Observer hears of jobs that have completed.
type Observer interface {
	BatchDone(now event.Time, g *cluster.Gang)
}

// Runner runs batch jobs on a cluster. Its memory is one small record per job
// that is pending or running.
type Runner struct {
	engine  *event.Engine
	cluster *cluster.Cluster
	done    Observer
}

// NewRunner returns a runner that reports completed jobs to done.
func NewRunner(e *event.Engine, c *cluster.Cluster, done Observer) *Runner {
	return &Runner{engine: e, cluster: c, done: done}
}

// Submit queues a job that needs the gang of spec for a duration. It fails
// when the fleet could never hold the gang.
func (r *Runner) Submit(now event.Time, spec cluster.Spec, duration event.Time) (*cluster.Gang, error) {
	spec.Class = ledger.Jobs
	return r.cluster.Submit(now, spec, &job{runner: r, duration: duration})
}

// job is one batch job, the owner of its gang.
type job struct {
	runner   *Runner
	gang     *cluster.Gang
	duration event.Time
	started  event.Time
	end      event.ID
}

var (
	_ cluster.Owner = (*job)(nil)
	_ event.Handler = (*job)(nil)
)

// Start implements cluster.Owner.
func (j *job) Start(now event.Time, g *cluster.Gang) {
	j.gang = g
	j.started = now
	j.runner.cluster.SetAccount(now, g, ledger.Batch)
	j.end = j.runner.engine.At(now+j.duration, event.ClassEnd, j, 0, 0)
}

// Preempt implements cluster.Owner: all work since the start is lost.
func (j *job) Preempt(now event.Time, g *cluster.Gang) {
	j.runner.engine.Cancel(j.end)
	j.runner.cluster.Reclassify(g, g.Milli(), now-j.started, ledger.Batch, ledger.Lost)
}

// Handle implements event.Handler: the duration is over.
func (j *job) Handle(e *event.Engine, ev event.Event) {
	j.runner.cluster.Finish(ev.Time, j.gang)
	j.runner.done.BatchDone(ev.Time, j.gang)
}
