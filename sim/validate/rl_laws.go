package validate

import (
	"context"
	"fmt"
	"math"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/rl"
	"github.com/jevons-sim/jevons/sim/serving"
)

// rlLaws are runs of which the outcome is known without measurement: engines
// whose steps all take one time, a trainer whose updates do, so that rollouts
// and training take what one multiplies out.
type rlLaws struct {
	ctx  context.Context
	gpu  fleet.GPU
	seed uint64
	rows []Row
	err  error
	off  int64 // samples that are not accounted for, over all runs
}

// A group of samples and their engine in the laws' jobs.
const (
	lawPrompts  = 16
	lawGroup    = 8
	lawReplicas = 8
	lawSeqs     = 16 // lawReplicas × lawSeqs = lawPrompts × lawGroup
	lawTokens   = 500
	lawStep     = 10 * event.Millisecond // an engine's
	lawSync     = event.Second
)

// levelTrainer takes one time for an update, whatever the tokens.
type levelTrainer struct {
	gpus   int
	update event.Time
}

func (t levelTrainer) GPUs() int                    { return t.gpus }
func (t levelTrainer) ForwardTime(int64) event.Time { return 0 }
func (t levelTrainer) ForwardFLOPs(int64) float64   { return 0 }
func (t levelTrainer) StepOf(int64) perf.TrainStep {
	return perf.TrainStep{Total: t.update, Compute: t.update}
}

// job returns a job with trainer GPUs of its own and samples of equal length.
func (l *rlLaws) job(steps int64, update event.Time) rl.Config {
	t := &perf.StepTable{}
	const budget = 1 << 13
	for range budget + 1 {
		t.Matrix = append(t.Matrix, int64(lawStep)<<perf.TableShift)
		t.Comm, t.WeightBytes = append(t.Comm, 0), append(t.WeightBytes, 0)
	}
	return rl.Config{
		Spec:    cluster.Spec{Name: "law", Workers: 2, GPUsPerWorker: lawReplicas},
		Trainer: levelTrainer{lawReplicas, update}, TrainerGPUs: lawReplicas, EngineGPUs: 1,
		Engine: &serving.Config{Table: t, MaxSeqs: lawSeqs, MaxTokens: budget, BlockSize: 16, Blocks: math.MaxInt32, PrefixCache: true},
		Steps:  steps, Prompts: lawPrompts, GroupSize: lawGroup,
		Prompt: rl.Length{Mean: 100, Max: 100}, Output: rl.Length{Mean: lawTokens, Max: lawTokens},
		Dispatch: rl.LeastLoaded, Sync: lawSync,
		Lengths: event.NewStream(l.seed, "lengths"), Environment: event.NewStream(l.seed, "environment"),
	}
}

// spread gives a law's job samples of the lengths that RL has.
func spread(c rl.Config) rl.Config {
	c.Output = rl.Length{Mean: lawTokens, Sigma: 1, Correlation: 0.6, Max: 8 * lawTokens}
	return c
}

func (l *rlLaws) run(c rl.Config) *rlFigures {
	if l.err != nil {
		return &rlFigures{Stats: rl.Stats{Steps: 1}}
	}
	f, err := runRL(l.ctx, l.gpu, c)
	if err != nil {
		l.err = err
		return &rlFigures{Stats: rl.Stats{Steps: 1}}
	}
	l.off += max(f.unaccounted(), -f.unaccounted())
	return f
}

// unaccounted returns the samples started that nothing became of.
func (f *rlFigures) unaccounted() int64 {
	return f.SamplesStarted - f.Used.Samples - f.SamplesFiltered - f.SamplesStale - f.SamplesDropped - f.SamplesAborted - f.SamplesBuffered - f.SamplesRunning
}

// add compares a figure that must be within a tolerance of another.
func (l *rlLaws) add(id, metric, unit string, predicted, actual, tolerancePct float64) {
	off := (predicted/actual - 1) * 100
	if predicted == actual {
		off = 0
	}
	l.put(Row{ID: id, Metric: metric, Unit: unit, Predicted: predicted, Actual: actual, ErrorPct: off, TolerancePct: tolerancePct, OK: math.Abs(off) <= tolerancePct})
}

// most compares a figure that must not exceed another.
func (l *rlLaws) most(id, metric, unit string, predicted, limit float64) {
	l.put(Row{ID: id, Metric: metric, Unit: unit, Predicted: predicted, Actual: limit, AtMost: true, OK: predicted <= limit})
}

func (l *rlLaws) put(r Row) {
	r.Group = map[string]string{"check": "law"}
	l.rows = append(l.rows, r)
}

// check runs all laws.
func (l *rlLaws) check() ([]Row, error) {
	l.equalLengths()
	l.capacities()
	l.staleness()
	l.ahead()
	l.tailBound()
	l.most("conservation", "samples_unaccounted", "samples", float64(l.off), 0)
	return l.rows, l.err
}

// equalLengths: with samples of one length, steps are sums and maxima.
func (l *rlLaws) equalLengths() {
	const steps = 5
	rollout := event.Time(lawTokens) * lawStep
	for _, update := range []event.Time{rollout / 2, rollout, 2 * rollout} {
		id := fmt.Sprintf("equal lengths, training %v of rollout", float64(update)/float64(rollout))
		sync := l.run(l.job(steps, update))
		l.add(id, "synchronous_s", "s", sync.StepTime().Seconds(), (steps * (rollout + update + lawSync)).Seconds(), 0)
		c := l.job(steps, update)
		c.Mode.Staleness, c.Mode.Batches = 1, true
		one := l.run(c)
		want := rollout + (steps-1)*(max(rollout, update)+lawSync) + update + lawSync
		l.add(id, "one_step_s", "s", one.StepTime().Seconds(), want.Seconds(), 0)
		l.add(id, "one_step_staleness", "versions", float64(one.Used.StalenessMax), 1, 0)
		l.most(id, "one_step_speedup", "x", sync.StepTime().Seconds()/one.StepTime().Seconds(), 2)
	}
}

// capacities: asynchronous throughput is that of the slower side.
func (l *rlLaws) capacities() {
	const steps, samples = 200, lawPrompts * lawGroup
	c := spread(l.job(steps, 0))
	// What engines that are never short of samples generate.
	free := c
	free.Sync = 0
	free.Mode = rl.Mode{Staleness: 8, Update: rl.InFlight}
	engines := l.run(free)
	capacity := float64(lawReplicas*lawSeqs) / (float64(engines.Used.Tokens) / float64(engines.Used.Samples) * lawStep.Seconds())
	for _, load := range []float64{0.5, 0.8, 1.25, 2} {
		c.Trainer = levelTrainer{lawReplicas, event.FromSeconds(samples / capacity / load)}
		c.Sync = 0
		c.Mode = rl.Mode{Staleness: 8, Update: rl.InFlight}
		f := l.run(c)
		id := fmt.Sprintf("trainer of %v × the rollout capacity", load)
		l.add(id, "samples_per_s", "1/s", float64(f.Used.Samples)/f.StepTime().Seconds(), capacity*min(load, 1), 5)
	}
}

// staleness: no sample is used beyond the bound.
func (l *rlLaws) staleness() {
	for _, eta := range []float64{0, 1, 2, 4} {
		c := spread(l.job(20, 5*event.Second))
		c.Mode.Staleness = eta
		l.most(fmt.Sprintf("η = %v, engines drain", eta), "staleness_max", "versions", float64(l.run(c).Used.StalenessMax), eta)
	}
	for _, update := range []rl.WeightUpdate{rl.Interrupt, rl.InFlight, rl.Pull} {
		c := spread(l.job(20, event.Second))
		c.Mode = rl.Mode{Staleness: 8, Update: update, MaxOffPolicy: 2}
		f := l.run(c)
		l.most(fmt.Sprintf("η = 8, %v, dropped beyond 2", update), "staleness_max", "versions", float64(f.Used.StalenessMax), 2)
	}
}

// ahead: more staleness never costs throughput, and soon gains no more.
func (l *rlLaws) ahead() {
	etas := []float64{0, 0.5, 1, 2, 4, 8, 16}
	var rates []float64
	drop, most := 0.0, 0.0
	for _, eta := range etas {
		c := spread(l.job(100, 8*event.Second))
		c.Mode = rl.Mode{Staleness: eta, Update: rl.Interrupt, Streaming: true}
		c.MiniBatches = 4
		c.Trainer = levelTrainer{lawReplicas, 2 * event.Second}
		f := l.run(c)
		rate := float64(f.Used.Tokens) / f.StepTime().Seconds()
		drop, most = max(drop, (most/rate-1)*100), max(most, rate)
		rates = append(rates, rate)
	}
	l.most("η from 0 to 16", "throughput_drop_pct", "%", drop, 1)
	knee := len(etas) - 1
	for knee > 0 && rates[knee-1] >= 0.95*most {
		knee--
	}
	l.put(Row{ID: "η from 0 to 16", Metric: "knee", Unit: "versions", Predicted: etas[knee], Actual: 2, AtMost: true, OK: etas[knee] >= 1 && etas[knee] <= 2,
		Also: map[string]float64{"gain_at_1": rates[2] / rates[0], "gain_at_16": most / rates[0]}})
}

// tailBound: more engines do not shorten a step that its longest samples make.
func (l *rlLaws) tailBound() {
	step := func(nodes int) float64 {
		c := spread(l.job(10, event.Second))
		c.Spec.Workers = 1 + nodes
		return l.run(c).stepSeconds()
	}
	once, twice := step(1), step(2)
	l.most("twice the engines of a tail-bound step", "shorter_by_pct", "%", (1-twice/once)*100, 5)
}
