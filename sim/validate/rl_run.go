package validate

import (
	"context"
	"fmt"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/rl"
	"github.com/jevons-sim/jevons/sim/scheduler"
	"github.com/jevons-sim/jevons/sim/serving"
)

// rlJob is an RL job alone on its GPUs.
type rlJob struct {
	model      perf.Model
	gpu        fleet.GPU
	gpus       int
	trainer    int // of them, GPUs that only train; 0 = all take turns
	engineTP   int // tensor-parallel GPUs of a rollout engine; 0 = the smallest that fits
	maxSeqs    int
	eager      bool       // without CUDA graphs
	outputMean int        // tokens of a sample, at its cap
	handover   event.Time // of config.Handover, one of them
	layout     *perf.TrainLayout
	config     rl.Config // what is not said above
	freshMean  int       // tokens of a mean sample with its prompt
}

// configure fills in the costs of the job's model on its GPUs.
func (r *rlJob) configure(k perf.Calibration, seed uint64) (rl.Config, error) {
	c := r.config
	c.TrainerGPUs = r.trainer
	var cost *perf.Serving
	var err error
	if r.engineTP == 0 {
		cost, err = r.smallestEngine(k)
	} else {
		l := perf.Layout{TP: min(r.engineTP, gpusOfANode), PP: max(1, r.engineTP/gpusOfANode)}
		if r.engineTP > gpusOfANode && r.model.MoE() {
			// Over several nodes, experts in parallel and attention in data parallel.
			l = perf.Layout{DP: r.engineTP, EP: r.engineTP}
		}
		cost, err = perf.NewServing(r.model, r.gpu, gpusOfANode, l, perf.Precision{}, k, perf.Options{Eager: r.eager})
	}
	if err != nil {
		return c, err
	}
	c.EngineGPUs = cost.GPUs()
	c.Engine = &serving.Config{
		Table: cost.Table(), MaxSeqs: r.maxSeqs, MaxTokens: cost.Options.MaxTokens, BlockSize: blockTokens,
		Blocks: int(cost.KVTokens() / blockTokens), PrefixCache: true,
	}
	gpus := r.trainer
	if gpus == 0 {
		gpus = r.gpus
	}
	o := perf.TrainOptions{GlobalBatch: c.Prompts * c.GroupSize, SeqLen: trainedLength(r.freshMean)}
	train, err := r.training(o, gpus, k)
	if err != nil {
		return c, err
	}
	c.Trainer = train
	c.Ranks = train.Layout().DP
	c.Spec = gangOnNodes(r.gpus)
	c.Lengths, c.Environment = event.NewStream(seed, "lengths"), event.NewStream(seed, "environment")
	return c, nil
}

// smallestEngine returns the smallest engine within a node whose KV memory
// holds sixteen of the longest samples.
func (r *rlJob) smallestEngine(k perf.Calibration) (cost *perf.Serving, err error) {
	longest := int64(r.config.Prompt.Max) + int64(r.config.Output.Max)
	for tp := 1; tp <= gpusOfANode; tp *= 2 {
		cost, err = perf.NewServing(r.model, r.gpu, gpusOfANode, perf.Layout{TP: tp}, perf.Precision{}, k, perf.Options{Eager: r.eager})
		if err == nil && cost.KVTokens() >= 16*longest {
			return cost, nil
		}
	}
	return cost, err
}

// training returns the cost of training: in the layout given, or the fastest.
func (r *rlJob) training(o perf.TrainOptions, gpus int, k perf.Calibration) (*perf.Training, error) {
	if r.layout != nil {
		return perf.NewTraining(r.model, r.gpu, gpusOfANode, *r.layout, o, k)
	}
	found, err := perf.SearchTraining(r.model, r.gpu, gpusOfANode, gpus, o, perf.TrainSearch{}, k)
	return found.Best, err
}

// gangOnNodes returns a gang of whole nodes, or of part of one.
func gangOnNodes(gpus int) cluster.Spec {
	spec := cluster.Spec{Name: "rl", Workers: 1, GPUsPerWorker: gpus}
	if gpus > gpusOfANode {
		spec.Workers, spec.GPUsPerWorker = gpus/gpusOfANode, gpusOfANode
	}
	return spec
}

// rlFigures is what a job came to.
type rlFigures struct {
	rl.Stats
	rolloutIdle, trainerIdle float64
}

// stepSeconds returns the mean time of a step.
func (f *rlFigures) stepSeconds() float64 { return f.StepTime().Seconds() / float64(f.Steps) }

// quietObserver hears nothing.
type quietObserver struct{}

func (quietObserver) RLStarted(event.Time, *rl.Job)   {}
func (quietObserver) RLPreempted(event.Time, *rl.Job) {}
func (quietObserver) RLEnded(event.Time, *rl.Job)     {}

// runRL runs a job to its end, alone on a fleet.
func runRL(ctx context.Context, gpu fleet.GPU, c rl.Config) (*rlFigures, error) {
	return runRLAfter(ctx, gpu, c, 0)
}

// runRLAfter does so and leaves what its first steps came to away.
func runRLAfter(ctx context.Context, gpu fleet.GPU, c rl.Config, warmup int64) (*rlFigures, error) {
	nodes := (c.Spec.Workers*c.Spec.GPUsPerWorker + gpusOfANode - 1) / gpusOfANode
	f, err := fleet.New(fleet.PoolSpec{Name: "main", GPU: gpu, Nodes: []fleet.NodeSpec{{Count: nodes, GPUs: gpusOfANode}}})
	if err != nil {
		return nil, err
	}
	e := &event.Engine{}
	l := ledger.New(int64(f.GPUs()) * ledger.MilliPerGPU)
	cl := cluster.New(e, f, l, scheduler.Policy{Order: scheduler.ByPriority{}})
	j, err := rl.New(e, cl, quietObserver{}, c)
	if err != nil {
		return nil, err
	}
	if err := j.Submit(0); err != nil {
		return nil, err
	}
	var before rl.Stats
	for j.State() != cluster.JobCompleted {
		for range 10_000 {
			if j.State() == cluster.JobCompleted {
				break
			}
			if e.Pending() == 0 {
				return nil, fmt.Errorf("the job came to a standstill after %d steps", j.Stats().Steps)
			}
			e.Step()
			if warmup > 0 && j.Steps() == warmup {
				before, warmup = j.Stats(), 0
			}
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	if err := l.Check(e.Now()); err != nil {
		return nil, err
	}
	return &rlFigures{j.Stats().Since(&before), j.RolloutIdle(), j.TrainerIdle()}, nil
}
