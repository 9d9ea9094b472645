package scenario

import (
	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
)

// Workloads is the work that comes to the fleet.
type Workloads struct {
	Requests []RequestWorkload `yaml:"requests,omitempty"`
	// Sampling of the requests; none = every request is simulated.
	Sampling *Sampling     `yaml:"sampling,omitempty"`
	Training []TrainingJob `yaml:"training,omitempty"`
	RL       []RLJob       `yaml:"rl,omitempty"`
	Jobs     []JobWorkload `yaml:"jobs,omitempty"`
}

// RequestWorkload is a stream of inference requests, either from a trace or
// from arrivals and length distributions.
type RequestWorkload struct {
	Name string `yaml:"name" jsonschema:"required"`
	// Class under which results report the requests; none = the trace's own
	// classes, or the workload's name.
	Class  string `yaml:"class,omitempty"`
	Tenant string `yaml:"tenant,omitempty"`
	// Deployment that serves them; may be left out when there is only one.
	Deployment string `yaml:"deployment,omitempty"`
	Trace      *Trace `yaml:"trace,omitempty"`

	Arrivals *Arrivals `yaml:"arrivals,omitempty"`
	// Prompt is the length of prompts, in tokens.
	Prompt *Lengths `yaml:"prompt,omitempty"`
	// Output is the length of answers, in tokens, thinking not included.
	Output *Lengths `yaml:"output,omitempty"`
	// Thinking comes before the answer of some requests.
	Thinking *Thinking `yaml:"thinking,omitempty"`
	// Sessions make arrivals start conversations of several requests.
	Sessions *Sessions `yaml:"sessions,omitempty"`

	// Priority in the engine's queue; higher goes first.
	Priority int32 `yaml:"priority,omitempty"`
	// Deadline after arrival, beyond which an answer is worthless.
	Deadline event.Time `yaml:"deadline,omitempty"`
	// Patience after arrival, beyond which the client cancels.
	Patience event.Time `yaml:"patience,omitempty"`
	// Start is when arrivals begin.
	Start event.Time `yaml:"start,omitempty"`
	// End is when arrivals stop; none = the horizon.
	End event.Time `yaml:"end,omitempty"`
}

// Trace is recorded work, aligned with the run: a window of the trace is
// stretched in time, thinned or multiplied, and shifted to a start.
type Trace struct {
	File string `yaml:"file" jsonschema:"required"`
	// Fallback is read when the file does not exist.
	Fallback string `yaml:"fallback,omitempty"`
	// Format of the file; auto = recognised from its content.
	Format string `yaml:"format" jsonschema:"default=auto"`
	// Columns maps fields to the columns of a CSV of any other form, as
	// {at: submitted, duration: runtime in h, gpus: n}; its format is csv.
	Columns map[string]string `yaml:"columns,omitempty"`
	// Window is the part of the trace to use, in the trace's own time.
	Window *Span `yaml:"window,omitempty"`
	// Start is the instant of the run at which the window begins.
	Start event.Time `yaml:"start,omitempty"`
	// TimeScale multiplies the time between arrivals: 0.5 doubles the rate.
	TimeScale float64 `yaml:"time_scale" jsonschema:"default=1,minimum=0"`
	// RateScale keeps the shape in time and draws or repeats arrivals: 0.1
	// keeps one in ten.
	RateScale float64 `yaml:"rate_scale" jsonschema:"default=1,minimum=0"`
	// Repeat starts the window again when it ends, until the horizon.
	Repeat bool `yaml:"repeat,omitempty"`
}

// JobTrace is a trace of jobs.
type JobTrace struct {
	Trace `yaml:",inline"`
	// DurationScale multiplies the run times.
	DurationScale float64 `yaml:"duration_scale" jsonschema:"default=1,minimum=0"`
	// TenantBy is the field of a workload log (swf) that names the tenants;
	// trace = what the reader takes.
	TenantBy string `yaml:"tenant_by" jsonschema:"default=trace,enum=trace,enum=user,enum=group,enum=queue,enum=partition,enum=executable"`
	// EstimateFactor is how much longer than the run time users say, instead of
	// what the trace has; 0 = as in the trace.
	EstimateFactor float64 `yaml:"estimate_factor,omitempty" jsonschema:"minimum=0"`
}

// Span is the time from an instant to another; To 0 = the end.
type Span struct {
	From event.Time `yaml:"from" jsonschema:"default=0s"`
	To   event.Time `yaml:"to,omitempty"`
}

// Arrivals is a process in time.
type Arrivals struct {
	Process string `yaml:"process" jsonschema:"default=poisson,enum=poisson,enum=gamma,enum=weibull,enum=mmpp,enum=deterministic"`
	// Rate is the mean rate of arrivals.
	Rate units.Rate `yaml:"rate,omitempty"`
	// CV is the coefficient of variation of the time between arrivals, for
	// gamma and weibull.
	CV float64 `yaml:"cv,omitempty" jsonschema:"minimum=0"`
	// States of an mmpp: Poisson at a rate that switches at random.
	States []ArrivalState `yaml:"states,omitempty"`
	// Daily shape of the rate.
	Daily *Daily `yaml:"daily,omitempty"`
	// Weekly factors of the rate, one per day of the week; the run starts on
	// the first.
	Weekly []float64 `yaml:"weekly,omitempty"`
}

// ArrivalState is one state of a Markov-modulated Poisson process.
type ArrivalState struct {
	Rate units.Rate `yaml:"rate" jsonschema:"required"`
	// Mean time in the state.
	Mean event.Time `yaml:"mean" jsonschema:"required"`
}

// Daily is a cosine around the mean rate.
type Daily struct {
	// Amplitude is the peak's excess over the mean, from 0 to 1.
	Amplitude units.Fraction `yaml:"amplitude" jsonschema:"required"`
	// Peak is the time of day of the highest rate.
	Peak event.Time `yaml:"peak" jsonschema:"default=14h"`
}

// Thinking is the tokens before an answer.
type Thinking struct {
	// Probability that a request thinks.
	Probability units.Fraction `yaml:"probability" jsonschema:"default=1"`
	// Tokens is the length of the thinking of those that do.
	Tokens Lengths `yaml:"tokens" jsonschema:"required"`
}

// Sessions turn each arrival into a conversation.
type Sessions struct {
	// Turns is the number of requests of a conversation.
	Turns Lengths `yaml:"turns" jsonschema:"required"`
	// Gap is the time from one request of a conversation to the next.
	Gap Durations `yaml:"gap" jsonschema:"required"`
	// MaxPrompt cuts the growing history: each prompt carries all before it.
	MaxPrompt units.Tokens `yaml:"max_prompt" jsonschema:"default=128k,maximum=1e9"`
}

// TrainingJob is a pre-training job, or a series of equal ones.
type TrainingJob struct {
	Name        string `yaml:"name" jsonschema:"required"`
	Model       string `yaml:"model,omitempty"`
	ModelConfig string `yaml:"model_config,omitempty"`
	// Tokens to train on; or steps.
	Tokens units.Tokens `yaml:"tokens,omitempty"`
	Steps  int64        `yaml:"steps,omitempty" jsonschema:"minimum=1"`
	// GlobalBatch is the sequences of one step.
	GlobalBatch int `yaml:"global_batch" jsonschema:"default=1024,minimum=1"`
	// SequenceLength is the tokens of a sequence.
	SequenceLength units.Tokens `yaml:"sequence_length" jsonschema:"default=8192"`
	// Precision of the matrix multiplications.
	Precision string `yaml:"precision" jsonschema:"default=bf16,enum=fp32,enum=bf16,enum=fp16,enum=fp8,enum=fp4"`
	// GPUs to use when no layout is given.
	GPUs   int          `yaml:"gpus,omitempty" jsonschema:"minimum=1"`
	Layout *TrainLayout `yaml:"parallelism,omitempty"`

	Tenant   string `yaml:"tenant,omitempty"`
	Pool     string `yaml:"pool,omitempty"`
	Priority int32  `yaml:"priority,omitempty"`
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
	Steps    int64      `yaml:"steps" jsonschema:"required,minimum=1"`
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
	TP int `yaml:"tp" jsonschema:"default=1,minimum=1"`
	CP int `yaml:"cp" jsonschema:"default=1,minimum=1"`
	PP int `yaml:"pp" jsonschema:"default=1,minimum=1"`
	DP int `yaml:"dp" jsonschema:"default=1,minimum=1"`
	// EP is the expert parallel degree, folded into CP × DP.
	EP int `yaml:"ep" jsonschema:"default=1,minimum=1"`
	// VPP is the virtual pipeline chunks per stage.
	VPP int `yaml:"vpp" jsonschema:"default=1,minimum=1"`
	// MicroBatch is the sequences of one micro-batch.
	MicroBatch int `yaml:"micro_batch" jsonschema:"default=1,minimum=1"`
	// ZeRO is the stage: what data-parallel ranks share out.
	ZeRO      int    `yaml:"zero" jsonschema:"default=1,minimum=0,maximum=3"`
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

// RLJob is an RL post-training job (GRPO, DAPO, PPO): rollouts on its own
// replicas, rewards, log-probabilities, update, weight sync; then the next step.
type RLJob struct {
	Name        string `yaml:"name" jsonschema:"required"`
	Model       string `yaml:"model,omitempty"`
	ModelConfig string `yaml:"model_config,omitempty"`
	Steps       int64  `yaml:"steps" jsonschema:"required,minimum=1"`
	// GPUs of the job. Rollouts and training take turns on them, unless the
	// trainer has some of its own; a reward model always has.
	GPUs           int `yaml:"gpus" jsonschema:"required,minimum=1"`
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

	Tenant      string `yaml:"tenant,omitempty"`
	Pool        string `yaml:"pool,omitempty"`
	Priority    int32  `yaml:"priority,omitempty"`
	Preemptible bool   `yaml:"preemptible" jsonschema:"default=true"`
	// RequiredTopology is the tier of the network to which the job must keep; none
	// = it may lie anywhere.
	RequiredTopology string     `yaml:"required_topology,omitempty" jsonschema:"enum=nvlink-domain,enum=rack,enum=pod"`
	Submit           event.Time `yaml:"submit,omitempty"`
	Count            int        `yaml:"count" jsonschema:"default=1,minimum=1"`
	Every            event.Time `yaml:"every,omitempty"`
	Startup          event.Time `yaml:"startup" jsonschema:"default=5m"`
}

// SampleLengths is a lognormal distribution of tokens, or a constant at cv 0.
type SampleLengths struct {
	// Mean before the cap.
	Mean units.Tokens `yaml:"mean" jsonschema:"required"`
	CV   float64      `yaml:"cv" jsonschema:"default=0,minimum=0"`
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
	Logit  float64 `yaml:"logit" jsonschema:"default=0,minimum=-5,maximum=5"`
	Spread float64 `yaml:"spread" jsonschema:"default=1,minimum=0,maximum=10"`
}

// Tools is what samples call between turns.
type Tools struct {
	// Turns is the mean of a geometric distribution, MaxTurns its cap.
	Turns    float64 `yaml:"turns" jsonschema:"default=4,minimum=1"`
	MaxTurns int     `yaml:"max_turns" jsonschema:"default=20,minimum=1"`
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
	Layout    *TrainLayout `yaml:"parallelism,omitempty"`
	Precision string       `yaml:"precision" jsonschema:"default=bf16,enum=fp32,enum=bf16,enum=fp16,enum=fp8,enum=fp4"`
}

// JobWorkload is a stream of batch jobs of given run times, either from a
// trace or from arrivals and distributions.
type JobWorkload struct {
	Name   string    `yaml:"name" jsonschema:"required"`
	Tenant string    `yaml:"tenant,omitempty"`
	Trace  *JobTrace `yaml:"trace,omitempty"`

	Arrivals *Arrivals `yaml:"arrivals,omitempty"`
	// Submit is when a single job is submitted, instead of arrivals.
	Submit *event.Time `yaml:"submit,omitempty"`
	// GPUs is a histogram of job sizes.
	GPUs []JobSize `yaml:"gpus,omitempty"`
	// Duration is the run time.
	Duration *Durations `yaml:"duration,omitempty"`
	// EstimateFactor is how much longer than the run time users say; 0 = they
	// say nothing.
	EstimateFactor float64 `yaml:"estimate_factor,omitempty" jsonschema:"minimum=0"`
	// CPUsPerGPU and MemoryPerGPU are what a job takes of its nodes for each GPU.
	CPUsPerGPU   float64     `yaml:"cpus_per_gpu,omitempty" jsonschema:"minimum=0"`
	MemoryPerGPU units.Bytes `yaml:"memory_per_gpu,omitempty"`
	// Deadline is how long after its submission a job should have ended, in times
	// of its run time; 0 = it has none.
	Deadline float64 `yaml:"deadline,omitempty" jsonschema:"minimum=0"`

	// Pool that the jobs must run in; none = any that fits.
	Pool string `yaml:"pool,omitempty"`
	// Accepts are the GPU types that the jobs run on, and how fast; none = all of
	// them, equally fast. Faster ones are tried first.
	Accepts     []AcceptedGPU `yaml:"accepts,omitempty"`
	Priority    int32         `yaml:"priority,omitempty"`
	Preemptible bool          `yaml:"preemptible,omitempty"`
	// RequiredTopology is the tier of the network to which each job must keep; none
	// = it may lie anywhere.
	RequiredTopology string     `yaml:"required_topology,omitempty" jsonschema:"enum=nvlink-domain,enum=rack,enum=pod"`
	Start            event.Time `yaml:"start,omitempty"`
	End              event.Time `yaml:"end,omitempty"`
}

// AcceptedGPU is a GPU type that jobs can run on.
type AcceptedGPU struct {
	GPU string `yaml:"gpu" jsonschema:"required"`
	// Speed is in terms of the one that run times are for: at 0.5 a job takes
	// twice as long.
	Speed float64 `yaml:"speed" jsonschema:"default=1,minimum=0.001,maximum=1000"`
}

// JobSize is one bar of a histogram of job sizes.
type JobSize struct {
	GPUs   int     `yaml:"gpus" jsonschema:"required,minimum=1"`
	Weight float64 `yaml:"weight" jsonschema:"default=1,minimum=0"`
}
