package failure_test

import (
	"math"
	"testing"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/failure"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/training"
)

// steady is a model of equal steps without bubbles whose checkpoints have one
// byte for every second that they take at 1 B/s.
type steady struct {
	step       event.Time
	checkpoint int64
	gpus       int
}

func (s steady) GPUs() int              { return s.gpus }
func (s steady) Step() perf.TrainStep   { return perf.TrainStep{Compute: s.step, Total: s.step} }
func (s steady) TokensPerStep() int64   { return 1 }
func (s steady) FLOPsPerStep() float64  { return 1 }
func (s steady) CheckpointBytes() int64 { return s.checkpoint }

func (w *world) TrainingStarted(event.Time, *training.Job)   {}
func (w *world) TrainingPreempted(event.Time, *training.Job) {}
func (w *world) TrainingEnded(event.Time, *training.Job)     {}

// published is a row of ../shared/facts/reliability.csv (yd-*): checkpoints of
// C, failures M apart, R to restart, in seconds; Young's interval, the exact
// optimum and the efficiency there.
type published struct{ c, m, r, young, exact, efficiency float64 }

// run simulates a job that checkpoints every interval for a horizon, and
// returns the share of time in steps that were kept.
func (p published) run(t *testing.T, interval, horizon event.Time) float64 {
	c := failure.Config{Until: horizon}
	c.Laws[failure.Node].MTBF = event.FromSeconds(p.m)
	w := newWorld(t, 1, 8, 0, c)
	step := event.FromSeconds(p.young / 100)
	job, err := training.New(&w.engine, w.cluster, w, training.Config{
		Spec: cluster.Spec{Name: "llm", Workers: 1, GPUsPerWorker: 8}, Model: steady{step, int64(p.c), 8},
		Steps: int64(horizon / step), CheckpointEvery: interval, CheckpointBandwidth: 1,
		Init: event.FromSeconds(p.r), Restart: event.FromSeconds(p.r - p.c), // and C to load
	})
	if err == nil {
		err = job.Submit(0)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.engine.RunUntil(horizon, nil)
	job.Close(horizon)
	w.check(t)
	return job.Stats(horizon).ETTR()
}

// TestTheBestIntervalIsYoungsAndDalys finds the interval that wastes least by
// simulation: time per unit of work, over intervals from half to twice
// Young's under the same failures, fits a/τ + b·τ + c, whose minimum is √(a/b).
func TestTheBestIntervalIsYoungsAndDalys(t *testing.T) {
	for name, p := range map[string]published{
		"C 60 s, M 3 h":    {60, 10800, 300, 1138, 1099, 0.8737},
		"C 300 s, M 7.9 h": {300, 28440, 600, 4131, 3933, 0.8437},
		"C 5 s, M 1.8 h":   {5, 6480, 60, 255, 251, 0.9524},
	} {
		t.Run(name, func(t *testing.T) {
			horizon := event.FromSeconds(10_000 * p.m)
			var taus, costs []float64
			for _, f := range []float64{0.5, 0.65, 0.8, 1, 1.25, 1.55, 2} {
				tau := f * p.young
				taus = append(taus, tau)
				costs = append(costs, 1/p.run(t, event.FromSeconds(tau), horizon))
			}
			a, b, _ := fit(taus, costs)
			best := math.Sqrt(a / b)
			t.Logf("best interval %.0f s: √(2δM) %.0f s (%+.1f %%), exact optimum %.0f s (%+.1f %%)",
				best, p.young, 100*(best/p.young-1), p.exact, 100*(best/p.exact-1))
			if math.Abs(best/p.young-1) > 0.10 {
				t.Errorf("the best interval is %.0f s, want within 10 %% of √(2δM) = %.0f s", best, p.young)
			}
			// The renewal formula at its optimum.
			got := p.run(t, event.FromSeconds(p.exact), horizon)
			t.Logf("efficiency %.4f, exact %.4f", got, p.efficiency)
			if math.Abs(got-p.efficiency) > 0.004 {
				t.Errorf("efficiency %.4f at %.0f s, want %.4f", got, p.exact, p.efficiency)
			}
		})
	}
}

// fit returns the least-squares a, b and c of y = a/x + b·x + c.
func fit(x, y []float64) (a, b, c float64) {
	var m [3][4]float64
	for i := range x {
		row := [3]float64{1 / x[i], x[i], 1}
		for j := range row {
			for k := range row {
				m[j][k] += row[j] * row[k]
			}
			m[j][3] += row[j] * y[i]
		}
	}
	for j := range m { // Gauss-Jordan: three well-scaled positive definite equations
		for k := range m {
			if k == j {
				continue
			}
			f := m[k][j] / m[j][j]
			for l := range m[k] {
				m[k][l] -= f * m[j][l]
			}
		}
	}
	return m[0][3] / m[0][0], m[1][3] / m[1][1], m[2][3] / m[2][2]
}
