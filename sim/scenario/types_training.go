package scenario

import (
	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
)

// TrainingJob is a pre-training job, or a series of equal ones.
type TrainingJob struct {
	// Name of the job, as results call it.
	Name string `yaml:"name" jsonschema:"required"`
	// Model that is trained, by its catalogue name.
	Model string `yaml:"model,omitempty"`
	// ModelConfig is a config.json that describes the model, instead.
	ModelConfig string `yaml:"model_config,omitempty"`
	// Tokens to train on.
	Tokens units.Tokens `yaml:"tokens,omitempty"`
	// Steps to train for, when no tokens are given.
	Steps int64 `yaml:"steps,omitempty" jsonschema:"minimum=1"`
	// GlobalBatch is the sequences of one step.
	GlobalBatch int `yaml:"global_batch" jsonschema:"default=1024,minimum=1"`
	// SequenceLength is the tokens of a sequence.
	SequenceLength units.Tokens `yaml:"sequence_length" jsonschema:"default=8192"`
	// Precision of the matrix multiplications.
	Precision string `yaml:"precision" jsonschema:"default=bf16,enum=fp32,enum=bf16,enum=fp16,enum=fp8,enum=fp4"`
	// GPUs to use when no layout is given.
	GPUs   int          `yaml:"gpus,omitempty" jsonschema:"minimum=1"`
	Layout *TrainLayout `yaml:"parallelism,omitempty"`

	// Tenant that the job is accounted to.
	Tenant string `yaml:"tenant,omitempty"`
	// Pool that holds it; may be left out when there is only one.
	Pool string `yaml:"pool,omitempty"`
	// Priority in the priority order and in preemption; the greater goes first.
	Priority int32 `yaml:"priority,omitempty"`
	// Preemptible jobs may lose their GPUs to higher priority.
	Preemptible bool `yaml:"preemptible" jsonschema:"default=true"`
	// RequiredTopology is the tier of the network to which the job must keep; none
	// = it may lie anywhere.
	RequiredTopology string `yaml:"required_topology,omitempty" jsonschema:"enum=nvlink-domain,enum=rack,enum=pod"`
	// Submit is when the job is submitted.
	Submit event.Time `yaml:"submit,omitempty"`
	// Count is the number of such jobs.
	Count int `yaml:"count" jsonschema:"default=1,minimum=1"`
	// Every is the time between their submissions.
	Every event.Time `yaml:"every,omitempty"`
	// Startup is the time from placement to the first step.
	Startup event.Time `yaml:"startup" jsonschema:"default=5m"`
	// Restart is the same after a preemption or failure, before the checkpoint
	// loads; none = startup.
	Restart    event.Time `yaml:"restart,omitempty"`
	Checkpoint Checkpoint `yaml:"checkpoint"`
	// Evaluation pauses training now and then.
	Evaluation *Evaluation `yaml:"evaluation,omitempty"`
	// Elastic lets the job go on with fewer data-parallel ranks when nodes are
	// missing.
	Elastic *Elastic `yaml:"elastic,omitempty"`
}

// Evaluation is forward passes between steps, which train nothing.
type Evaluation struct {
	// Steps between two evaluations.
	Steps int64 `yaml:"steps" jsonschema:"required,minimum=1"`
	// Duration of one evaluation.
	Duration event.Time `yaml:"duration" jsonschema:"required"`
}

// Elastic is how far a training job shrinks. The global batch stays: the ranks
// that are left take more micro-batches.
type Elastic struct {
	// MinDP is the fewest data-parallel ranks.
	MinDP int `yaml:"min_dp" jsonschema:"required,minimum=1"`
	// Wait is how long the job waits for all of its nodes first.
	Wait event.Time `yaml:"wait" jsonschema:"default=5m"`
}

// TrainLayout is how a training job is spread over TP × CP × PP × DP GPUs.
type TrainLayout struct {
	// TP is the GPUs that share every layer (tensor parallelism).
	TP int `yaml:"tp" jsonschema:"default=1,minimum=1"`
	// CP is the GPUs that share every sequence (context parallelism).
	CP int `yaml:"cp" jsonschema:"default=1,minimum=1"`
	// PP is the stages that layers are divided into (pipeline parallelism).
	PP int `yaml:"pp" jsonschema:"default=1,minimum=1"`
	// DP is the replicas that see different sequences (data parallelism).
	DP int `yaml:"dp" jsonschema:"default=1,minimum=1"`
	// EP is the expert parallel degree, folded into CP × DP.
	EP int `yaml:"ep" jsonschema:"default=1,minimum=1"`
	// VPP is the virtual pipeline chunks per stage.
	VPP int `yaml:"vpp" jsonschema:"default=1,minimum=1"`
	// MicroBatch is the sequences of one micro-batch.
	MicroBatch int `yaml:"micro_batch" jsonschema:"default=1,minimum=1"`
	// ZeRO is the stage: what data-parallel ranks share out.
	ZeRO int `yaml:"zero" jsonschema:"default=1,minimum=0,maximum=3"`
	// Recompute says which activations are computed again in the backward pass.
	Recompute string `yaml:"recompute" jsonschema:"default=none,enum=none,enum=selective,enum=full"`
	// Schedule of the pipeline; 1f1b is interleaved where vpp is above 1.
	Schedule string `yaml:"schedule" jsonschema:"default=1f1b,enum=1f1b,enum=zero-bubble,enum=dualpipe"`
	// SequenceParallel shards norms and residuals over the TP group.
	SequenceParallel bool `yaml:"sequence_parallel" jsonschema:"default=true"`
}

// GPUs returns how many GPUs the layout takes.
func (l TrainLayout) GPUs() int { return l.TP * l.CP * l.PP * l.DP }

// Checkpoint is how a training job saves its state.
type Checkpoint struct {
	// Interval is the work between two checkpoints; 0s = only at the end. None =
	// 1h, and young-daly where the pool has failures: √(2δM) of the time δ that a
	// checkpoint stops the job for and the mean time M between its failures.
	Interval Cadence `yaml:"interval"`
	// Bandwidth of storage, for the whole job; 0B/s makes checkpoints free.
	Bandwidth units.Bandwidth `yaml:"bandwidth" jsonschema:"default=100GB/s"`
	// Async writes checkpoints while training goes on.
	Async bool `yaml:"async,omitempty"`
	// Blocking is how long an asynchronous one stops training, to copy the state
	// out of the GPUs.
	Blocking event.Time `yaml:"blocking,omitempty"`
}
