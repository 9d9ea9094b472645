package sim_test

import (
	"math"
	"testing"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/workloads/presets"
)

// preset plays an embedded scenario.
func preset(t *testing.T, name string, set ...string) (*result.Summary, *rows) {
	t.Helper()
	p, err := presets.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	s, r := run(t, sim.Options{}, string(p.YAML), set...)
	checkLedger(t, s, r)
	return s, r
}

// hoursOf returns how long a job took.
func hoursOf(t *testing.T, r *rows, name string) float64 {
	t.Helper()
	for _, j := range r.jobs {
		if j.Name == name && j.State == "completed" {
			return float64(j.End-j.FirstStart) / 3.6e12
		}
	}
	t.Fatalf("no job %s is complete: %+v", name, r.jobs)
	return 0
}

// TestDeepSeekV3TakesItsGPUHours compares with Table 1 of the technical report
// (arXiv 2412.19437): 2.664 million GPU-hours for 14.8 T tokens.
func TestDeepSeekV3TakesItsGPUHours(t *testing.T) {
	const gpus, tokens, published = 2048, 14.8, 180_000
	s, r := preset(t, "deepseek-v3-training")
	perT := hoursOf(t, r, "deepseek-v3") * gpus / tokens
	t.Logf("%.0f GPU-hours per trillion tokens, published %d; ETTR %.3f after %d failures", perT, published, s.Training.ETTR, s.Training.Failures)
	if perT < 0.9*published || perT > 1.1*published {
		t.Errorf("%.0f GPU-hours per trillion tokens, published %d", perT, published)
	}
	if s.Training.Failures == 0 || s.Training.ETTR < 0.95 {
		t.Errorf("%d failures, ETTR %.3f", s.Training.Failures, s.Training.ETTR)
	}
}

// TestR1ZeroTakesItsHours compares with the 198 hours on 512 H800 that were
// reported, a tenth of the rollouts standing for all.
func TestR1ZeroTakesItsHours(t *testing.T) {
	const published = 198
	s, r := preset(t, "r1-zero", "rollouts=65")
	hours := 10 * hoursOf(t, r, "r1-zero")
	t.Logf("%.0f hours, reported %d; rollouts take %.0f %% of them", hours, published, 100*s.RL.PhaseS["generate"]/(hours*360))
	if hours < 0.85*published || hours > 1.15*published {
		t.Errorf("%.0f hours, reported %d", hours, published)
	}
	if s.RL.SamplesUsed != 65*512*16 {
		t.Errorf("%d samples used", s.RL.SamplesUsed)
	}
}

func TestRolloutsThatRunAheadFinishSooner(t *testing.T) {
	ratio := func(set ...string) float64 {
		_, r := preset(t, "grpo-32b-sync-vs-async", append(set, "steps=6")...)
		return hoursOf(t, r, "sync") / hoursOf(t, r, "async")
	}
	ahead, together, half := ratio(), ratio("staleness=0"), ratio("trainers=4")
	t.Logf("asynchronous is %.2f times as fast; %.2f without staleness, %.2f with half of the GPUs training", ahead, together, half)
	if ahead < 1.2 || ahead > 2 || together >= ahead || half >= ahead {
		t.Errorf("asynchronous is %.2f times as fast; %.2f without staleness, %.2f with half of the GPUs training", ahead, together, half)
	}
}

func TestTailBatchingShortensTheSynchronousJob(t *testing.T) {
	_, plain := preset(t, "grpo-32b-sync-vs-async", "steps=11")
	s, race := preset(t, "grpo-32b-sync-vs-async", "steps=11", "workloads.rl[0].tail_batching=1.1")
	// 52 of 564 prompts are left behind: the eleventh step is a long one.
	gain := hoursOf(t, plain, "sync") / hoursOf(t, race, "sync")
	t.Logf("%.2f times as fast, %d prompts deferred", gain, s.RL.PromptsDeferred)
	if gain < 1.1 || s.RL.PromptsDeferred != 10*52 || s.RL.SamplesUsed != 2*11*512*16 {
		t.Errorf("%.2f times as fast, %d prompts deferred, %d samples used", gain, s.RL.PromptsDeferred, s.RL.SamplesUsed)
	}
}

// TestWeightTransfersTakeTheirBytes: 65.5 GB of Qwen2.5-32B in BF16 pass a link
// of 64 GB/s, or a quarter of them each of four NICs of 50 GB/s; deltas send 2 %.
func TestWeightTransfersTakeTheirBytes(t *testing.T) {
	const steps, switching = 2, 5.0
	for _, c := range []struct {
		set  []string
		sync float64 // seconds
	}{
		{[]string{".method=broadcast"}, 65.5 / 64},
		{[]string{".method=direct"}, 65.5 / 4 / 50},
		{[]string{".method=broadcast", ".changed=2%", ".fixed=1s"}, 65.5/64*0.02 + 1},
	} {
		set := []string{"steps=2"}
		for _, job := range []string{"0", "1"} {
			for _, s := range c.set {
				set = append(set, "workloads.rl["+job+"].weight_transfer"+s)
			}
		}
		s, _ := preset(t, "grpo-32b-sync-vs-async", set...)
		got := (s.RL.PhaseS["sync"] - steps*switching) / (2 * steps) // the synchronous job switches back as well
		if math.Abs(got-c.sync) > 0.01*c.sync {
			t.Errorf("%v: weights take %.3f s, want %.3f s", c.set, got, c.sync)
		}
	}
}
