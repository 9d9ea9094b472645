package rl

import (
	"testing"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/serving"
)

// benchConfig is 200 steps of 512 prompts × 16 samples of up to 32 k tokens:
// 1.6 million rollouts, on replicas whose steps take milliseconds and whose KV
// memory is short.
func benchConfig() Config {
	c := baseConfig()
	t := table(2048)
	t.Host, t.KVRead = 2_000_000*tableUnit, 4*tableUnit
	for n := range t.Matrix {
		t.Matrix[n], t.Comm[n] = max(int64(n)*50_000, 8_000_000)*tableUnit, 500_000*tableUnit
	}
	c.Engine = &serving.Config{Table: t, MaxSeqs: 256, MaxTokens: 2048, BlockSize: 16, Blocks: 50_000, PrefixCache: true}
	c.Spec.Workers, c.EngineGPUs, c.Trainer = 4, 1, levelTrainer{32, 15 * event.Second}
	c.Prompts, c.GroupSize, c.Steps = 512, 16, 200
	c.Prompt = Length{Mean: 500, Sigma: 0.5, Correlation: 1, Max: 2000}
	c.Output = Length{Mean: 8000, Sigma: 1, Correlation: 0.6, Max: 32_768}
	c.Reward = Service{Median: event.Second, Sigma: 1}
	return c
}

// levelTrainer takes one time for an update, whatever the tokens.
type levelTrainer struct {
	gpus   int
	update event.Time
}

func (t levelTrainer) GPUs() int                    { return t.gpus }
func (t levelTrainer) ForwardTime(int64) event.Time { return t.update / 3 }
func (t levelTrainer) ForwardFLOPs(int64) float64   { return 0 }
func (t levelTrainer) StepOf(int64) perf.TrainStep {
	return perf.TrainStep{Total: t.update, Compute: t.update}
}

// BenchmarkJob is a whole job: 200 steps, 1.6 million rollouts.
func BenchmarkJob(b *testing.B) {
	for _, mode := range []struct {
		name string
		set  func(*Config)
	}{
		{"synchronous", func(*Config) {}},
		{"asynchronous", func(c *Config) {
			c.Spec.Workers, c.TrainerGPUs, c.Trainer = 5, 8, levelTrainer{8, 30 * event.Second}
			c.Mode = Mode{Staleness: 1, Update: Interrupt, Streaming: true}
			c.MiniBatches, c.Dispatch = 4, LeastLoaded
		}},
	} {
		b.Run(mode.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c := benchConfig()
				mode.set(&c)
				w := newWorld(b, c)
				w.engine.RunUntil(event.Day*365, nil)
				if s := w.job.Stats(); w.job.State() != cluster.JobCompleted || s.Used.Samples != 200*512*16 {
					b.Fatalf("%v after %d steps", w.job.State(), s.Steps)
				}
			}
		})
	}
}
