package rl

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/serving"
)

// Observer hears of what happens to jobs.
type Observer interface {
	// RLStarted is called each time a job gets its GPUs.
	RLStarted(now event.Time, j *Job)
	// RLPreempted is called after the job has settled its accounts.
	RLPreempted(now event.Time, j *Job)
	// RLEnded is called once, with the job in a final state.
	RLEnded(now event.Time, j *Job)
}

// Job is an RL post-training job: the owner of one gang and of the rollout
// replicas on it.
type Job struct {
	engine   *event.Engine
	cluster  *cluster.Cluster
	ledger   *ledger.Ledger
	observer Observer
	config   Config

	state   cluster.JobState
	gang    *cluster.Gang
	timer   event.Timer // end of the phase
	phase   Phase
	entered event.Time // into the phase
	ended   event.Time // once final
	times   trainTimes // of the step's log-prob passes and update
	rollout rollout
	books   books
	stats   Stats
}

// The job's event kinds.
const (
	kindPhaseEnd event.Kind = iota
	kindRefill
)

var (
	_ cluster.Owner = (*Job)(nil)
	_ event.Handler = (*Job)(nil)
	_ serving.Sink  = (*Job)(nil)
)

// New returns a job that has not been submitted yet, or an error that says
// what is wrong with its description.
func New(e *event.Engine, c *cluster.Cluster, l *ledger.Ledger, o Observer, config Config) (*Job, error) {
	config.Spec.Class = ledger.RL
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("RL job %s: %w", config.Spec.Name, err)
	}
	j := &Job{engine: e, cluster: c, ledger: l, observer: o, config: config}
	j.timer = e.NewTimer(j, kindPhaseEnd, 0)
	j.rollout = newRollout(e, j, &j.config)
	return j, nil
}

// Submit queues the job. It fails when the fleet could never hold it.
func (j *Job) Submit(now event.Time) error {
	g, err := j.cluster.Submit(now, j.config.Spec, j)
	if err != nil {
		return fmt.Errorf("RL job %s: %w", j.config.Spec.Name, err)
	}
	j.gang = g
	return nil
}

// Start implements cluster.Owner.
func (j *Job) Start(now event.Time, g *cluster.Gang) {
	j.gang = g
	j.state = cluster.JobRunning
	j.books.openStep()
	j.enter(now, Init)
	j.observer.RLStarted(now, j)
}

// Preempt implements cluster.Owner: the step under way is lost.
func (j *Job) Preempt(now event.Time, g *cluster.Gang) {
	j.engine.Disarm(j.timer)
	j.Settle(now)
	j.rollout.stop(now)
	j.lose()
	j.stats.drop(&j.rollout.counts)
	j.state = cluster.JobPending
	j.observer.RLPreempted(now, j)
}

// Close ends a job that is not complete at the horizon. Its GPUs stay with it.
func (j *Job) Close(now event.Time) {
	if j.state == cluster.JobCompleted || j.state == cluster.JobUnfinished {
		return
	}
	j.Settle(now)
	j.engine.Disarm(j.timer)
	j.rollout.stop(now)
	j.end(now, cluster.JobUnfinished)
}

func (j *Job) end(now event.Time, s cluster.JobState) {
	j.state, j.ended = s, now
	j.observer.RLEnded(now, j)
}

// Done implements serving.Sink: a sample is complete.
func (j *Job) Done(now event.Time, r *serving.Request, _ serving.Outcome) {
	if j.rollout.done(now, r) {
		// The phase ends at this instant, once the replica has returned.
		j.engine.Arm(j.timer, now, event.ClassEnd)
	}
}

// Handle implements event.Handler.
func (j *Job) Handle(_ *event.Engine, ev event.Event) {
	switch ev.Kind {
	case kindRefill:
		j.rollout.refill(ev.Time)
	case kindPhaseEnd:
		j.Settle(ev.Time)
		j.next(ev.Time)
	}
}

// State returns where the job stands.
func (j *Job) State() cluster.JobState { return j.state }

// Ended returns when the job reached its final state; 0 before.
func (j *Job) Ended() event.Time { return j.ended }

// Gang returns the job's gang, once submitted.
func (j *Job) Gang() *cluster.Gang { return j.gang }
