package scenario

import (
	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
)

// Deployment is a model served by replicas.
type Deployment struct {
	// Name of the deployment, by which workloads and results call it.
	Name string `yaml:"name" jsonschema:"required"`
	// Served is the model and how it is laid out.
	Served `yaml:",inline"`
	// Pool that holds the replicas; may be left out when only one fits.
	Pool string `yaml:"pool,omitempty"`
	// RequiredTopology is the tier of the network to which each replica must keep;
	// none = it may lie anywhere.
	RequiredTopology string `yaml:"required_topology,omitempty" jsonschema:"enum=nvlink-domain,enum=rack,enum=pod"`
	// GPU type to run on, to choose the pool by.
	GPU string `yaml:"gpu,omitempty"`
	// Router chooses the replica of a request; central keeps requests in one
	// queue until a replica has a free sequence.
	Router string `yaml:"router" jsonschema:"default=least-requests,enum=round-robin,enum=least-requests,enum=power-of-two,enum=random,enum=central,enum=least-kv-tokens,enum=prefix-affinity,enum=session-affinity,enum=weighted"`
	// Routing is the settings of a router that looks at its replicas.
	Routing *Routing `yaml:"routing,omitempty"`
	// Admission says which requests are taken in, and in which order they go to
	// the replicas; none = all, at once.
	Admission *Admission `yaml:"admission,omitempty"`
	// Replicas is their fixed number.
	Replicas int `yaml:"replicas,omitempty" jsonschema:"minimum=1"`
	// Autoscale changes the number of replicas with the load.
	Autoscale *Autoscale `yaml:"autoscale,omitempty"`
	// Prefill makes replicas of their own compute the prompts.
	Prefill *Prefill `yaml:"prefill,omitempty"`
	// Tenant on whose behalf the replicas run, for quotas.
	Tenant string `yaml:"tenant,omitempty"`
	// Priority of the replicas' gangs; higher goes first.
	Priority int32 `yaml:"priority,omitempty"`
	// WeightsBandwidth is the rate at which one GPU loads weights.
	WeightsBandwidth units.Bandwidth `yaml:"weights_bandwidth" jsonschema:"default=2GB/s"`
	// Startup is the fixed part of a replica's start: image, processes, graphs.
	Startup event.Time `yaml:"startup" jsonschema:"default=1m"`
	// ColdStart is further parts of a replica's start.
	ColdStart *ColdStart `yaml:"cold_start,omitempty"`
	// DrainTimeout is how long a replica on its way out may finish its requests;
	// those left then start anew elsewhere. None = as long as it takes.
	DrainTimeout event.Time `yaml:"drain_timeout,omitempty"`
	// SLO is what users of the deployment expect.
	SLO SLO `yaml:"slo,omitempty"`
}

// Served is a model as one replica serves it.
type Served struct {
	// Model by catalogue name.
	Model string `yaml:"model,omitempty"`
	// ModelConfig is the path of a Hugging Face config.json instead of a model.
	ModelConfig string      `yaml:"model_config,omitempty"`
	Parallelism Parallelism `yaml:"parallelism"`
	Precision   Precision   `yaml:"precision,omitempty"`
	Engine      Engine      `yaml:"engine"`
}

// Parallelism is the layout of one replica: TP × PP × DP GPUs. DP is the data
// parallelism of attention; the engine's limits hold for each of its ranks. EP is
// over how many of a stage's TP × DP GPUs whole experts are spread; with DP it is
// all of them.
type Parallelism struct {
	// TP is the GPUs that share every layer (tensor parallelism).
	TP int `yaml:"tp" jsonschema:"default=1,minimum=1"`
	// PP is the stages that layers are divided into (pipeline parallelism).
	PP int `yaml:"pp" jsonschema:"default=1,minimum=1"`
	// EP is the GPUs over which a layer's experts are spread.
	EP int `yaml:"ep" jsonschema:"default=1,minimum=1"`
	// DP is the ranks whose attention works on requests of their own.
	DP int `yaml:"dp" jsonschema:"default=1,minimum=1"`
}

// GPUs returns how many GPUs the layout takes.
func (p Parallelism) GPUs() int { return p.TP * p.PP * p.DP }

// Precision is the number formats; those left out follow the model's own.
type Precision struct {
	// Weights in memory; none = as the model is published.
	Weights string `yaml:"weights,omitempty" jsonschema:"enum=fp32,enum=bf16,enum=fp16,enum=fp8,enum=fp4,enum=mxfp4,enum=nvfp4,enum=int8,enum=int4"`
	// KV is the precision of the KV cache.
	KV string `yaml:"kv,omitempty" jsonschema:"enum=fp32,enum=bf16,enum=fp16,enum=fp8,enum=fp4,enum=mxfp4,enum=nvfp4,enum=int8,enum=int4"`
	// Compute is the precision of the matrix multiplications.
	Compute string `yaml:"compute,omitempty" jsonschema:"enum=fp32,enum=bf16,enum=fp16,enum=fp8,enum=fp4,enum=mxfp4,enum=nvfp4,enum=int8,enum=int4"`
}

// Engine is the settings of a serving engine.
type Engine struct {
	// MaxNumSeqs is the most sequences in one batch.
	MaxNumSeqs int `yaml:"max_num_seqs" jsonschema:"default=256,minimum=1"`
	// MaxNumBatchedTokens is the most tokens in one step.
	MaxNumBatchedTokens int `yaml:"max_num_batched_tokens" jsonschema:"default=8192,minimum=1"`
	// OverlapBatches runs two halves of a batch in turns, one computing while the
	// other communicates.
	OverlapBatches bool `yaml:"overlap_batches,omitempty"`
	// Eager runs without CUDA graphs, as engines inside of RL frameworks often
	// do to save memory: no step is shorter than launching its kernels takes.
	Eager bool `yaml:"eager,omitempty"`
	// BlockSize is the tokens of one KV block.
	BlockSize int `yaml:"block_size" jsonschema:"default=16,minimum=1"`
	// KVBlocks overrides the number of KV blocks that memory allows.
	KVBlocks int `yaml:"kv_blocks,omitempty" jsonschema:"minimum=1"`
	// MemoryUtilization is the share of GPU memory the engine may use.
	MemoryUtilization units.Fraction `yaml:"memory_utilization" jsonschema:"default=0.9"`
	// PrefixCache keeps the KV of prompts and answers while there is room, for
	// requests that begin alike.
	PrefixCache bool `yaml:"prefix_cache" jsonschema:"default=true"`
	// Queue is the order in which waiting requests are admitted.
	Queue string `yaml:"queue" jsonschema:"default=fcfs,enum=fcfs,enum=priority,enum=shortest-predicted,enum=fair"`
	// MaxWaiting is the longest waiting queue, more is rejected; 0 = no limit.
	MaxWaiting int `yaml:"max_waiting,omitempty" jsonschema:"minimum=0"`
	// Admission is optimistic (there is memory for the first chunk of a prompt;
	// requests may be preempted later) or guaranteed (there is memory for all
	// that the request may come to need).
	Admission string `yaml:"admission" jsonschema:"default=optimistic,enum=optimistic,enum=guaranteed"`
	// MaxOutput is the output tokens that guaranteed admission keeps memory for;
	// left out, a request's own output.
	MaxOutput int `yaml:"max_output,omitempty" jsonschema:"minimum=1"`
	// Preemption throws the KV of a preempted request away, or swaps it to host
	// memory.
	Preemption string `yaml:"preemption" jsonschema:"default=recompute,enum=recompute,enum=swap"`
	// HostMemory is the host's memory for KV, per GPU: of requests swapped out,
	// and of what the prefix cache has no room for on the GPU.
	HostMemory units.Bytes `yaml:"host_memory,omitempty"`
	// HostBandwidth between a GPU and its host, per direction: some 25GB/s over
	// PCIe 4.0, 50GB/s over PCIe 5.0, 350GB/s over NVLink-C2C.
	HostBandwidth units.Bandwidth `yaml:"host_bandwidth" jsonschema:"default=50GB/s"`
	// HostOverlap moves KV layer by layer while the step computes, instead of
	// before it.
	HostOverlap bool `yaml:"host_overlap,omitempty"`
	// Speculation decodes several tokens a step.
	Speculation *Speculation `yaml:"speculation,omitempty"`
}

// Speculation is speculative decoding or multi-token prediction: a draft proposes
// tokens, which the model verifies in one step.
type Speculation struct {
	// Draft is a model by catalogue name, mtp for the model's own multi-token
	// prediction, eagle for a layer of that kind trained for any model, or ngram
	// for looking up the context, which costs nothing.
	Draft string `yaml:"draft" jsonschema:"required"`
	// Tokens proposed for every request in every step.
	Tokens int `yaml:"tokens" jsonschema:"required,minimum=1,maximum=64"`
	// Acceptance is the probability that a proposal is right when those before it
	// are.
	Acceptance units.Fraction `yaml:"acceptance,omitempty"`
	// AcceptanceByPosition is the same for each proposal in turn.
	AcceptanceByPosition []units.Fraction `yaml:"acceptance_by_position,omitempty"`
}

// Autoscale is the rule that sets the number of replicas, within bounds.
type Autoscale struct {
	// Min is the fewest replicas.
	Min int `yaml:"min" jsonschema:"default=1,minimum=1"`
	// Max is the most replicas.
	Max int `yaml:"max" jsonschema:"required,minimum=1"`
	// Metric to go by: concurrency (outstanding requests per replica), queue
	// (waiting requests per replica), kv (share of KV memory in use) or slo (share
	// of first tokens within slo.ttft). None = concurrency.
	Metric string `yaml:"metric,omitempty" jsonschema:"enum=concurrency,enum=queue,enum=kv,enum=slo"`
	// Target is the value of the metric to aim at.
	Target float64 `yaml:"target" jsonschema:"required,minimum=0"`
	// Interval between decisions.
	Interval event.Time `yaml:"interval" jsonschema:"default=1m"`
	// Cooldown is how long fewer replicas must have been enough before any are
	// taken away.
	Cooldown event.Time `yaml:"cooldown" jsonschema:"default=5m"`
	// Stabilization is how long more replicas must have been wanted before any are
	// added; none = at once.
	Stabilization event.Time `yaml:"stabilization,omitempty"`
}

// ByConcurrency reports whether the rule goes by outstanding requests.
func (a *Autoscale) ByConcurrency() bool { return a.Metric == "" || a.Metric == "concurrency" }

// Concurrency returns the outstanding requests per replica that the rule aims at,
// 0 if it goes by something else or there is none.
func (a *Autoscale) Concurrency() float64 {
	if a == nil || !a.ByConcurrency() {
		return 0
	}
	return a.Target
}

// SLO is what a request should meet; a time left out is no requirement.
type SLO struct {
	// TTFT is the longest time to the first token.
	TTFT event.Time `yaml:"ttft,omitempty"`
	// TPOT is the longest mean time between tokens.
	TPOT event.Time `yaml:"tpot,omitempty"`
	// E2E is the longest time from arrival to the last token.
	E2E event.Time `yaml:"e2e,omitempty"`
}
