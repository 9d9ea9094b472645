package scenario

import (
	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
)

// RLJob is an RL post-training job (GRPO, DAPO, PPO): rollouts on its own
// replicas, rewards, log-probabilities, update, weight sync; then the next step.
type RLJob struct {
	// Name of the job, as results call it.
	Name string `yaml:"name" jsonschema:"required"`
	// Model that is trained, by its catalogue name.
	Model string `yaml:"model,omitempty"`
	// ModelConfig is a config.json that describes the model, instead.
	ModelConfig string `yaml:"model_config,omitempty"`
	// Steps are updates of the policy.
	Steps int64 `yaml:"steps" jsonschema:"required,minimum=1"`
	// GPUs of the job. Rollouts and training take turns on them, unless the
	// trainer has some of its own; a reward model always has.
	GPUs int `yaml:"gpus" jsonschema:"required,minimum=1"`
	// PromptsPerStep is the prompts of one update.
	PromptsPerStep int `yaml:"prompts_per_step" jsonschema:"required,minimum=1"`
	// GroupSize is the samples per prompt.
	GroupSize int           `yaml:"group_size" jsonschema:"required,minimum=1"`
	Prompt    SampleLengths `yaml:"prompt" jsonschema:"required"`
	// Output is the length of samples, thinking included.
	Output  SampleLengths `yaml:"output" jsonschema:"required"`
	Rollout Rollout       `yaml:"rollout"`
	Trainer Trainer       `yaml:"trainer"`

	// Mode says how far rollouts may run ahead of training: not at all
	// (synchronous); not at all, but mini-batches are trained on as they come
	// (streaming); by one whole batch (one-step); by the staleness.
	Mode string `yaml:"mode" jsonschema:"default=synchronous,enum=synchronous,enum=streaming,enum=one-step,enum=asynchronous"`
	// Staleness bounds an asynchronous job: how many steps' samples may start
	// before the step under way is published. Without trainer GPUs, samples
	// that are not needed yet go on in the next step (partial rollouts).
	Staleness float64 `yaml:"staleness,omitempty" jsonschema:"minimum=0"`
	// WeightUpdate is how engines take new weights.
	WeightUpdate string `yaml:"weight_update" jsonschema:"default=drain,enum=drain,enum=interrupt,enum=in-flight,enum=pull"`
	// Repack is how often engines that still generate for old weights hand that
	// to as few of them as can hold it, where engines pull; 0 = never.
	Repack event.Time `yaml:"repack,omitempty"`
	// MaxOffPolicy drops samples that are more versions old; 0 = none.
	MaxOffPolicy int64 `yaml:"max_off_policy,omitempty" jsonschema:"minimum=0"`
	// TailBatching is how many times the prompts, and the samples of each, a
	// synchronous step starts. It keeps those that complete first; prompts left
	// behind come together in a longer step, once there are enough. 1 = none.
	TailBatching float64 `yaml:"tail_batching" jsonschema:"default=1,minimum=1,maximum=4"`
	// Filter replaces groups whose rewards are all equal (dynamic sampling).
	Filter *RewardFilter `yaml:"filter,omitempty"`
	// Tools makes samples of several turns.
	Tools *Tools `yaml:"tools,omitempty"`

	// RewardModel scores samples on GPUs of the job.
	RewardModel *RewardModel `yaml:"reward_model,omitempty"`
	// RewardTime is from the end of a sample to its reward, its median where
	// the verifier says more. With a reward model it comes before the score, and
	// is 0s unless given.
	RewardTime event.Time `yaml:"reward_time" jsonschema:"default=10s"`
	Verifier   Calls      `yaml:"verifier"`
	// SwitchTime is from rollouts to training, and back.
	SwitchTime event.Time `yaml:"switch_time" jsonschema:"default=5s"`
	// WeightSync is the time to bring new weights into the rollout engines.
	WeightSync event.Time `yaml:"weight_sync" jsonschema:"default=10s"`
	// WeightTransfer works that time out from the bytes, instead.
	WeightTransfer *WeightTransfer `yaml:"weight_transfer,omitempty"`
	// WeightPush is the trainer's part of that where engines pull.
	WeightPush event.Time `yaml:"weight_push" jsonschema:"default=1s"`
	// LogProbPasses is the forward passes before the update: 2 for the old and
	// the reference policy.
	LogProbPasses int `yaml:"log_prob_passes" jsonschema:"default=2,minimum=0"`
	// MiniBatches is the optimizer updates of a step.
	MiniBatches int `yaml:"mini_batches" jsonschema:"default=1,minimum=1"`
	// Critic is the size of PPO's value model relative to the policy; 0 = none.
	Critic float64 `yaml:"critic,omitempty" jsonschema:"minimum=0"`
	// Packing of an update's samples, none of them split, to data-parallel
	// ranks: balanced by tokens, or dealt, every rank as many samples.
	Packing string `yaml:"packing" jsonschema:"default=balanced,enum=balanced,enum=dealt"`
	// Imbalance is how much longer than that the slowest rank takes.
	Imbalance float64 `yaml:"imbalance" jsonschema:"default=1,minimum=1"`
	// Fetch is the mini-batches that a streaming trainer takes at once.
	Fetch int `yaml:"fetch" jsonschema:"default=1,minimum=1"`
	// Handover is the time to collect a step's samples and hand them to the
	// trainer's ranks.
	Handover event.Time `yaml:"handover,omitempty"`

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
	// Startup is the time from placement to the first rollout.
	Startup event.Time `yaml:"startup" jsonschema:"default=5m"`
}

// SampleLengths is a lognormal distribution of tokens, or a constant at cv 0.
type SampleLengths struct {
	// Mean before the cap.
	Mean units.Tokens `yaml:"mean" jsonschema:"required"`
	// CV is the standard deviation over the mean.
	CV float64 `yaml:"cv" jsonschema:"default=0,minimum=0"`
	// Correlation is the share of the variance that a prompt's samples have in
	// common.
	Correlation units.Fraction `yaml:"correlation,omitempty"`
	// FinalMean is the mean at the last step; 0 = it does not change.
	FinalMean units.Tokens `yaml:"final_mean,omitempty"`
	// Max cuts samples short.
	Max units.Tokens `yaml:"max" jsonschema:"required,maximum=1e9"`
}

// Rollout is the engine that generates samples.
type Rollout struct {
	Parallelism Parallelism `yaml:"parallelism"`
	Precision   Precision   `yaml:"precision,omitempty"`
	Engine      Engine      `yaml:"engine"`
	// Dispatch sends samples to replicas.
	Dispatch string `yaml:"dispatch" jsonschema:"default=by-group,enum=by-group,enum=least-loaded"`
	// Borrow lets further replicas run on GPUs that nobody else wants.
	Borrow *Borrow `yaml:"borrow,omitempty"`
}

// RewardModel is replicas of a model on GPUs that do nothing else: a sample's
// reward comes from one prefill of its prompt and output.
type RewardModel struct {
	// GPUs of the job's: as many replicas as fit.
	GPUs   int `yaml:"gpus" jsonschema:"required,minimum=1"`
	Served `yaml:",inline"`
}

// WeightTransfer is how new weights get into the rollout engines: bytes over a
// rate.
type WeightTransfer struct {
	// Method says whether all weights pass every GPU (broadcast), or each is sent
	// its own shard (direct).
	Method string `yaml:"method" jsonschema:"default=broadcast,enum=broadcast,enum=direct"`
	// Bandwidth into a GPU; none = 64 GB/s of its host link for a broadcast, its
	// NIC's when direct.
	Bandwidth units.Bandwidth `yaml:"bandwidth,omitempty"`
	// Changed is the share of the bytes that is sent: deltas send 1 to 3 %.
	Changed units.Fraction `yaml:"changed" jsonschema:"default=100%"`
	// Fixed is the time beside that.
	Fixed event.Time `yaml:"fixed,omitempty"`
}

// Borrow is replicas in preemptible gangs of their own, beside a job's GPUs.
// What they generate when these are taken back goes on elsewhere.
type Borrow struct {
	// Replicas at most.
	Replicas int `yaml:"replicas" jsonschema:"required,minimum=1"`
	// Priority of their gangs.
	Priority int32 `yaml:"priority" jsonschema:"default=0"`
}

// RewardFilter is dynamic sampling: prompts are solved with probability
// 1/(1 + exp(−x)), x normal.
type RewardFilter struct {
	// Logit of the mean prompt's chance to be solved; 0 = one half.
	Logit float64 `yaml:"logit" jsonschema:"default=0,minimum=-5,maximum=5"`
	// Spread is the standard deviation of that logit over prompts.
	Spread float64 `yaml:"spread" jsonschema:"default=1,minimum=0,maximum=10"`
}

// Tools is what samples call between turns.
type Tools struct {
	// Turns is the mean of a geometric distribution, cut at max_turns.
	Turns float64 `yaml:"turns" jsonschema:"default=4,minimum=1"`
	// MaxTurns after which a sample ends whatever it says.
	MaxTurns int `yaml:"max_turns" jsonschema:"default=20,minimum=1"`
	// Answer is the tokens that a call adds to the context.
	Answer units.Tokens `yaml:"answer" jsonschema:"default=500,maximum=1e6"`
	// Time is the median of a call.
	Time  event.Time `yaml:"time" jsonschema:"default=1s"`
	Calls `yaml:",inline"`
}

// Calls is how calls to something outside the engines vary and queue.
type Calls struct {
	// Sigma is the standard deviation of the logarithm of their time.
	Sigma float64 `yaml:"sigma,omitempty" jsonschema:"minimum=0,maximum=10"`
	// Timeout cuts them short; 0 = never.
	Timeout event.Time `yaml:"timeout,omitempty"`
	// Slots is how many are served at once, such as CPU sandboxes; 0 = all.
	Slots int `yaml:"slots,omitempty" jsonschema:"minimum=0"`
}

// Trainer is the training side of an RL job.
type Trainer struct {
	// GPUs that do nothing else; 0 = all of the job's, in turn with rollouts.
	GPUs int `yaml:"gpus,omitempty" jsonschema:"minimum=0"`
	// Layout; none = one chosen for the model.
	Layout *TrainLayout `yaml:"parallelism,omitempty"`
	// Precision of the matrix multiplications.
	Precision string `yaml:"precision" jsonschema:"default=bf16,enum=fp32,enum=bf16,enum=fp16,enum=fp8,enum=fp4"`
}
