package training

import (
	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// Stats is what a job has come to by some instant.
type Stats struct {
	Steps       int64 // done and not undone by a preemption or failure
	Tokens      int64 // trained on in them
	FLOPs       float64
	Runs        int64 // times the job got its GPUs
	Preemptions int64
	Failures    int64         // that stopped it
	Shrunk      int64         // of the runs, those on fewer workers than all
	Held        ledger.Amount // GPU time of all runs, without that of hanging after a failure
	Lost        ledger.Amount // of that, work undone by preemptions and failures
	Stepping    event.Time    // time of the steps done, as the job was placed
	Productive  event.Time    // the same at the full size, with nothing in the network's way
	Wall        event.Time    // since the first start, queueing included
}

// ETTR returns the effective training time ratio: productive time over wall
// time since the first start; 0 before it.
func (s Stats) ETTR() float64 {
	if s.Wall == 0 {
		return 0
	}
	return float64(s.Productive) / float64(s.Wall)
}

// MFU returns the model FLOPs of the steps done over the peak of the GPU time
// held, for GPUs of that peak FLOP/s.
func (s Stats) MFU(peak float64) float64 {
	if s.Held.Sign() == 0 {
		return 0
	}
	return s.FLOPs / (s.Held.Seconds() * peak)
}

// Stats returns the job's figures up to now.
func (j *Job) Stats(now event.Time) Stats {
	s := j.stats
	s.Steps = j.saved
	switch j.state {
	case cluster.JobRunning:
		steps := j.run.at(now - j.started).steps
		s.Steps += steps
		s.Stepping += event.Time(steps) * j.run.step
		s.Held = s.Held.Add(ledger.Product(j.gang.Milli(), now-j.started))
	case cluster.JobCompleted, cluster.JobUnfinished:
		now = j.ended
		s.Steps = j.steps
	}
	s.Tokens = s.Steps * j.config.Model.TokensPerStep()
	s.FLOPs = float64(s.Steps) * j.config.Model.FLOPsPerStep()
	s.Productive = event.Time(s.Steps) * j.config.Model.Step().Total
	if s.Runs > 0 {
		s.Wall = now - j.first
	}
	return s
}

// State returns where the job stands.
func (j *Job) State() cluster.JobState { return j.state }

// Gang returns the job's gang, once submitted.
func (j *Job) Gang() *cluster.Gang { return j.gang }

// Model returns the job's cost model.
func (j *Job) Model() Model { return j.config.Model }
