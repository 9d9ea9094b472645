package training

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
)

// Model is what a job knows of its cost: *perf.Training.
type Model interface {
	GPUs() int
	Step() perf.TrainStep
	TokensPerStep() int64
	FLOPsPerStep() float64
	CheckpointBytes() int64
}

// Placed is a Model whose steps depend on where the job's GPUs lie.
type Placed interface {
	On(fleet.Location) *perf.Training
}

var (
	_ Model  = (*perf.Training)(nil)
	_ Placed = (*perf.Training)(nil)
)

// Config describes a job.
type Config struct {
	// Spec is the gang it asks for: Model's GPUs in all. Its class is set to
	// ledger.Training.
	Spec  cluster.Spec
	Model Model
	// Steps to go. A goal in tokens is StepsFor of it.
	Steps int64
	// CheckpointEvery is the work between two checkpoints, rounded up to whole
	// steps; 0 writes one only at the end.
	CheckpointEvery event.Time
	// CheckpointBandwidth is what storage takes and gives in B/s, for the whole
	// job; 0 makes checkpoints free.
	CheckpointBandwidth float64
	// Async checkpoints stop training for Blocking, to copy the state out of the
	// GPUs, and are written while it goes on. The next one starts when that is
	// complete, at the earliest.
	Async    bool
	Blocking event.Time
	// Init is the time from the first placement to the first step: images,
	// processes, communicators, the fabric's warm-up. Restart is the same of a
	// later placement, to the load; 0 = Init.
	Init, Restart event.Time
	// EvalTime is how long an evaluation takes, after every EvalEvery steps; 0
	// steps = never.
	EvalEvery int64
	EvalTime  event.Time
	// Elastic lets the job run on fewer workers; nil = it waits for all.
	Elastic *Elastic
}

// StepsFor returns how many steps of m train on at least that many tokens.
func StepsFor(m Model, tokens int64) int64 {
	perStep := m.TokensPerStep()
	return (tokens + perStep - 1) / perStep
}

// validate returns an error that names what is wrong.
func (c *Config) validate() error {
	gpus, step := c.Spec.Workers*c.Spec.GPUsPerWorker, c.Model.Step().Total
	switch {
	case gpus != c.Model.GPUs():
		return fmt.Errorf("its gang has %d GPUs (%d × %d), its layout takes %d", gpus, c.Spec.Workers, c.Spec.GPUsPerWorker, c.Model.GPUs())
	case c.Steps < 1:
		return fmt.Errorf("%d steps to go, must be at least 1", c.Steps)
	case step < 1:
		return fmt.Errorf("its step takes %v, must be at least 1ns", step)
	case c.CheckpointEvery < 0 || c.Init < 0 || c.Restart < 0 || c.Blocking < 0 || c.CheckpointBandwidth < 0 || c.EvalEvery < 0 || c.EvalTime < 0:
		return fmt.Errorf("checkpoint interval (%v), bandwidth (%v B/s) and blocking time (%v), init (%v), restart (%v) and evaluation time (%v every %d steps) must not be negative",
			c.CheckpointEvery, c.CheckpointBandwidth, c.Blocking, c.Init, c.Restart, c.EvalTime, c.EvalEvery)
	}
	if c.Elastic != nil {
		if err := c.Elastic.validate(c); err != nil {
			return err
		}
	}
	const most = 100 * 365 * event.Day
	work := float64(c.Steps) * (step.Seconds() + c.transferTime().Seconds() + c.Blocking.Seconds() + c.EvalTime.Seconds())
	if total := c.Init.Seconds() + work; total > most.Seconds() {
		return fmt.Errorf("its %d steps of %v and their checkpoints may take %.3g years, must be under 100", c.Steps, step, total/event.Day.Seconds()/365)
	}
	return nil
}

// transferTime returns how long a checkpoint takes to write, or to load.
func (c *Config) transferTime() event.Time {
	if c.CheckpointBandwidth == 0 {
		return 0
	}
	return event.FromSeconds(float64(c.Model.CheckpointBytes()) / c.CheckpointBandwidth)
}

// CheckpointCost returns how long a checkpoint stops training: δ of Young's and
// Daly's interval.
func (c *Config) CheckpointCost() event.Time {
	if c.Async {
		return c.Blocking
	}
	return c.transferTime()
}
