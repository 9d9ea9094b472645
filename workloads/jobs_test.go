package workloads

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/traces"
)

func jobConfig() JobConfig {
	return JobConfig{
		Name: "mix", Tenant: "research", Process: Deterministic{}, Rate: Rate{PerSecond: 0.1}, End: event.Hour,
		GPUs: Constant(4), Duration: Constant(600), NodeGPUs: 8, Priority: 2,
	}
}

func TestJobsLargerThanANodeAreGangsOfWholeNodes(t *testing.T) {
	for _, c := range []struct {
		asked         float64
		workers, gpus int32
	}{{1, 1, 1}, {7, 1, 7}, {8, 1, 8}, {9, 2, 8}, {16, 2, 8}, {100, 13, 8}, {0.2, 1, 1}} {
		config := jobConfig()
		config.GPUs, config.EstimateFactor = Constant(c.asked), 1.5
		want := traces.Job{
			At: 10 * event.Second, Name: "mix-1", Tenant: "research", Priority: 2, Workers: c.workers, GPUs: c.gpus,
			Duration: 10 * event.Minute, Estimate: 15 * event.Minute,
		}
		if d := cmp.Diff(want, allJobs(t, config)[0]); d != "" {
			t.Errorf("%v GPUs:\n%s", c.asked, d)
		}
	}
}

func TestJobsFollowTheirMix(t *testing.T) {
	c := jobConfig()
	c.Process, c.End = Poisson{}, 20*event.Day
	sizes := mustLength(NewHistogram([]float64{1, 2, 8, 32}, []float64{60, 20, 15, 5}))
	c.GPUs, c.Duration = sizes, Uniform{100, 5000}
	jobs := allJobs(t, c)
	var gpus, duration moments
	for i, j := range jobs {
		gpus.add(float64(j.Workers * j.GPUs))
		duration.add(j.Duration.Seconds())
		if j.Estimate != 0 || (i > 0 && j.At < jobs[i-1].At) {
			t.Fatalf("job %d: %+v", i, j)
		}
	}
	gpus.expectMean(t, "GPUs", sizes.Mean())
	duration.expectMean(t, "duration", 2550)
	if n := float64(len(jobs)); n < 172_800-sigmas*416 || n > 172_800+sigmas*416 { // √172,800 = 416
		t.Errorf("%v jobs, want 172,800 ± %d", n, sigmas*416)
	}
}

func TestNoJobIsShorterThanASecond(t *testing.T) {
	c := jobConfig()
	c.Duration = Constant(0.001)
	if j := allJobs(t, c)[0]; j.Duration != event.Second {
		t.Errorf("duration %v, want 1s", j.Duration)
	}
}

func TestJobsDrawFromSequencesOfTheirOwn(t *testing.T) {
	a := jobConfig()
	a.GPUs, a.Duration = Exponential(10), Exponential(1000)
	b := a
	b.Process, b.Rate.PerSecond = Poisson{}, 0.05
	x, y := allJobs(t, a), allJobs(t, b)
	for i := range min(len(x), len(y)) {
		x[i].At, y[i].At = 0, 0
		if d := cmp.Diff(x[i], y[i]); d != "" {
			t.Fatalf("job %d changed with its arrival:\n%s", i, d)
		}
	}
}

func TestJobsOutOfRangeAreRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*JobConfig)
		want   string
	}{
		{"no rate", func(c *JobConfig) { c.Rate.PerSecond = 0 }, "rate is 0/s"},
		{"no process", func(c *JobConfig) { c.Process = nil }, "need arrivals"},
		{"no sizes", func(c *JobConfig) { c.GPUs = nil }, "histogram of GPUs"},
		{"end before start", func(c *JobConfig) { c.Start = 2 * event.Hour }, "must be after their start"},
		{"empty nodes", func(c *JobConfig) { c.NodeGPUs = 0 }, "nodes of 0 GPUs"},
	} {
		config := jobConfig()
		c.change(&config)
		if _, err := NewJobs(1, config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}
