package validate

import (
	"fmt"
	"math"
	"math/bits"
	"strings"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/rl"
)

// rlSetup is what a source leaves open about its jobs, the same for all of
// them. Lengths of samples are hardly ever published.
type rlSetup struct {
	source    string  // prefix, in lower case
	mean      float64 // tokens of a sample, where no row says
	cap       int     // longest sample that the mean is of; 0 = the job's
	updates   int     // of a step
	passes    int     // of log-probabilities where nothing else is said
	engine    int     // GPUs of a rollout engine; 0 = the smallest that fits
	cp        int     // context parallelism of the trainer; 0 = the fastest layout
	seqs      int
	sigma     float64 // spread of lengths; 0 = see rlSigma
	eager     bool    // engines without CUDA graphs
	packing   rl.Packing
	handover  event.Time // of a step's samples between processes, each time
	fetch     float64    // mini-batches that a streaming trainer takes at once; 0 = 1
	staleness float64    // where the mode does not say
	why       string
}

// rlSetups are those of the sources of the built-in table.
//
// verl's scripts of these runs (recipe/fully_async_policy/exp in its repository)
// give engines of 4 GPUs, sequence parallelism of 4, full recomputation,
// mini-batches of 32 prompts, four of which the asynchronous trainer takes at
// once, and micro-batches packed to the longest sample's tokens. Samples are
// balanced between ranks over a step, not over each of its mini-batches. The
// rest is inferred once, for all sizes:
//   - no CUDA graphs, verl's default until August 2025 (its pull request 2956):
//     21 validations up to the cap of 28,672 tokens take 160 to 220 s each, which
//     is what total hours have beyond 400 steps, and 5.6 to 7.7 ms a token;
//   - a spread that has the longest of a step's 8,192 samples come near the cap:
//     rollouts take 150 and 178 s on 64 and 128 GPUs, no less than validations;
//   - 21 s for one process to hand samples on, padded to the cap: the 16:16 job's
//     trainer, which never lacks samples, waits for as much;
//   - the mean length that makes that job's update right.
//
// AReaL's mean length is its hours times its throughput.
var rlSetups = []rlSetup{
	{source: "verl", mean: 680, updates: 16, passes: 1, engine: 4, cp: 4, seqs: 1024, sigma: 1.2, eager: true, packing: rl.Dealt, handover: 21 * event.Second, fetch: 4, staleness: 0.5,
		why: "mean length, spread and handover of samples from single phases of the recipe's jobs; engines without CUDA graphs"},
	{source: "areal", mean: 9000, cap: 27648, updates: 4, passes: 1, seqs: 256, staleness: 4, why: "mean length from hours and throughput"},
	{source: "seer", updates: 1, passes: 1, seqs: 256},
	{source: "", updates: 1, passes: 1, seqs: 256},
}

// Models of published RL jobs that the catalogue has not, under other names or
// by shape (Hugging Face config.json).
var rlModels = map[string]string{
	"qwen2.5-math-7b":    "Qwen2.5-7B",
	"r1-distill-qwen-7b": "Qwen2.5-7B",
	"moonlight":          "DeepSeek-V2-Lite",
}

func rlModel(name string) (perf.Model, error) {
	lower := strings.ToLower(name)
	if lower == "r1-distill-qwen-1.5b" || lower == "1.5b" {
		m, err := perf.LookupModel("Qwen2.5-7B")
		m.Name, m.Hidden, m.Heads, m.KVHeads, m.FFN, m.Vocab, m.TiedEmbeddings = "Qwen2.5-1.5B", 1536, 12, 2, 8960, 151936, true
		return m, err
	}
	if other, ok := rlModels[lower]; ok {
		name = other
	}
	return perf.LookupModel(name)
}

// job returns the published job as it can be simulated, and what was assumed;
// an incompleteError when too little of it is published.
func (j *publishedRL) job() (r *rlJob, assumed []string, err error) {
	assume := func(format string, args ...any) { assumed = append(assumed, fmt.Sprintf(format, args...)) }
	var s rlSetup
	for _, s = range rlSetups {
		if strings.HasPrefix(strings.ToLower(j.source), s.source) {
			break
		}
	}
	if s.why != "" {
		assume("%s", s.why)
	}
	p := *j
	if s.source == "areal" && p.gpus == 0 {
		p.gpus = 128
		assume("128 GPUs")
	}
	if s.source == "areal" && p.split == "" && !p.synchronous() {
		p.split = "25:75"
		assume("split 25:75")
	}
	if p.model == "" || p.gpu == "" {
		return nil, assumed, incompleteError("the model or the GPU is not published")
	}
	if p.gpus == 0 || p.prompts == 0 || p.group == 0 || p.cap == 0 {
		return nil, assumed, incompleteError("GPUs, prompts per step, samples per prompt or the longest sample are not published")
	}
	if mean := p.byMetric["mean_output_tokens"]; mean > 0 {
		s.mean, s.cap = mean, p.cap
	}
	if s.mean == 0 {
		return nil, assumed, incompleteError("the mean length of samples is not published (mean_output_tokens)")
	}
	r = &rlJob{gpus: p.gpus, engineTP: s.engine, eager: s.eager, handover: s.handover, outputMean: int(s.mean), maxSeqs: s.seqs, freshMean: int(s.mean) + rlPrompt}
	if r.model, err = rlModel(p.model); err != nil {
		return nil, assumed, err
	}
	if r.model.Name != p.model {
		assume("the shape of %s", r.model.Name)
	}
	if r.gpu, err = fleet.LookupGPU(p.gpu); err != nil {
		return nil, assumed, err
	}
	if r.trainer, err = p.trainerGPUs(); err != nil {
		return nil, assumed, err
	}
	if n := p.byMetric["gpus_per_instance"]; n > 0 {
		r.engineTP = int(n)
	}
	limit := float64(max(p.cap, s.cap))
	sigma := s.sigma
	if sigma == 0 {
		sigma = rlSigma(s.mean, limit)
	}
	output := rl.Length{Mean: beforeCap(s.mean, sigma, limit), Sigma: sigma, Correlation: 0.6, Max: int32(p.cap)}
	assume("output %.0f tokens on average, lognormal σ %.2f, correlation 0.6; prompt %d", s.mean, sigma, rlPrompt)
	r.config = rl.Config{
		Prompts: p.prompts, GroupSize: p.group, MiniBatches: s.updates, LogProbPasses: s.passes,
		Prompt: rl.Length{Mean: rlPrompt, Sigma: 0.5, Correlation: 1, Max: 2048}, Output: output,
		Reward: rl.Service{Median: 100 * event.Millisecond}, Switch: 5 * event.Second, Sync: 3 * event.Second,
		Packing: s.packing, Handover: s.handover,
	}
	p.setMode(r, &s)
	return r, assumed, nil
}

// rlPrompt is the mean length of prompts, of mathematics as in the jobs of the
// table.
const rlPrompt = 200

// setMode sets how far the job runs ahead.
func (j *publishedRL) setMode(r *rlJob, s *rlSetup) {
	train := r.gpus
	c := &r.config
	if j.synchronous() || r.trainer == 0 {
		c.Handover *= event.Time(1 + s.passes) // to the log-probs, and from them to the updates
	} else {
		train = r.trainer
		c.Mode = rl.Mode{Staleness: j.staleness(s.staleness), Update: rl.Interrupt, Streaming: true, Fetch: int(j.setting("require_batches", s.fetch))}
		if s.source == "verl" {
			c.LogProbPasses = 0 // the engines' own are used
		}
		if strings.Contains(j.mode, "one-step") {
			c.Mode = rl.Mode{Staleness: 1, Batches: true}
		}
	}
	if s.cp > 0 && train%s.cp == 0 {
		r.layout = &perf.TrainLayout{
			CP: s.cp, DP: train / s.cp, ZeRO: 3, Recompute: perf.RecomputeFull, MicroBatch: packed(j.cap, trainedLength(r.freshMean)),
		}
	}
}

// trainedLength returns the sequence length that samples of a mean length are
// trained at.
func trainedLength(mean int) int { return (mean + 1023) / 1024 * 1024 }

// packed returns how many mean samples a micro-batch packs into the tokens of
// the longest: a power of two, so that it divides a batch.
func packed(longest, mean int) int {
	return 1 << max(0, bits.Len(uint(longest/mean))-1)
}

// rlSigma returns the spread of samples' lengths: the 1 that makes the 99th
// percentile ten times the median, as in chat and reasoning data, or less where
// that would put more than 2.5 % of samples beyond the cap.
func rlSigma(mean, limit float64) float64 {
	const z = 1.96 // of the normal distribution at 2.5 %
	// The smaller root of ln(limit/mean) + σ²/2 = z·σ.
	if d := z*z - 2*math.Log(limit/mean); limit > mean && d > 0 {
		return min(1, z-math.Sqrt(d))
	}
	return 1
}

// beforeCap returns the mean of a lognormal distribution whose mean is the
// given one once it is cut at the cap: found by bisection of
// E[min(X, c)] = M·Φ(z − σ) + c·(1 − Φ(z)), z = (ln c − μ)/σ.
func beforeCap(mean, sigma, limit float64) float64 {
	normal := func(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }
	cut := func(m float64) float64 {
		z := (math.Log(limit) - math.Log(m) + sigma*sigma/2) / sigma
		return m*normal(z-sigma) + limit*(1-normal(z))
	}
	low, high := mean, 100*mean
	for range 60 {
		if mid := (low + high) / 2; cut(mid) < mean {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}
