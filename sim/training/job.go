package training

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/perf"
)

// Observer hears of what happens to jobs.
type Observer interface {
	// TrainingStarted is called each time a job gets its GPUs.
	TrainingStarted(now event.Time, j *Job)
	// TrainingPreempted is called when a job is preempted or a worker of it has
	// failed, after it has settled its accounts.
	TrainingPreempted(now event.Time, j *Job)
	// TrainingEnded is called once, with the job in a final state.
	TrainingEnded(now event.Time, j *Job)
}

// Job is a pre-training job: the owner of one gang.
type Job struct {
	engine   *event.Engine
	cluster  *cluster.Cluster
	observer Observer
	config   Config

	state   cluster.JobState
	gang    *cluster.Gang
	timer   event.Timer // end of the run
	sizing  event.Timer // of an elastic job: when to look for another size
	size    int         // of Config.at
	run     timeline
	started event.Time // of the run
	settled spent      // of the run, already journalled
	first   event.Time // start of the first run
	ended   event.Time // once final
	saved   int64      // steps in the last complete checkpoint of former runs
	counted int64      // of these, of the last run, once it is over
	steps   int64      // done, once final
	stats   Stats      // of former runs: Runs, Preemptions, Failures, Held, Lost and Stepping
}

// Event kinds of a job.
const (
	runEnds event.Kind = iota
	sizeIsDue
)

var (
	_ cluster.Owner = (*Job)(nil)
	_ event.Handler = (*Job)(nil)
)

// New returns a job that has not been submitted yet, or an error that says
// what is wrong with its description.
func New(e *event.Engine, c *cluster.Cluster, o Observer, config Config) (*Job, error) {
	config.Spec.Class = ledger.Training
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("training job %s: %w", config.Spec.Name, err)
	}
	j := &Job{engine: e, cluster: c, observer: o, config: config}
	j.timer = e.NewTimer(j, runEnds, 0)
	if config.Elastic != nil {
		j.sizing = e.NewTimer(j, sizeIsDue, 0)
	}
	return j, nil
}

// Submit queues the job. It fails when the fleet could never hold it.
func (j *Job) Submit(now event.Time) error {
	g, err := j.cluster.Submit(now, j.config.Spec, j)
	if err != nil {
		return fmt.Errorf("training job %s: %w", j.config.Spec.Name, err)
	}
	j.gang = g
	if j.config.Elastic != nil {
		j.engine.Arm(j.sizing, now+j.config.Elastic.Wait, event.ClassTimer)
	}
	return nil
}

// Start implements cluster.Owner: a run begins.
func (j *Job) Start(now event.Time, g *cluster.Gang) {
	if j.stats.Runs == 0 {
		j.first = now
	}
	j.stats.Runs++
	j.gang = g
	j.state = cluster.JobRunning
	j.started, j.settled, j.counted = now, spent{}, 0
	j.run = j.newRun()
	j.cluster.SetAccount(now, g, ledger.Train)
	j.engine.Arm(j.timer, now+j.run.end(), event.ClassEnd)
	if j.size > 0 {
		j.stats.Shrunk++
	}
	if j.config.Elastic != nil {
		j.watch(now)
	}
	j.observer.TrainingStarted(now, j)
}

// stepHere returns a step of the job as it is placed.
func (j *Job) stepHere() perf.TrainStep {
	m := j.config.at(j.size).Model
	if p, ok := m.(Placed); ok {
		return p.On(j.cluster.Locate(j.gang)).Step()
	}
	return m.Step()
}

// newRun returns the timeline from the last checkpoint to the end.
func (j *Job) newRun() timeline {
	c, step := &j.config, j.stepHere()
	t := timeline{
		init:   c.Init,
		step:   step.Total,
		bubble: step.Bubble,
		comm:   step.Comm.Total(),
		write:  c.CheckpointCost(),
		steps:  c.Steps - j.saved,
		every:  c.Steps,
	}
	if by := j.cluster.Slow(j.gang); by > 0 { // the others wait in their collectives
		wait := event.FromSeconds(t.step.Seconds() * by)
		t.step += wait
		t.comm += wait
	}
	if c.CheckpointEvery > 0 {
		t.every = int64((c.CheckpointEvery + t.step - 1) / t.step)
	}
	if c.Async {
		t.behind = c.transferTime()
		t.every = max(t.every, int64((t.behind+t.step-1)/t.step))
	}
	if j.stats.Runs > 1 && c.Restart > 0 {
		t.init = c.Restart
	}
	if j.saved > 0 {
		t.load = c.transferTime()
	}
	if c.EvalEvery > 0 {
		t.eval, t.evalEvery, t.evalPhase = c.EvalTime, c.EvalEvery, j.saved%c.EvalEvery
	}
	return t
}

// Settle journals the current run up to now.
func (j *Job) Settle(now event.Time) {
	if j.state != cluster.JobRunning {
		return
	}
	p := j.run.at(now - j.started)
	j.journal(ledger.Starting, p.spent.starting-j.settled.starting)
	j.journal(ledger.Checkpoint, p.spent.checkpoint-j.settled.checkpoint)
	j.journal(ledger.LogProb, p.spent.eval-j.settled.eval)
	j.journal(ledger.StalledBubble, p.spent.bubble-j.settled.bubble)
	j.journal(ledger.StalledComm, p.spent.comm-j.settled.comm)
	j.settled = p.spent
}

// journal moves time of the gang from the account it stands in.
func (j *Job) journal(to ledger.Account, d event.Time) { j.reclassify(ledger.Train, to, d) }

func (j *Job) reclassify(from, to ledger.Account, d event.Time) {
	j.cluster.Reclassify(j.gang, j.gang.Milli(), d, from, to)
}

// Preempt implements cluster.Owner: work since the last checkpoint is lost, to
// a preemption or to the failure of a worker.
func (j *Job) Preempt(now event.Time, g *cluster.Gang) {
	j.engine.Disarm(j.timer)
	j.stop(now)
	if j.config.Elastic != nil {
		j.engine.Arm(j.sizing, now+j.config.Elastic.Wait, event.ClassTimer)
	}
	if g.State == cluster.Hung {
		j.stats.Failures++
	} else {
		j.stats.Preemptions++
	}
	j.observer.TrainingPreempted(now, j)
}

// stop ends the run before its time.
func (j *Job) stop(now event.Time) {
	j.Settle(now)
	p := j.run.at(now - j.started)
	j.lose(&p)
	j.leave(now, &p)
	j.state = cluster.JobPending
}

// lose moves what was spent since the last complete checkpoint to lost. A run
// that has not reached its first step loses nothing.
func (j *Job) lose(p *position) {
	kept := j.run.at(p.savedAt).spent
	for _, part := range []struct {
		from ledger.Account
		d    event.Time
	}{
		{ledger.Train, p.spent.train - kept.train},
		{ledger.LogProb, p.spent.eval - kept.eval},
		{ledger.StalledBubble, p.spent.bubble - kept.bubble},
		{ledger.StalledComm, p.spent.comm - kept.comm},
		{ledger.Checkpoint, p.spent.checkpoint - kept.checkpoint},
	} {
		if part.d > 0 {
			j.reclassify(part.from, ledger.Lost, part.d)
			j.stats.Lost = j.stats.Lost.Add(ledger.Product(j.gang.Milli(), part.d))
		}
	}
}

// leave closes the run at position p.
func (j *Job) leave(now event.Time, p *position) {
	j.saved += p.saved
	j.stats.Stepping += event.Time(p.saved) * j.run.step
	j.counted = p.saved
	j.stats.Held = j.stats.Held.Add(ledger.Product(j.gang.Milli(), now-j.started))
}

// Handle implements event.Handler: the last checkpoint is complete, or another
// size may do.
func (j *Job) Handle(_ *event.Engine, ev event.Event) {
	if ev.Kind == sizeIsDue {
		j.resize(ev.Time)
		return
	}
	j.Settle(ev.Time)
	p := j.run.at(ev.Time - j.started)
	j.leave(ev.Time, &p)
	j.cluster.Finish(ev.Time, j.gang)
	j.end(ev.Time, cluster.JobCompleted, j.saved)
}

// Close ends a job that is not complete at the horizon; its GPUs stay with it.
func (j *Job) Close(now event.Time) {
	steps := j.saved
	switch j.state {
	case cluster.JobCompleted, cluster.JobUnfinished:
		return
	case cluster.JobRunning:
		j.Settle(now)
		p := j.run.at(now - j.started)
		steps += p.steps
		j.stats.Stepping += event.Time(p.steps) * j.run.step
		j.stats.Held = j.stats.Held.Add(ledger.Product(j.gang.Milli(), now-j.started))
	}
	j.end(now, cluster.JobUnfinished, steps)
}

func (j *Job) end(now event.Time, s cluster.JobState, steps int64) {
	j.ended, j.state, j.steps = now, s, steps
	j.engine.Disarm(j.timer)
	if j.config.Elastic != nil {
		j.engine.Disarm(j.sizing)
	}
	j.observer.TrainingEnded(now, j)
}
