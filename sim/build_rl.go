package sim

import (
	"fmt"
	"math"

	"github.com/jevons-sim/jevons/internal/fmath"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/rl"
	"github.com/jevons-sim/jevons/sim/scenario"
)

// buildRL plans the RL post-training jobs.
func (s *Simulation) buildRL() error {
	for i := range s.doc.Workloads.RL {
		r := &s.doc.Workloads.RL[i]
		path := fmt.Sprintf("workloads.rl[%d]", i)
		config, err := s.rlConfig(r, path)
		if err != nil {
			return err
		}
		err = copies(r.Name, r.Count, r.Submit, r.Every, func(at event.Time, name string) error {
			config := config
			config.Spec.Name = name
			config.Lengths = event.NewStream(s.doc.Seed, name+"/samples")
			config.Environment = event.NewStream(s.doc.Seed, name+"/environment")
			j, err := rl.New(s.engine, s.cluster, s.jobs, config)
			if err != nil {
				return err
			}
			s.rl = append(s.rl, j)
			s.plan(at, event.ClassArrival, j.Submit)
			return s.cluster.Check(config.Spec)
		})
		if err != nil {
			return s.doc.Locate(path, err)
		}
	}
	return nil
}

// rlConfig translates an RL job.
func (s *Simulation) rlConfig(r *scenario.RLJob, path string) (rl.Config, error) {
	served := scenario.Served{Model: r.Model, ModelConfig: r.ModelConfig, Parallelism: r.Rollout.Parallelism, Precision: r.Rollout.Precision, Engine: r.Rollout.Engine}
	pool := s.poolsNamed(r.Pool)[0]
	engineCost, err := s.servingCost(&served, pool, path)
	if err != nil {
		return rl.Config{}, err
	}
	engine, err := s.engineConfig(&r.Rollout.Engine, engineCost, 1, r.Name)
	if err != nil {
		return rl.Config{}, s.doc.Locate(path+".rollout.engine", err)
	}
	spec, err := s.gangOf(r.GPUs, pool)
	if err != nil {
		return rl.Config{}, s.doc.Locate(path+".gpus", err)
	}
	spec.Tenant, spec.Priority, spec.Preemptible = r.Tenant, r.Priority, r.Preemptible
	if spec.Within, err = fleet.ParseTier(r.RequiredTopology); err != nil {
		return rl.Config{}, s.doc.Locate(path+".required_topology", err)
	}
	dispatch, err := rl.ParseDispatch(r.Rollout.Dispatch)
	if err != nil {
		return rl.Config{}, s.doc.Locate(path+".rollout.dispatch", err)
	}
	update, err := rl.ParseWeightUpdate(r.WeightUpdate)
	if err != nil {
		return rl.Config{}, s.doc.Locate(path+".weight_update", err)
	}
	scoring, err := s.rewardModel(r, pool, path+".reward_model")
	if err != nil {
		return rl.Config{}, err
	}
	train := r.Trainer.GPUs
	if train == 0 {
		train = r.GPUs - scoring.GPUs
	}
	samples := r.PromptsPerStep * r.GroupSize
	o := perf.TrainOptions{GlobalBatch: samples, SeqLen: meanSample(r), Format: fleet.Format(r.Trainer.Precision)}
	trainer, _, err := s.trainingCost(engineCost.Model, r.Trainer.Layout, train, o, r.Pool)
	if err != nil {
		return rl.Config{}, s.doc.Locate(path+".trainer", err)
	}
	packing, err := rl.ParsePacking(r.Packing)
	if err != nil {
		return rl.Config{}, s.doc.Locate(path+".packing", err)
	}
	race := r.TailBatching
	if race == 1 {
		race = 0
	}
	sync := r.WeightSync
	if w := r.WeightTransfer; w != nil {
		transfer := perf.WeightTransfer{Direct: w.Method == "direct", Bandwidth: float64(w.Bandwidth), Changed: float64(w.Changed), Fixed: w.Fixed}
		sync = transfer.Time(engineCost.WeightBytes(), engineCost.GPUs(), engineCost.GPU)
	}
	var borrow rl.Borrow
	if b := r.Rollout.Borrow; b != nil {
		borrow = rl.Borrow{Engines: b.Replicas, Priority: b.Priority}
	}
	return rl.Config{
		Borrow:       borrow,
		TailBatching: race,
		Spec:         spec, Trainer: trainer, TrainerGPUs: r.Trainer.GPUs, Engine: engine, EngineGPUs: engineCost.GPUs(), EngineOn: placed(engine, engineCost, 1),
		Steps: r.Steps, Prompts: r.PromptsPerStep, GroupSize: r.GroupSize,
		Prompt: sampleLength(&r.Prompt), Output: sampleLength(&r.Output), Dispatch: dispatch,
		Mode: rlMode(r, update), Filter: rlFilter(r.Filter), Tools: rlTools(r.Tools), Reward: calls(r.RewardTime, &r.Verifier), RewardModel: scoring,
		Init: r.Startup, Switch: r.SwitchTime, Sync: sync, Push: r.WeightPush,
		MiniBatches: r.MiniBatches, LogProbPasses: r.LogProbPasses, Critic: r.Critic, Ranks: trainer.Layout().DP, Imbalance: r.Imbalance,
		Packing: packing, Handover: r.Handover,
	}, nil
}

// rewardModel translates an RL job's reward model, where it has one.
func (s *Simulation) rewardModel(r *scenario.RLJob, pool int, path string) (rl.RewardModel, error) {
	m := r.RewardModel
	if m == nil {
		return rl.RewardModel{}, nil
	}
	cost, err := s.servingCost(&m.Served, pool, path)
	if err != nil {
		return rl.RewardModel{}, err
	}
	engine, err := s.engineConfig(&m.Engine, cost, 1, r.Name+"/reward")
	if err != nil {
		return rl.RewardModel{}, s.doc.Locate(path+".engine", err)
	}
	return rl.RewardModel{Engine: engine, EngineGPUs: cost.GPUs(), GPUs: m.GPUs, EngineOn: placed(engine, cost, 1)}, nil
}

// rlMode translates how far an RL job's rollouts run ahead.
func rlMode(r *scenario.RLJob, update rl.WeightUpdate) rl.Mode {
	m := rl.Mode{Staleness: r.Staleness, Update: update, MaxOffPolicy: r.MaxOffPolicy, Repack: r.Repack, Fetch: r.Fetch}
	switch r.Mode {
	case "streaming":
		m.Streaming = true
	case "one-step":
		m.Staleness, m.Batches = 1, true
	case "asynchronous":
		m.Streaming = r.Trainer.GPUs > 0
	}
	return m
}

func rlFilter(f *scenario.RewardFilter) *rl.Filter {
	if f == nil {
		return nil
	}
	return &rl.Filter{Logit: f.Logit, Spread: f.Spread}
}

func rlTools(t *scenario.Tools) rl.Tools {
	if t == nil {
		return rl.Tools{}
	}
	return rl.Tools{Turns: t.Turns, Most: t.MaxTurns, Answer: int32(t.Answer), Call: calls(t.Time, &t.Calls)}
}

func calls(median event.Time, c *scenario.Calls) rl.Service {
	return rl.Service{Median: median, Sigma: c.Sigma, Timeout: c.Timeout, Slots: c.Slots}
}

// meanSample returns the length of a mean sample with its prompt, rounded up
// to a multiple of 1,024: the sequence length the trainer packs to.
func meanSample(r *scenario.RLJob) int {
	output := float64(r.Output.Mean)
	if r.Output.FinalMean > 0 {
		output = (output + float64(r.Output.FinalMean)) / 2
	}
	mean := float64(r.Prompt.Mean) + math.Min(output, float64(r.Output.Max))
	return int(math.Ceil(mean/1024)) * 1024
}

func sampleLength(l *scenario.SampleLengths) rl.Length {
	return rl.Length{
		Mean: float64(l.Mean), Sigma: math.Sqrt(fmath.Log(1 + float64(l.CV*l.CV))),
		Correlation: float64(l.Correlation), Max: int32(l.Max), Final: float64(l.FinalMean),
	}
}
