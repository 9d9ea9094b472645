package rl

import (
	"fmt"
	"math"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/serving"
)

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

// Placed is a Trainer whose steps depend on where the GPUs that train lie, the
// first of the gang.
type Placed interface {
	On(fleet.Location) *perf.Training
}

var (
	_ Trainer = (*perf.Training)(nil)
	_ Placed  = (*perf.Training)(nil)
)

// Config describes a job. It must not change once the job exists.
type Config struct {
	// Spec is the gang it asks for. Its class is set to ledger.RL.
	Spec cluster.Spec
	// Trainer is the cost model of log-prob passes and updates on the GPUs
	// that train, with a sequence length near the samples' mean.
	Trainer Trainer
	// TrainerGPUs of the gang do nothing but train, the others nothing but
	// generate; 0 = all of them take turns.
	TrainerGPUs int
	// Engine is the rollout engine; each of its replicas takes EngineGPUs.
	Engine     *serving.Config
	EngineGPUs int
	// EngineOn returns the engine of a replica that lies so in the network; nil =
	// Engine wherever it lies. Replicas have the GPUs after the trainer's, one
	// after the other.
	EngineOn func(fleet.Location) *serving.Config

	Steps     int64 // to go
	Prompts   int   // per step
	GroupSize int   // samples per prompt
	Prompt    Length
	Output    Length
	Dispatch  Dispatch
	Borrow    Borrow

	Mode   Mode
	Filter *Filter // dynamic sampling; nil = every group is trained on
	Tools  Tools
	// Reward is from the end of a sample to its reward; where there is a reward
	// model, to its going there.
	Reward      Service
	RewardModel RewardModel

	Init   event.Time // placement to the first step: images, weights, processes
	Switch event.Time // engines to trainer, and back: offload, reload, memory
	// Handover is from a step's samples being there to their being with the
	// ranks that train: collected, padded, sent. Streaming jobs hand over each
	// fetch, with its share of that time.
	Handover event.Time
	Sync     event.Time // new weights into the engines
	Push     event.Time // under Pull, the trainer's part of a sync

	// TailBatching is how many times the prompts, and samples of each, a short
	// round starts; 0 = none does. See race.
	TailBatching float64

	// MiniBatches is the number of optimizer updates in a step; 0 = 1.
	MiniBatches int
	// LogProbPasses is the number of forward passes over the samples before
	// the update: 2 for old and reference policy, 1 for one of them.
	LogProbPasses int
	// Critic is the cost of PPO's value model relative to the policy's: it
	// takes a forward pass and an update of its own. 0 = none.
	Critic float64
	// Ranks is the data-parallel ranks that an update's samples are spread
	// over, none of them split: it takes as long as its longest sample takes
	// one rank, at least. 0 = samples are spread evenly.
	Ranks int
	// Packing is how samples come to the ranks in an update.
	Packing Packing
	// Imbalance is how much longer than that makes the slowest rank take; 0 or
	// 1 = none.
	Imbalance float64

	// Lengths is the stream that lengths are drawn from, Environment the one
	// for rewards and tools.
	Lengths, Environment event.Stream
}

// Mode says how far generation may run ahead of training.
type Mode struct {
	// Staleness η bounds what may start: sample n of the job, counted from 0,
	// once ⌊n/(Prompts·GroupSize) − η⌋ steps have been published. 0 is
	// synchronous. What is admitted is bounded, not how long it then takes.
	Staleness float64
	// Batches lets a batch start only when the one before it is complete. With
	// a staleness of 1 this is one-step off-policy training.
	Batches bool
	// Streaming lets a mini-batch be trained on as soon as its groups are
	// there, instead of when the whole step's are.
	Streaming bool
	// Fetch is how many mini-batches are taken at once then; 0 = 1.
	Fetch int
	// Update is how engines take new weights.
	Update WeightUpdate
	// Repack is how often engines of old versions are looked at under Pull: as
	// many as the others of their version can take on are emptied, to pull
	// newer weights. 0 = never.
	Repack event.Time
	// MaxOffPolicy drops groups whose oldest token is more versions old; 0 =
	// none are.
	MaxOffPolicy int64
}

// validate returns an error that names what is wrong.
func (c *Config) validate() error {
	gpus := c.gpus()
	others := gpus - c.RewardModel.GPUs
	trainer := c.TrainerGPUs
	if c.colocated() {
		trainer = others
	}
	switch {
	case c.RewardModel.GPUs < 0 || c.RewardModel.GPUs >= gpus:
		return fmt.Errorf("%d of its %d GPUs score samples: none are left for rollouts", c.RewardModel.GPUs, gpus)
	case c.TrainerGPUs < 0 || c.TrainerGPUs >= others && c.RewardModel.GPUs > 0:
		return fmt.Errorf("%d of its %d GPUs train and %d score samples: none are left for rollouts", c.TrainerGPUs, gpus, c.RewardModel.GPUs)
	case c.TrainerGPUs >= gpus:
		return fmt.Errorf("%d of its %d GPUs train: none are left for rollouts", c.TrainerGPUs, gpus)
	case trainer != c.Trainer.GPUs() && c.colocated() && c.RewardModel.GPUs == 0:
		return fmt.Errorf("its gang has %d GPUs (%d × %d), its trainer's layout takes %d", gpus, c.Spec.Workers, c.Spec.GPUsPerWorker, c.Trainer.GPUs())
	case trainer != c.Trainer.GPUs():
		return fmt.Errorf("%d of its GPUs train, its trainer's layout takes %d", trainer, c.Trainer.GPUs())
	case c.EngineGPUs < 1 || (others-c.TrainerGPUs)%c.EngineGPUs != 0:
		return fmt.Errorf("its %d GPUs for rollouts do not divide into replicas of %d", others-c.TrainerGPUs, c.EngineGPUs)
	case c.Steps < 1 || c.Prompts < 1 || c.GroupSize < 1:
		return fmt.Errorf("steps (%d), prompts per step (%d) and group size (%d) must be at least 1", c.Steps, c.Prompts, c.GroupSize)
	case c.TailBatching != 0 && !(c.TailBatching > 1 && c.TailBatching <= 4):
		return fmt.Errorf("tail batching starts %v times the samples, must be above 1, to 4", c.TailBatching)
	case c.TailBatching != 0 && (c.Mode.Staleness > 0 || c.Mode.Streaming || c.Mode.Batches || c.Mode.Update != Drain):
		return fmt.Errorf("tail batching is for synchronous jobs, whose engines drain")
	case c.MiniBatches < 0 || c.Prompts%c.miniBatches() != 0:
		return fmt.Errorf("its %d prompts per step do not divide into %d mini-batches", c.Prompts, c.MiniBatches)
	case c.Mode.Fetch < 0 || c.Mode.Fetch > 1 && !c.Mode.Streaming || c.miniBatches()%max(c.Mode.Fetch, 1) != 0:
		return fmt.Errorf("it fetches %d mini-batches at once: a streaming job can fetch a divisor of its %d", c.Mode.Fetch, c.miniBatches())
	case c.LogProbPasses < 0:
		return fmt.Errorf("%d log-prob passes, must not be negative", c.LogProbPasses)
	case !(c.Critic >= 0) || math.IsInf(c.Critic, 1):
		return fmt.Errorf("critic is %v times the policy, must not be negative", c.Critic)
	case c.Ranks < 0:
		return fmt.Errorf("%d data-parallel ranks, must not be negative", c.Ranks)
	case c.Imbalance != 0 && !(c.Imbalance >= 1 && c.Imbalance <= 100):
		return fmt.Errorf("imbalance is %v, must be from 1 to 100", c.Imbalance)
	case min(c.Init, c.Switch, c.Handover, c.Sync, c.Push) < 0:
		return fmt.Errorf("init, switch, handover, sync and push times must not be negative")
	case c.Engine.MaxWaiting != 0:
		return fmt.Errorf("its rollout engine must not limit the waiting queue (max_waiting is %d)", c.Engine.MaxWaiting)
	}
	for _, err := range []error{
		c.Borrow.validate(c),
		c.Mode.validate(c.colocated()), c.Filter.validate(c.GroupSize), c.Tools.validate(), c.Reward.validate("reward"),
		c.Prompt.validate("prompt length"), c.Output.validate("output length"), c.Engine.Validate(), c.RewardModel.validate(c),
	} {
		if err != nil {
			return err
		}
	}
	longest := serving.Request{Prompt: c.Prompt.Max, Output: c.Output.Max + c.Tools.mostTokens()}
	if !c.Engine.Fits(&longest) {
		return fmt.Errorf("its longest sample (%d prompt + %d output tokens) exceeds the rollout engine's KV memory of %d tokens", longest.Prompt, longest.Output, c.Engine.Blocks*c.Engine.BlockSize)
	}
	return nil
}

func (m *Mode) validate(colocated bool) error {
	switch {
	case !(m.Staleness >= 0 && m.Staleness <= 1e6):
		return fmt.Errorf("staleness is %v, must be from 0 to 1e6", m.Staleness)
	case m.MaxOffPolicy < 0:
		return fmt.Errorf("max off-policy is %d versions, must not be negative", m.MaxOffPolicy)
	case m.Repack < 0 || m.Repack > 0 && m.Update != Pull:
		return fmt.Errorf("repacking every %v frees engines to pull weights: weight update is %v, must be pull", m.Repack, m.Update)
	case m.Batches && m.Update != Drain:
		return fmt.Errorf("whole batches complete before new weights come: weight update is %v, must be drain", m.Update)
	case colocated && (m.Streaming || m.Batches):
		return fmt.Errorf("GPUs that take turns cannot train on one batch while they generate another: give the trainer GPUs of its own")
	case colocated && m.Staleness > 0 && m.Update != Interrupt:
		return fmt.Errorf("GPUs that take turns and generate more than a batch must interrupt it: weight update is %v, must be interrupt", m.Update)
	}
	return nil
}

// colocated reports whether all GPUs generate and train in turn.
func (c *Config) colocated() bool { return c.TrainerGPUs == 0 }

// samples returns the samples of one step.
func (c *Config) samples() int { return c.Prompts * c.GroupSize }

func (c *Config) miniBatches() int { return max(1, c.MiniBatches) }

// gpus returns the GPUs of the gang.
func (c *Config) gpus() int { return c.Spec.Workers * c.Spec.GPUsPerWorker }

// replicas returns the number of rollout replicas.
func (c *Config) replicas() int {
	return (c.gpus() - c.TrainerGPUs - c.RewardModel.GPUs) / c.EngineGPUs
}

// replicaMilli returns the thousandths of GPUs of one replica.
func (c *Config) replicaMilli() int64 { return int64(c.EngineGPUs) * ledger.MilliPerGPU }

// admitted returns how many groups may have started after a number of
// published steps.
func (c *Config) admitted(published int64) int64 {
	ahead := float64((1 + c.Mode.Staleness) * float64(c.Prompts))
	return published*int64(c.Prompts) + int64(ahead)
}
