package sim

import (
	"fmt"
	"slices"

	"github.com/jevons-sim/jevons/sim/batch"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/sim/training"
	"github.com/jevons-sim/jevons/traces"
	"github.com/jevons-sim/jevons/workloads"
)

// copies calls f for each of a series of equal jobs, with its submission time
// and its name.
func copies(name string, count int, submit, every event.Time, f func(at event.Time, name string) error) error {
	for k := range count {
		n := name
		if count > 1 {
			n = fmt.Sprintf("%s-%d", name, k+1)
		}
		if err := f(submit+event.Time(k)*every, n); err != nil {
			return err
		}
	}
	return nil
}

// buildTraining plans the pre-training jobs.
func (s *Simulation) buildTraining() error {
	for i := range s.doc.Workloads.Training {
		t := &s.doc.Workloads.Training[i]
		path := fmt.Sprintf("workloads.training[%d]", i)
		m, err := s.model(t.Model, t.ModelConfig, path)
		if err != nil {
			return err
		}
		o := perf.TrainOptions{GlobalBatch: t.GlobalBatch, SeqLen: int(t.SequenceLength), Format: fleet.Format(t.Precision)}
		cost, pool, err := s.trainingCost(m, t.Layout, t.GPUs, o, t.Pool)
		if err != nil {
			return s.doc.Locate(path, err)
		}
		spec, err := s.gangOf(cost.GPUs(), pool)
		if err != nil {
			return s.doc.Locate(path, err)
		}
		spec.Tenant, spec.Priority, spec.Preemptible = t.Tenant, t.Priority, t.Preemptible
		if spec.Within, err = fleet.ParseTier(t.RequiredTopology); err != nil {
			return s.doc.Locate(path+".required_topology", err)
		}
		elastic, err := s.elastic(t, m, cost, o, pool)
		if err != nil {
			return s.doc.Locate(path+".elastic", err)
		}
		steps := t.Steps
		if steps == 0 {
			steps = training.StepsFor(cost, int64(t.Tokens))
		}
		spec.Estimate = t.Startup + event.Time(steps)*cost.Step().Total
		err = copies(t.Name, t.Count, t.Submit, t.Every, func(at event.Time, name string) error {
			spec := spec
			spec.Name = name
			config := training.Config{
				Spec: spec, Model: cost, Steps: steps, Init: t.Startup, Restart: t.Restart, Elastic: elastic,
				CheckpointBandwidth: float64(t.Checkpoint.Bandwidth), Async: t.Checkpoint.Async, Blocking: t.Checkpoint.Blocking,
			}
			if e := t.Evaluation; e != nil {
				config.EvalEvery, config.EvalTime = e.Steps, e.Duration
			}
			config.CheckpointEvery = s.checkpointEvery(&t.Checkpoint, &config, pool)
			j, err := training.New(s.engine, s.cluster, s.jobs, config)
			if err != nil {
				return err
			}
			s.training = append(s.training, j)
			s.plan(at, event.ClassArrival, j.Submit)
			return s.cluster.Check(spec)
		})
		if err != nil {
			return s.doc.Locate(path, err)
		}
	}
	return nil
}

// trainingCost returns the cost model of a training job and the pool it is
// for: the given layout, or one chosen for a number of GPUs.
func (s *Simulation) trainingCost(m perf.Model, l *scenario.TrainLayout, gpus int, o perf.TrainOptions, poolName string) (*perf.Training, int, error) {
	pool := s.poolsNamed(poolName)[0]
	gpu, nodeGPUs := s.gpuOf(pool)
	layout := perf.TrainLayout{}
	if l == nil {
		var err error
		if layout, err = perf.DefaultTrainLayout(m, gpu, nodeGPUs, gpus, o, s.calibration); err != nil {
			return nil, 0, err
		}
	} else {
		recompute, err := perf.ParseRecompute(l.Recompute)
		if err != nil {
			return nil, 0, err
		}
		schedule, err := perf.ParseSchedule(l.Schedule)
		if err != nil {
			return nil, 0, err
		}
		layout = perf.TrainLayout{
			TP: l.TP, CP: l.CP, PP: l.PP, DP: l.DP, EP: l.EP, VPP: l.VPP, MicroBatch: l.MicroBatch, ZeRO: l.ZeRO,
			Recompute: recompute, Schedule: schedule, SequenceParallel: l.SequenceParallel,
		}
	}
	cost, err := perf.NewTraining(m, gpu, nodeGPUs, layout, o, s.calibration)
	return cost, pool, err
}

// buildJobs starts every stream of batch jobs.
func (s *Simulation) buildJobs() error {
	rules := batch.Preempted{Keep: s.doc.Scheduler.Preempted == "checkpoint", Restore: s.doc.Scheduler.RestoreTime}
	s.batch = batch.NewRunner(s.engine, s.cluster, rules, s.jobs)
	for i := range s.doc.Workloads.Jobs {
		w := &s.doc.Workloads.Jobs[i]
		path := fmt.Sprintf("workloads.jobs[%d]", i)
		stream, err := s.jobStream(w)
		if err != nil {
			return s.doc.Locate(path, err)
		}
		p := &jobPump{book: s.jobs, stream: stream, spec: w, pools: s.poolsNamed(w.Pool)}
		if p.within, err = fleet.ParseTier(w.RequiredTopology); err != nil {
			return s.doc.Locate(path+".required_topology", err)
		}
		if err := p.accept(s.fleet); err != nil {
			return s.doc.Locate(path+".accepts", err)
		}
		if err := p.start(s.engine); err != nil {
			return s.doc.Locate(path, err)
		}
	}
	return nil
}

func (s *Simulation) jobStream(w *scenario.JobWorkload) (traces.JobStream, error) {
	if w.Trace != nil {
		file, err := s.openTrace(&w.Trace.Trace)
		if err != nil {
			return nil, err
		}
		a := s.alignment(&w.Trace.Trace, w.Start, w.End)
		a.DurationScale, a.EstimateFactor = w.Trace.DurationScale, w.Trace.EstimateFactor
		return traces.AlignJobs(file.Jobs, a, s.doc.Seed, w.Name)
	}
	c := workloads.JobConfig{Name: w.Name, Tenant: w.Tenant, Start: w.Start, End: w.End, EstimateFactor: w.EstimateFactor,
		CPUMilli: int64(w.CPUsPerGPU * 1000), MemoryMiB: int64(w.MemoryPerGPU) >> 20}
	if c.End == 0 {
		c.End = s.doc.Horizon
	}
	for _, p := range s.poolsNamed(w.Pool) {
		c.NodeGPUs = max(c.NodeGPUs, int32(s.fleet.Pools[p].LargestNode()))
	}
	var sizes, weights []float64
	for _, g := range w.GPUs {
		sizes, weights = append(sizes, float64(g.GPUs)), append(weights, g.Weight)
	}
	var err error
	if c.GPUs, err = workloads.NewHistogram(sizes, weights); err != nil {
		return nil, fmt.Errorf("gpus: %w", err)
	}
	if c.Duration, err = durations(w.Duration); err != nil {
		return nil, fmt.Errorf("duration: %w", err)
	}
	if w.Submit != nil {
		c.Once, c.Start = true, *w.Submit
	} else if c.Process, c.Rate, err = arrivals(w.Arrivals); err != nil {
		return nil, fmt.Errorf("arrivals: %w", err)
	}
	return workloads.NewJobs(s.doc.Seed, c)
}

// poolsOfTypes returns those of the pools whose GPU is of one of the types; all
// of them when no type is asked for.
func (s *Simulation) poolsOfTypes(pools []int, types []string) []int {
	if len(types) == 0 {
		return pools
	}
	var out []int
	for _, p := range pools {
		if slices.ContainsFunc(types, func(t string) bool {
			g, err := fleet.LookupGPU(t)
			return err == nil && g.Name == s.fleet.Pools[p].Spec.GPU.Name
		}) {
			out = append(out, p)
		}
	}
	return out
}
