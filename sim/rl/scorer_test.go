package rl

import (
	"math"
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/serving"
)

// scoreTime is what the table's engine takes to prefill 15 tokens alone, in
// nanoseconds: 7 + 25 + max(120/32, 15/8).
const scoreTime = 35.75

// scored gives a job of samples of 10 + 5 tokens a reward model on 4 of its
// GPUs, whose replicas score one sample at a time.
func scored(c Config, engineGPUs int) Config {
	c.Output = Length{Mean: 5, Max: 5}
	c.RewardModel = RewardModel{
		Engine:     &serving.Config{Table: table(64), MaxSeqs: 1, MaxTokens: 64, BlockSize: 4, Blocks: 200},
		EngineGPUs: engineGPUs, GPUs: 4,
	}
	c.Reward = Service{}
	return c
}

// cheap is a trainer whose updates take no time to speak of.
type cheap struct{ fixed }

func (cheap) StepOf(int64) perf.TrainStep       { return perf.TrainStep{Total: 1} }
func (cheap) ForwardTime(int64) event.Time      { return 1 }
func (cheap) ForwardFLOPs(int64) float64        { return 1 }
func (j *Job) rewards(a ledger.Account) float64 { return j.stats.Rewards[a].Seconds() * 1e9 / 4 }

// With a replica for every sample of a step, scores take as long as a verifier
// that takes the time of one prefill.
func TestAnIdleRewardModelIsAVerifierThatTakesOnePrefill(t *testing.T) {
	run := func(c Config) Stats {
		c.Trainer = fixed{12}
		c.Prompts, c.GroupSize = 3, 1
		w := newWorld(t, c)
		w.engine.RunUntil(event.Second, nil)
		if err := w.ledger.Check(event.Second); err != nil {
			t.Error(err)
		}
		return w.job.Stats()
	}
	model := scored(baseConfig(), 1)
	verifier := scored(baseConfig(), 1)
	verifier.Spec = model.Spec
	verifier.RewardModel = RewardModel{}
	verifier.Spec.Workers, verifier.Spec.GPUsPerWorker = 3, 4
	verifier.Reward = Service{Median: event.Time(math.Ceil(scoreTime))}

	a, b := run(model), run(verifier)
	if a.Phase != b.Phase || a.Used.Samples != 9 || a.Used.Tokens != b.Used.Tokens || a.Rollout != b.Rollout {
		t.Errorf("reward model %+v\nverifier %+v", a, b)
	}
	if a.SamplesScored != 9 || a.TokensScored != 9*15 {
		t.Errorf("%d samples of %d tokens scored, want 9 of 135", a.SamplesScored, a.TokensScored)
	}
}

// One reward replica that takes c for a sample bounds the job to 1/c samples
// per second, computes all the time, and the trainer waits for it.
func TestASlowRewardModelBoundsTheJob(t *testing.T) {
	c := scored(baseConfig(), 4)
	c.TrainerGPUs, c.Trainer, c.EngineGPUs = 8, cheap{fixed{8}}, 1
	c.Steps, c.Sync = 100, 1
	c.Mode = Mode{Staleness: 4, Streaming: true, Update: InFlight}
	c.LogProbPasses = 0
	w := newWorld(t, c)
	w.engine.RunUntil(event.Second, nil)

	s := w.job.Stats()
	elapsed, bound := float64(s.StepTime()), scoreTime*float64(s.Used.Samples)
	if s.Used.Samples != 3200 || elapsed < bound || elapsed > 1.01*bound {
		t.Fatalf("%d samples took %.0f ns, the reward model alone needs %.0f", s.Used.Samples, elapsed, bound)
	}
	if err := w.ledger.Check(event.Second); err != nil {
		t.Error(err)
	}
	compute := w.job.rewards(ledger.LogProb)
	idle := w.job.rewards(ledger.StalledSamples)
	if compute < 0.75*elapsed || idle > 0.01*elapsed {
		t.Errorf("of %.0f ns the reward model computed %.0f and waited %.0f for samples", elapsed, compute, idle)
	}
	if busy := s.RewardUtilisation(); math.Abs(busy*elapsed-compute) > 1e-3*elapsed {
		t.Errorf("utilisation %.4f, computed %.0f of %.0f ns", busy, compute, elapsed)
	}
	waits := s.Trainer[ledger.StalledReward].Seconds() / sum(&s.Trainer).Seconds()
	if waits < 0.8 {
		t.Errorf("the trainer waited %.2f of its time for rewards", waits)
	}
}

func TestImpossibleRewardModelsSayWhy(t *testing.T) {
	checkErrors(t, func() Config { c := scored(baseConfig(), 4); c.Trainer = fixed{12}; return c }, map[string]func(*Config){
		"its 4 GPUs for rewards do not divide into replicas of 3":                                           func(c *Config) { c.RewardModel.EngineGPUs = 3 },
		"16 of its 16 GPUs score samples: none are left for rollouts":                                       func(c *Config) { c.RewardModel.GPUs = 16 },
		"12 of its 16 GPUs train and 4 score samples: none are left for rollouts":                           func(c *Config) { c.TrainerGPUs = 12 },
		"its longest sample (25 tokens with its prompt) exceeds the reward engine's KV memory of 20 tokens": func(c *Config) { c.RewardModel.Engine.Blocks = 5 },
		"its reward engine must not limit the waiting queue (max_waiting is 3)":                             func(c *Config) { c.RewardModel.Engine.MaxWaiting = 3 },
		"reward model: engine: max_num_seqs is 0":                                                           func(c *Config) { c.RewardModel.Engine.MaxSeqs = 0 },
	})
}
