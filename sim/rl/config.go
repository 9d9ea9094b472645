package rl

import (
	"fmt"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/serving"
)

// Dispatch says which replica generates a sample.
type Dispatch uint8

// The dispatch policies.
const (
	// ByGroup sends all samples of a prompt to one replica, prompts in turn.
	ByGroup Dispatch = iota
	// LeastLoaded sends each sample to the replica with the fewest
	// outstanding; what no replica has a free sequence for waits with the job.
	LeastLoaded
)

var dispatchNames = []string{"by-group", "least-loaded"}

// String returns the policy's name in scenarios.
func (d Dispatch) String() string { return dispatchNames[d] }

// ParseDispatch returns the policy of that name.
func ParseDispatch(name string) (Dispatch, error) {
	for i, n := range dispatchNames {
		if n == name {
			return Dispatch(i), nil
		}
	}
	return 0, fmt.Errorf("unknown rollout dispatch %q: want by-group or least-loaded.%s", name, suggest.Hint(name, dispatchNames))
}

// Trainer is what a job knows of the cost of its training phases:
// *perf.Training.
type Trainer interface {
	GPUs() int
	// StepOf returns one update over that many tokens.
	StepOf(tokens int64) perf.TrainStep
	// ForwardTime returns one forward pass over that many tokens, and
	// ForwardFLOPs its model FLOPs, of which an update has three times as many.
	ForwardTime(tokens int64) event.Time
	ForwardFLOPs(tokens int64) float64
}

var _ Trainer = (*perf.Training)(nil)

// Config describes a job. It must not change once the job exists.
type Config struct {
	// Spec is the gang it asks for. Its class is set to ledger.RL.
	Spec cluster.Spec
	// Trainer is the cost model of log-prob passes and updates on all GPUs of
	// the gang, with a sequence length near the samples' mean.
	Trainer Trainer
	// Engine is the rollout engine; each of its replicas takes EngineGPUs.
	Engine     *serving.Config
	EngineGPUs int

	Steps     int64 // to go
	Prompts   int   // per step
	GroupSize int   // samples per prompt
	Prompt    Length
	Output    Length
	Dispatch  Dispatch

	Init   event.Time // placement to the first step: images, weights, processes
	Reward event.Time // from the last sample to the last reward
	Switch event.Time // engines to trainer, and back: offload, reload, memory
	Sync   event.Time // new weights into the engines
	// LogProbPasses is the number of forward passes over the samples before
	// the update: 2 for old and reference policy, 1 for one of them.
	LogProbPasses int

	// Lengths is the stream that lengths are drawn from.
	Lengths event.Stream
}

// validate returns an error that names what is wrong.
func (c *Config) validate() error {
	gpus := c.Spec.Workers * c.Spec.GPUsPerWorker
	switch {
	case gpus != c.Trainer.GPUs():
		return fmt.Errorf("its gang has %d GPUs (%d × %d), its trainer's layout takes %d", gpus, c.Spec.Workers, c.Spec.GPUsPerWorker, c.Trainer.GPUs())
	case c.EngineGPUs < 1 || gpus%c.EngineGPUs != 0:
		return fmt.Errorf("its %d GPUs do not divide into rollout replicas of %d", gpus, c.EngineGPUs)
	case c.Steps < 1 || c.Prompts < 1 || c.GroupSize < 1:
		return fmt.Errorf("steps (%d), prompts per step (%d) and group size (%d) must be at least 1", c.Steps, c.Prompts, c.GroupSize)
	case c.LogProbPasses < 0:
		return fmt.Errorf("%d log-prob passes, must not be negative", c.LogProbPasses)
	case min(c.Init, c.Reward, c.Switch, c.Sync) < 0:
		return fmt.Errorf("init, reward, switch and sync times must not be negative")
	case c.Engine.MaxWaiting != 0:
		return fmt.Errorf("its rollout engine must not limit the waiting queue (max_waiting is %d)", c.Engine.MaxWaiting)
	}
	if err := c.Prompt.validate("prompt length"); err != nil {
		return err
	}
	if err := c.Output.validate("output length"); err != nil {
		return err
	}
	if err := c.Engine.Validate(); err != nil {
		return err
	}
	longest := serving.Request{Prompt: c.Prompt.Max, Output: c.Output.Max}
	if !c.Engine.Fits(&longest) {
		return fmt.Errorf("its longest sample (%d prompt + %d output tokens) exceeds the rollout engine's KV memory of %d tokens", longest.Prompt, longest.Output, c.Engine.Blocks*c.Engine.BlockSize)
	}
	return nil
}

// samples returns the samples of one step.
func (c *Config) samples() int { return c.Prompts * c.GroupSize }

// replicas returns the number of rollout replicas.
func (c *Config) replicas() int { return c.Spec.Workers * c.Spec.GPUsPerWorker / c.EngineGPUs }

// replicaMilli returns the thousandths of GPUs of one replica.
func (c *Config) replicaMilli() int64 { return int64(c.EngineGPUs) * ledger.MilliPerGPU }
