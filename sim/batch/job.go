package batch

import (
	"math"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// Observer hears of jobs that have completed.
type Observer interface {
	BatchDone(now event.Time, g *cluster.Gang)
}

// Preempted says what becomes of a job that is preempted, and what its going on
// costs.
type Preempted struct {
	// Keep keeps the work done so far; else the job starts anew.
	Keep bool
	// Restore is how long a job that kept work loads its state when it starts
	// again.
	Restore event.Time
}

// Runner runs batch jobs on a cluster. Its memory is one small record per job
// that is pending or running.
type Runner struct {
	engine  *event.Engine
	cluster *cluster.Cluster
	done    Observer
	rules   Preempted
}

// NewRunner returns a runner that reports completed jobs to done.
func NewRunner(e *event.Engine, c *cluster.Cluster, rules Preempted, done Observer) *Runner {
	return &Runner{engine: e, cluster: c, done: done, rules: rules}
}

// Submit queues a job that needs the gang of spec for a duration. It fails
// when the fleet could never hold the gang.
func (r *Runner) Submit(now event.Time, spec cluster.Spec, duration event.Time) (*cluster.Gang, error) {
	return r.SubmitScaled(now, spec, duration, nil)
}

// SubmitScaled is Submit for a job whose work goes on at another speed in some
// pools: by pool, in terms of the speed that the duration is for; nil = 1
// everywhere.
func (r *Runner) SubmitScaled(now event.Time, spec cluster.Spec, duration event.Time, speeds []float64) (*cluster.Gang, error) {
	spec.Class = ledger.Jobs
	return r.cluster.Submit(now, spec, &job{runner: r, duration: duration, speeds: speeds})
}

// job is one batch job, the owner of its gang.
type job struct {
	runner   *Runner
	gang     *cluster.Gang
	duration event.Time // that is left at speed 1, as of the start of this turn
	speeds   []float64  // by pool; nil = 1
	saved    bool       // there is state to load
	started  event.Time // when this turn's work began or begins
	next     event.ID
}

var (
	_ cluster.Owner = (*job)(nil)
	_ event.Handler = (*job)(nil)
)

// Event kinds of a job.
const (
	restored event.Kind = iota
	ended
)

// Start implements cluster.Owner.
func (j *job) Start(now event.Time, g *cluster.Gang) {
	j.gang = g
	if restore := j.runner.rules.Restore; j.saved && restore > 0 {
		j.started = now + restore
		j.runner.cluster.SetAccount(now, g, ledger.Checkpoint)
		j.next = j.runner.engine.At(j.started, event.ClassEnd, j, restored, 0)
		return
	}
	j.work(now)
}

// work begins a turn's work.
func (j *job) work(now event.Time) {
	j.started = now
	j.runner.cluster.SetAccount(now, j.gang, ledger.Batch)
	j.next = j.runner.engine.At(now+scale(j.duration, 1/j.speed()), event.ClassEnd, j, ended, 0)
}

// speed returns that of the pool in which the job runs.
func (j *job) speed() float64 {
	if j.speeds == nil {
		return 1
	}
	return j.speeds[j.gang.Pool()]
}

// scale multiplies a span of time.
func scale(t event.Time, by float64) event.Time {
	if by == 1 {
		return t
	}
	return event.Time(math.Round(float64(float64(t) * by)))
}

// Preempt implements cluster.Owner: the work since the start is lost, unless it
// is a preemption and work is kept.
func (j *job) Preempt(now event.Time, g *cluster.Gang) {
	j.runner.engine.Cancel(j.next)
	worked := now - j.started
	if worked <= 0 {
		return // it was still loading
	}
	if j.runner.rules.Keep && g.State != cluster.Hung {
		j.keep(g, worked)
		return
	}
	j.runner.cluster.Reclassify(g, g.Milli(), worked, ledger.Batch, ledger.Lost)
}

// keep saves the work of a turn.
func (j *job) keep(g *cluster.Gang, worked event.Time) {
	j.duration = max(0, j.duration-scale(worked, j.speed()))
	if e := g.Estimate(); e > 0 {
		if !j.saved {
			e += j.runner.rules.Restore
		}
		// One that has outlived its estimate may end at any moment.
		g.SetEstimate(max(e-worked, j.runner.rules.Restore+event.Second))
	}
	j.saved = true
}

// Handle implements event.Handler: the state is loaded, or the work done.
func (j *job) Handle(e *event.Engine, ev event.Event) {
	if ev.Kind == restored {
		j.work(ev.Time)
		return
	}
	j.runner.cluster.Finish(ev.Time, j.gang)
	j.runner.done.BatchDone(ev.Time, j.gang)
}
