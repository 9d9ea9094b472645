package result

import (
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/metrics"
)

// Schema is the version of the summary's layout.
const Schema = 1

// Summary is one run in figures. Sections that a scenario does not use are
// absent.
type Summary struct {
	Schema       int         `json:"schema"`
	RunID        string      `json:"run_id"`
	Scenario     string      `json:"scenario"`
	Seed         uint64      `json:"seed"`
	HorizonS     float64     `json:"horizon_s"`
	WarmupS      float64     `json:"warmup_s"`
	Replications int         `json:"replications"`
	Fleet        Fleet       `json:"fleet"`
	Ledger       Ledger      `json:"ledger"`
	Utilization  Utilization `json:"utilization"`
	// GPUSecondsByDeployment is what inference's GPU time divides into where
	// there are several deployments.
	GPUSecondsByDeployment map[string]ledger.Amount `json:"gpu_s_by_deployment,omitempty"`
	Requests               *Requests                `json:"requests,omitempty"`
	Jobs                   *Jobs                    `json:"jobs,omitempty"`
	Training               *Training                `json:"training,omitempty"`
	RL                     *RL                      `json:"rl,omitempty"`
	Demand                 *Demand                  `json:"demand,omitempty"`
	Failures               *Failures                `json:"failures,omitempty"`
	EnergyKWh              float64                  `json:"energy_kwh"`
	CostUSD                float64                  `json:"cost_usd"`
	CarbonKg               float64                  `json:"carbon_kg,omitempty"`
	Costs                  *Costs                   `json:"costs,omitempty"`
	Lending                *Lending                 `json:"lending,omitempty"`
	Windows                []Window                 `json:"windows,omitempty"`
	Deployments            []Deployment             `json:"deployments,omitempty"`
	Published              []Published              `json:"published,omitempty"`
}

// Window is the same figures for a named span of the run. Requests count in
// the window in which they arrive, jobs in the one in which they are submitted.
type Window struct {
	Name                   string                   `json:"name"`
	FromS                  float64                  `json:"from_s"`
	ToS                    float64                  `json:"to_s"`
	Ledger                 Ledger                   `json:"ledger"`
	Utilization            Utilization              `json:"utilization"`
	GPUSecondsByDeployment map[string]ledger.Amount `json:"gpu_s_by_deployment,omitempty"`
	Requests               *Requests                `json:"requests,omitempty"`
	Jobs                   *Jobs                    `json:"jobs,omitempty"`
	EnergyKWh              float64                  `json:"energy_kwh"`
	CostUSD                float64                  `json:"cost_usd"`
	CarbonKg               float64                  `json:"carbon_kg,omitempty"`
}

// Fleet is the hardware of the run.
type Fleet struct {
	GPUs  int            `json:"gpus"`
	Nodes int            `json:"nodes"`
	ByGPU map[string]int `json:"by_gpu"`
}

// Ledger is GPU time by account, in GPU-seconds, exact: the accounts add up to
// the total to the last digit.
type Ledger struct {
	GPUSeconds map[string]ledger.Amount            `json:"gpu_s"`
	ByClass    map[string]map[string]ledger.Amount `json:"by_class"`
	Total      ledger.Amount                       `json:"total_gpu_s"`
}

// Add adds GPU time to an account.
func (l *Ledger) Add(k ledger.Key, a ledger.Amount) {
	class, account := k.Class.String(), k.Account.String()
	l.GPUSeconds[account] = l.GPUSeconds[account].Add(a)
	if l.ByClass[class] == nil {
		l.ByClass[class] = map[string]ledger.Amount{}
	}
	l.ByClass[class][account] = l.ByClass[class][account].Add(a)
	l.Total = l.Total.Add(a)
}

// Class returns the GPU time of a workload class.
func (l *Ledger) Class(c ledger.Class) ledger.Amount {
	var sum ledger.Amount
	for _, a := range l.ByClass[c.String()] {
		sum = sum.Add(a)
	}
	return sum
}

// Utilization is shares of the fleet's GPU time, except MFU and MBU, which are
// shares of its peak FLOP/s and memory bandwidth.
type Utilization struct {
	Allocated float64 `json:"allocated"`
	Busy      float64 `json:"busy"`
	MFU       float64 `json:"mfu"`
	MBU       float64 `json:"mbu"`
}

// Quantiles is a distribution of times in seconds, from a sketch with a
// relative error of at most 1/256.
type Quantiles struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	Max  float64 `json:"max"`
}

// QuantilesOf summarises a histogram whose unit is 1/perSecond of a second.
func QuantilesOf(h *metrics.Histogram, perSecond float64) Quantiles {
	at := func(q float64) float64 { return float64(h.Quantile(q)) / perSecond }
	return Quantiles{
		Mean: h.Mean() / perSecond, P50: at(0.5), P90: at(0.9), P95: at(0.95), P99: at(0.99),
		Max: float64(h.Max()) / perSecond,
	}
}

// Requests is what became of the inference requests. Latencies are those of
// completed requests.
//
// Desired is what prices asked for while these arrived, had adoption been
// complete and latency deterred nobody; Adopted what would have come but for
// latency. Both are absent where demand does not answer to anything.
type Requests struct {
	Desired        int64                `json:"desired,omitempty"`
	Adopted        int64                `json:"adopted,omitempty"`
	Arrived        int64                `json:"arrived"`
	Completed      int64                `json:"completed"`
	Rejected       int64                `json:"rejected"`
	Cancelled      int64                `json:"cancelled"`
	Shed           int64                `json:"shed,omitempty"` // turned away by load shedding
	Unfinished     int64                `json:"unfinished"`
	PromptTokens   int64                `json:"prompt_tokens"`
	OutputTokens   int64                `json:"output_tokens"`
	ThinkingTokens int64                `json:"thinking_tokens"`
	CachedTokens   int64                `json:"cached_tokens"`
	Preemptions    int64                `json:"preemptions"`
	TTFT           Quantiles            `json:"ttft_s"`
	TPOT           Quantiles            `json:"tpot_s"`
	ITL            *Quantiles           `json:"itl_s,omitempty"` // of the whole run only
	E2E            Quantiles            `json:"e2e_s"`
	Queue          Quantiles            `json:"queue_s"`
	SLOAttainment  float64              `json:"slo_attainment"`
	ByClass        map[string]*Requests `json:"by_class,omitempty"`
	Sampling       *Sampling            `json:"sampling,omitempty"` // nil = every request was simulated
}

// Jobs is what became of the jobs: training, RL and batch jobs, not serving
// deployments.
type Jobs struct {
	Submitted       int64            `json:"submitted"`
	Completed       int64            `json:"completed"`
	Failed          int64            `json:"failed"`
	Unfinished      int64            `json:"unfinished"`
	Preemptions     int64            `json:"preemptions"`
	WithDeadline    int64            `json:"with_deadline,omitempty"`
	MissedDeadline  int64            `json:"missed_deadline,omitempty"`
	Wait            Quantiles        `json:"wait_s"`
	JCT             Quantiles        `json:"jct_s"`
	BoundedSlowdown Quantiles        `json:"bounded_slowdown"`
	MakespanS       float64          `json:"makespan_s"`
	ByKind          map[string]*Jobs `json:"by_kind,omitempty"`
}

// Training is all pre-training jobs together.
type Training struct {
	Tokens      int64         `json:"tokens"`
	Steps       int64         `json:"steps"`
	StepS       float64       `json:"step_s"` // mean of the steps done, as their jobs were placed
	MFU         float64       `json:"mfu"`
	ETTR        float64       `json:"ettr"`
	Failures    int64         `json:"failures"`
	Preemptions int64         `json:"preemptions"`
	LostGPUS    ledger.Amount `json:"lost_gpu_s"`
}

// Failures is what broke in the fleet, and what that did.
type Failures struct {
	ByComponent   map[string]int64 `json:"by_component"`  // failures of gpu, node, rack, software
	Interruptions int64            `json:"interruptions"` // gangs that failures stopped
	Stragglers    int64            `json:"stragglers"`    // slow nodes found
	Evictions     int64            `json:"evictions"`     // gangs that drains preempted, or the finding of stragglers
	DrainedNodes  int64            `json:"drained_nodes"`
	Replacements  int64            `json:"replacements"` // spares that joined
	Availability  float64          `json:"availability"` // share of GPU time that was not down
}

// RL is all RL post-training jobs together.
type RL struct {
	Steps           int64 `json:"steps"`
	SamplesStarted  int64 `json:"samples_started"`
	SamplesUsed     int64 `json:"samples_used"`
	SamplesFiltered int64 `json:"samples_filtered"` // in groups of equal rewards
	SamplesStale    int64 `json:"samples_stale"`    // too far off policy
	SamplesDropped  int64 `json:"samples_dropped"`  // complete, but lost to a preemption or too late under tail batching
	SamplesAborted  int64 `json:"samples_aborted"`  // not complete at a preemption, or when tail batching had enough
	SamplesBuffered int64 `json:"samples_buffered"` // complete at the end, not used
	SamplesRunning  int64 `json:"samples_running"`  // not complete at the end
	PromptsDeferred int64 `json:"prompts_deferred"` // by tail batching, to a longer step
	Truncated       int64 `json:"truncated"`

	Tokens        int64 `json:"tokens"` // generated in samples used
	TokensDropped int64 `json:"tokens_dropped"`
	// Recomputed are tokens whose KV was computed again: after KV preemptions,
	// and after new weights.
	Recomputed int64 `json:"tokens_recomputed"`
	// Cached are prompt tokens that the engines' prefix caches had: of the
	// group's other samples, or of earlier turns.
	Cached        int64 `json:"tokens_cached"`
	KVPreemptions int64 `json:"kv_preemptions"`
	Interrupts    int64 `json:"interrupts"`
	SamplesMoved  int64 `json:"samples_moved"` // between engines: by repacking, or because borrowed GPUs were taken back

	BorrowedGPUS ledger.Amount `json:"borrowed_gpu_s"` // of engines beside the jobs' own GPUs, in complete steps
	Loans        int64         `json:"loans"`          // engines that came up on such GPUs
	Returns      int64         `json:"returns"`        // of these, ended because others wanted the GPUs

	SamplesPerS            float64 `json:"samples_per_s"`
	GPUHoursPer1000Samples float64 `json:"gpu_hours_per_1000_samples"`

	PhaseS      map[string]float64 `json:"phase_s"` // of complete steps
	RolloutIdle float64            `json:"rollout_idle"`
	TrainerIdle float64            `json:"trainer_idle"`
	// RewardUtilisation is the share of their time in which replicas of reward
	// models computed, in complete steps.
	RewardUtilisation float64   `json:"reward_utilisation,omitempty"`
	SamplesScored     int64     `json:"samples_scored,omitempty"` // by reward models, used or not
	TokensScored      int64     `json:"tokens_scored,omitempty"`  // in these, with their prompts
	TailShare         float64   `json:"tail_share"`               // of step time, with only the last tenth of a batch generating
	Staleness         Staleness `json:"staleness"`
	// VersionsPerSample is the mean number of policies that generated one.
	VersionsPerSample float64 `json:"versions_per_sample"`
}

// Staleness counts policy versions between a sample's generation and its use.
type Staleness struct {
	Mean float64 `json:"mean"`
	Max  float64 `json:"max"`
	// Histogram[s] samples were s versions old; the last counts older ones too.
	Histogram []int64 `json:"histogram"`
}

// Demand is how request volume answered prices and latency. Requests are those
// of the whole run; those desired but not served are split by what kept them.
type Demand struct {
	DesiredRequests     int64    `json:"desired_requests"`
	ArrivedRequests     int64    `json:"arrived_requests"`
	ServedRequests      int64    `json:"served_requests"`
	NotAdopted          int64    `json:"not_adopted"` // desired, but adoption had not come so far; below 0 where it had not gone back so far
	Deterred            int64    `json:"deterred"`    // adopted, but kept away by latency; below 0 where latency attracted
	Unserved            int64    `json:"unserved"`    // arrived, but rejected, shed, cancelled or unfinished
	Shortfall           float64  `json:"shortfall"`   // share of desired requests that was not served
	PriceRatio          float64  `json:"price_ratio"` // of a token, by the first shock; at the end of the run where prices are endogenous
	CostRatio           float64  `json:"cost_ratio"`  // of a token, by the first shock, by the cost model
	LatencyRatio        float64  `json:"latency_ratio,omitempty"`
	USDPerMillionTokens *Price   `json:"usd_per_million_tokens,omitempty"`
	GPUHoursBefore      float64  `json:"gpu_hours_before"`
	GPUHoursAfter       float64  `json:"gpu_hours_after"`
	GPUHoursRatio       float64  `json:"gpu_hours_ratio"` // after over before; 0 if there were none before
	BreakEvenElasticity *float64 `json:"break_even_elasticity"`
	// ClosedFormRatio is the change of inference's GPU-hours once adoption has
	// settled and if nothing queues: cost × work of a request × requests. Where
	// prices follow costs it is (f·w)^(1−ε), see workloads/demand.
	ClosedFormRatio float64 `json:"closed_form_gpu_hours_ratio"`
	// ClosedFormBreakEven is the elasticity at which that ratio is 1; absent
	// where no price changed.
	ClosedFormBreakEven *float64 `json:"closed_form_break_even_elasticity,omitempty"`
	Elasticity          float64  `json:"elasticity"` // of requests to price, by work where segments differ
	ShockAtS            float64  `json:"shock_at_s"`
	Before              string   `json:"before"` // what was served before the shock
	After               string   `json:"after"`
	// ByDeployment is the answer of each deployment where several had a shock;
	// prices, costs and elasticity above are those of the first.
	ByDeployment map[string]Answer `json:"by_deployment,omitempty"`
}

// Answer is how the demand for one deployment answered its first shock; the
// fields are as in Demand.
type Answer struct {
	PriceRatio      float64 `json:"price_ratio"`
	CostRatio       float64 `json:"cost_ratio"`
	Elasticity      float64 `json:"elasticity"`
	GPUHoursRatio   float64 `json:"gpu_hours_ratio"`
	ClosedFormRatio float64 `json:"closed_form_gpu_hours_ratio"`
}

// Price is an endogenous price in US dollars.
type Price struct {
	Before float64 `json:"before"` // from the end of the warm-up to the first shock
	After  float64 `json:"after"`  // at the end of the run
}

// Deployment is one serving deployment at the end of the run.
type Deployment struct {
	Name         string `json:"name"`
	Model        string `json:"model"`
	GPUs         int    `json:"gpus_per_replica"`
	Replicas     int    `json:"replicas"`
	PeakReplicas int    `json:"peak_replicas"`
	// MeanGPUs is how many GPUs it held on average.
	MeanGPUs float64 `json:"mean_gpus"`
	// PromptTokens per second and GPU held include those of the prefix cache;
	// ComputedTokens do not. OutputTokens are those after the first.
	PromptTokens   float64 `json:"prompt_tok_s_gpu"`
	ComputedTokens float64 `json:"computed_tok_s_gpu"`
	OutputTokens   float64 `json:"output_tok_s_gpu"`
	// TokensPerStep is what a decode gained in a step on average, of engines
	// that speculate.
	TokensPerStep float64 `json:"tokens_per_step,omitempty"`
	// SwappedBlocks and LoadedBlocks are KV blocks that went to host memory with
	// preempted requests, and that came back from there.
	SwappedBlocks int64 `json:"kv_blocks_swapped,omitempty"`
	LoadedBlocks  int64 `json:"kv_blocks_loaded,omitempty"`
}

// Published is a figure of the run beside one that was published of what it
// models.
type Published struct {
	Name          string  `json:"name"`
	Simulated     float64 `json:"simulated"`
	Published     float64 `json:"published"`
	DifferencePct float64 `json:"difference_pct"`
	Source        string  `json:"source"`
}
