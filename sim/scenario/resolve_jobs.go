package scenario

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/fleet"
)

func (r *resolver) training() {
	list := r.Workloads.Training
	unique(r, "workloads.training", "training job", list, func(j *TrainingJob) string { return j.Name })
	for i := range list {
		j := &list[i]
		path := fmt.Sprintf("workloads.training[%d]", i)
		r.model(path, &j.Model, j.ModelConfig)
		r.placed(path, &j.Pool)
		r.topology(path+".required_topology", j.RequiredTopology, j.Pool)
		r.within(path+".submit", j.Submit)
		format(&j.Precision)
		r.checkpoint(path+".checkpoint", &j.Checkpoint, j.Pool)
		if e := j.Elastic; e != nil {
			switch {
			case e.Wait == 0:
				r.fail(path+".elastic.wait", "must be longer than 0s")
			case j.Layout == nil:
				r.fail(path+".elastic", "needs the layout that shrinks: parallelism is missing")
			case e.MinDP >= j.Layout.DP:
				r.fail(path+".elastic.min_dp", "%d is not less than the layout's dp, %d", e.MinDP, j.Layout.DP)
			}
		}
		switch {
		case j.Tokens == 0 && j.Steps == 0:
			r.fail(path, "tokens is missing (such as tokens: 1T, or steps)")
		case j.Tokens != 0 && j.Steps != 0:
			r.fail(path+".steps", "tokens and steps exclude each other")
		}
		if j.SequenceLength == 0 {
			r.fail(path+".sequence_length", "must be at least 1 token")
		}
		switch {
		case j.Layout == nil && j.GPUs == 0:
			r.fail(path, "gpus is missing (a number, or parallelism)")
		case j.Layout != nil && j.GPUs == 0:
			j.GPUs = j.Layout.GPUs()
		case j.Layout != nil && j.GPUs != j.Layout.GPUs():
			r.fail(path+".gpus", "%d, but the layout tp × cp × pp × dp takes %d", j.GPUs, j.Layout.GPUs())
		}
	}
}

func (r *resolver) rl() {
	list := r.Workloads.RL
	unique(r, "workloads.rl", "RL job", list, func(j *RLJob) string { return j.Name })
	for i := range list {
		j := &list[i]
		path := fmt.Sprintf("workloads.rl[%d]", i)
		r.model(path, &j.Model, j.ModelConfig)
		r.placed(path, &j.Pool)
		r.topology(path+".required_topology", j.RequiredTopology, j.Pool)
		r.within(path+".submit", j.Submit)
		j.Rollout.Precision.resolve()
		format(&j.Trainer.Precision)
		r.engine(path+".rollout.engine", &j.Rollout.Engine)
		r.rewardModel(path, j)
		r.rlSplit(path, j)
		r.rlMode(path, j)
		r.samples(path+".prompt", &j.Prompt)
		r.samples(path+".output", &j.Output)
	}
}

// rlSplit checks how an RL job's GPUs are divided.
func (r *resolver) rlSplit(path string, j *RLJob) {
	shared := j.GPUs
	if m := j.RewardModel; m != nil {
		if shared -= m.GPUs; shared <= 0 {
			r.fail(path+".reward_model.gpus", "%d of %d leave none for rollouts", m.GPUs, j.GPUs)
			return
		}
	}
	rollout, train := shared-j.Trainer.GPUs, j.Trainer.GPUs
	if train == 0 {
		train = shared
	}
	switch n := j.Rollout.Parallelism.GPUs(); {
	case rollout <= 0:
		r.fail(path+".trainer.gpus", "%d of %d leave none for rollouts", j.Trainer.GPUs, shared)
	case shared < j.GPUs && rollout%n != 0:
		r.fail(path+".gpus", "the %d that neither train nor score samples do not divide into rollout replicas of %d", rollout, n)
	case j.Trainer.GPUs == 0 && rollout%n != 0:
		r.fail(path+".gpus", "%d do not divide into rollout replicas of %d", rollout, n)
	case rollout%n != 0:
		r.fail(path+".gpus", "the %d that do not train do not divide into rollout replicas of %d", rollout, n)
	}
	if l := j.Trainer.Layout; l != nil && l.GPUs() != train {
		r.fail(path+".trainer.parallelism", "tp × cp × pp × dp takes %d GPUs, %d train", l.GPUs(), train)
	}
}

// rewardModel checks and completes an RL job's reward model.
func (r *resolver) rewardModel(path string, j *RLJob) {
	m := j.RewardModel
	if m == nil {
		return
	}
	if _, given := r.where[path+".reward_time"]; !given {
		j.RewardTime = 0
	}
	path += ".reward_model"
	r.model(path, &m.Model, m.ModelConfig)
	m.Precision.resolve()
	r.engine(path+".engine", &m.Engine)
	if n := m.Parallelism.GPUs(); m.GPUs%n != 0 {
		r.fail(path+".gpus", "%d do not divide into replicas of %d", m.GPUs, n)
	}
}

// rlMode checks how far an RL job's rollouts run ahead.
func (r *resolver) rlMode(path string, j *RLJob) {
	alone := j.Trainer.GPUs > 0
	switch {
	case j.Staleness != 0 && j.Mode != "asynchronous":
		r.fail(path+".staleness", "is for the mode asynchronous, this is %s", j.Mode)
	case !alone && (j.Mode == "streaming" || j.Mode == "one-step"):
		r.fail(path+".mode", "%s needs GPUs that only train (trainer.gpus)", j.Mode)
	case !alone && j.Mode == "asynchronous" && j.WeightUpdate != "interrupt":
		r.fail(path+".weight_update", "is %s: where rollouts and training take turns, asynchronous rollouts must be interrupted (interrupt), or the trainer have GPUs of its own (trainer.gpus)", j.WeightUpdate)
	case j.Mode == "one-step" && j.WeightUpdate != "drain":
		r.fail(path+".weight_update", "is %s: one-step rollouts complete before new weights come (drain)", j.WeightUpdate)
	case j.Repack > 0 && (j.WeightUpdate != "pull" || !alone):
		r.fail(path+".repack", "frees engines to pull weights: needs weight_update pull and GPUs that only train (trainer.gpus)")
	case j.TailBatching > 1 && j.Mode != "synchronous":
		r.fail(path+".tail_batching", "is for the mode synchronous, this is %s", j.Mode)
	case j.TailBatching > 1 && j.WeightUpdate != "drain":
		r.fail(path+".tail_batching", "gives up what is running when a step has its samples: weight_update is %s, must be drain", j.WeightUpdate)
	case j.Fetch > 1 && !(alone && (j.Mode == "streaming" || j.Mode == "asynchronous")):
		r.fail(path+".fetch", "%d mini-batches at once are for trainers that stream: modes streaming and asynchronous, with GPUs that only train (trainer.gpus)", j.Fetch)
	case j.MiniBatches%j.Fetch != 0:
		r.fail(path+".fetch", "%d do not divide %d mini-batches", j.Fetch, j.MiniBatches)
	case j.PromptsPerStep%j.MiniBatches != 0:
		r.fail(path+".mini_batches", "%d do not divide %d prompts per step", j.MiniBatches, j.PromptsPerStep)
	}
	if w := j.WeightTransfer; w != nil && !(w.Changed > 0 && w.Changed <= 1) {
		r.fail(path+".weight_transfer.changed", "%v of the weights, must be more than 0 and at most 100%%", w.Changed)
	}
	if j.Rollout.Borrow != nil && (!alone || j.WeightUpdate == "drain") {
		r.fail(path+".rollout.borrow", "borrowed replicas come and go at any time: needs GPUs that only train (trainer.gpus) and a weight_update that is not drain")
	}
	if j.Filter != nil && j.GroupSize < 2 {
		r.fail(path+".filter", "needs groups of at least 2 samples")
	}
}

func (r *resolver) samples(path string, l *SampleLengths) {
	switch {
	case l.Mean == 0:
		r.fail(path+".mean", "must be at least 1 token")
	case l.Max == 0:
		r.fail(path+".max", "must be at least 1 token")
	case l.Correlation > 1:
		r.fail(path+".correlation", "%v is more than 1", l.Correlation)
	}
}

func (r *resolver) jobs() {
	list := r.Workloads.Jobs
	unique(r, "workloads.jobs", "job workload", list, func(w *JobWorkload) string { return w.Name })
	for i := range list {
		w := &list[i]
		path := fmt.Sprintf("workloads.jobs[%d]", i)
		if w.Pool != "" && !r.isPool(w.Pool) {
			r.placed(path, &w.Pool)
		}
		r.span(path, "start", "end", w.Start, w.End)
		r.accepts(path+".accepts", w.Accepts)
		r.topology(path+".required_topology", w.RequiredTopology, w.Pool)
		if w.Trace != nil {
			r.trace(path+".trace", &w.Trace.Trace)
			if w.Trace.DurationScale == 0 {
				r.fail(path+".trace.duration_scale", "must be more than 0")
			}
			r.exclude(path, "trace", given{"submit", w.Submit != nil}, given{"arrivals", w.Arrivals != nil}, given{"gpus", len(w.GPUs) > 0},
				given{"duration", w.Duration != nil}, given{"estimate_factor", w.EstimateFactor != 0},
				given{"cpus_per_gpu", w.CPUsPerGPU != 0}, given{"memory_per_gpu", w.MemoryPerGPU != 0})
			continue
		}
		if w.Submit != nil {
			r.exclude(path, "submit", given{"arrivals", w.Arrivals != nil}, given{"start", w.Start != 0}, given{"end", w.End != 0})
			r.within(path+".submit", *w.Submit)
		}
		r.need(path, "or a trace, or submit", given{"arrivals", w.Arrivals != nil || w.Submit != nil}, given{"gpus", len(w.GPUs) > 0}, given{"duration", w.Duration != nil})
		r.arrivals(path+".arrivals", w.Arrivals)
		r.durations(path+".duration", w.Duration)
		weights := make([]float64, len(w.GPUs))
		for k, size := range w.GPUs {
			weights[k] = size.Weight
		}
		r.weights(path+".gpus", weights)
	}
}

// accepts checks the GPU types that jobs name.
func (r *resolver) accepts(path string, list []AcceptedGPU) {
	for i := range list {
		a := &list[i]
		gpu, err := fleet.LookupGPU(a.GPU)
		if err != nil {
			r.fail(fmt.Sprintf("%s[%d].gpu", path, i), "%w", err)
			continue
		}
		a.GPU = gpu.Name
		for k := range i {
			if list[k].GPU == a.GPU {
				r.fail(fmt.Sprintf("%s[%d].gpu", path, i), "%s is listed twice", a.GPU)
			}
		}
	}
}

// isPool reports whether a pool has that name, a node list included: jobs
// may run on any of its GPU types.
func (r *resolver) isPool(name string) bool {
	for i := range r.Fleet.Pools {
		if r.Fleet.Pools[i].Name == name {
			return true
		}
	}
	return false
}
