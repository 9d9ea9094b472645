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

// Job is an RL post-training job: the owner of one gang, of the rollout
// replicas on it and of its trainer.
type Job struct {
	engine   *event.Engine
	cluster  *cluster.Cluster
	observer Observer
	config   Config

	state   cluster.JobState
	gang    *cluster.Gang
	trainer Trainer    // as it is placed
	ended   event.Time // once final

	timer      event.Timer // end of the phase
	phase      Phase
	entered    event.Time // into the phase
	listener   func(p Phase, step int64, from, to event.Time)
	cause      ledger.Account // why replicas without a batch have none
	lack       ledger.Account // what a trainer that waits lacks
	times      trainTimes     // of the batch being trained on
	taken      int            // groups of the step taken for training
	step       counts         // what they come to
	lengths    []int64        // of the samples of an update, while it is made
	publishing bool           // the step is trained on, the engines drain

	lenders   []*lender
	returning []*cluster.Gang // borrowed, to be given back at this instant
	generator generator
	books     books
	stats     Stats
}

// The job's event kinds.
const (
	kindPhaseEnd event.Kind = iota
	kindTurn
	kindTool
	kindReward
	kindLoaded
	kindRepack
	kindReturn
)

var (
	_ cluster.Owner = (*Job)(nil)
	_ event.Handler = (*Job)(nil)
	_ serving.Sink  = (*Job)(nil)
)

// New returns a job that has not been submitted yet, or an error that says
// what is wrong with its description.
func New(e *event.Engine, c *cluster.Cluster, o Observer, config Config) (*Job, error) {
	config.Spec.Class = ledger.RL
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("RL job %s: %w", config.Spec.Name, err)
	}
	j := &Job{engine: e, cluster: c, observer: o, config: config}
	j.timer = e.NewTimer(j, kindPhaseEnd, 0)
	j.generator = newGenerator(e, j, &j.config)
	j.newLenders()
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
	j.trainer = j.config.Trainer
	if p, ok := j.trainer.(Placed); ok {
		j.trainer = p.On(j.cluster.Locate(g))
	}
	j.state = cluster.JobRunning
	j.phase, j.entered, j.lack = Init, now, ledger.StalledSamples
	j.cluster.SetAccount(now, g, ledger.Starting)
	j.openBooks(now)
	j.enter(now, Init)
	j.observer.RLStarted(now, j)
}

// Preempt implements cluster.Owner: the step under way is lost, and whatever
// has been generated for later ones.
func (j *Job) Preempt(now event.Time, g *cluster.Gang) {
	j.engine.Disarm(j.timer)
	j.Settle(now)
	j.tell(now)
	j.lose()
	complete, incomplete, tokens := j.generator.stop(now)
	j.stats.SamplesDropped += complete + j.step.Samples
	j.stats.TokensDropped += tokens + j.step.Tokens
	j.stats.SamplesAborted += incomplete
	j.stats.Preemptions++
	j.clearStep()
	j.endLoans(now)
	j.state = cluster.JobPending
	j.observer.RLPreempted(now, j)
}

// clearStep forgets the step under way.
func (j *Job) clearStep() {
	j.taken, j.step, j.publishing = 0, counts{}, false
	j.stats.current, j.stats.currentTail = [NumPhases]event.Time{}, 0
}

// endStep counts a complete step, its books just closed.
func (j *Job) endStep(now event.Time) {
	j.Settle(now)
	j.books.rollouts.count(&j.step)
	j.books.rewards.count(&j.step)
	for _, l := range j.lenders {
		l.pot.count(&j.step)
	}
	j.stats.keep(&j.step, &j.books, j.lenders)
	j.openStep()
	j.clearStep()
}

// finish ends a job that has done all its steps.
func (j *Job) finish(now event.Time) {
	j.leave(now)
	j.endLoans(now)
	j.giveBack(now)
	j.cluster.Finish(now, j.gang)
	j.end(now, cluster.JobCompleted)
}

// Close ends a job that is not complete at the horizon. Its GPUs stay with it.
func (j *Job) Close(now event.Time) {
	if j.state == cluster.JobCompleted || j.state == cluster.JobUnfinished {
		return
	}
	j.Settle(now)
	j.engine.Disarm(j.timer)
	j.leave(now)
	j.end(now, cluster.JobUnfinished)
}

// leave gives up what is generated and not trained on at the job's end.
func (j *Job) leave(now event.Time) {
	if j.state == cluster.JobRunning {
		j.tell(now)
	}
	complete, incomplete, _ := j.generator.stop(now)
	j.stats.SamplesBuffered = complete + j.step.Samples
	j.stats.SamplesRunning = incomplete
}

func (j *Job) end(now event.Time, s cluster.JobState) {
	j.state, j.ended = s, now
	j.observer.RLEnded(now, j)
}

// Done implements serving.Sink: an engine has ended a sample's turn.
func (j *Job) Done(now event.Time, r *serving.Request, _ serving.Outcome) {
	j.generator.done(now, r)
}

// Handle implements event.Handler.
func (j *Job) Handle(_ *event.Engine, ev event.Event) {
	g := &j.generator
	switch ev.Kind {
	case kindPhaseEnd:
		j.next(ev.Time)
		return
	case kindTool:
		if tag, ok := g.tools.end(ev.Time, ev.Arg); ok {
			g.returned(tag)
		}
	case kindReward:
		if tag, ok := g.rewards.end(ev.Time, ev.Arg); ok {
			g.verified(ev.Time, tag)
		}
	case kindLoaded:
		g.loaded(ev.Time, ev.Arg)
	case kindRepack:
		g.endTurns(ev.Time)
		g.repack(ev.Time)
	case kindReturn:
		j.giveBack(ev.Time)
		return
	}
	if j.state == cluster.JobRunning && j.phase != Init {
		j.advance(ev.Time)
	}
}

// TracePhases makes f hear of every phase once it is over, with the number of
// the step it belongs to, from 1.
func (j *Job) TracePhases(f func(p Phase, step int64, from, to event.Time)) { j.listener = f }

// tell reports the phase that is over now.
func (j *Job) tell(now event.Time) {
	if j.listener != nil && now > j.entered {
		j.listener(j.phase, j.stats.Steps+1, j.entered, now)
	}
}

// State returns where the job stands.
func (j *Job) State() cluster.JobState { return j.state }

// Ended returns when the job reached its final state; 0 before.
func (j *Job) Ended() event.Time { return j.ended }

// Gang returns the job's gang, once submitted.
func (j *Job) Gang() *cluster.Gang { return j.gang }
