package validate

import (
	"context"
	"testing"

	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
)

func TestRLLawsHold(t *testing.T) {
	gpu, err := fleet.LookupGPU("H100")
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(3) {
		rows, err := (&rlLaws{ctx: context.Background(), gpu: gpu, seed: seed + 1}).check()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if !r.OK {
				t.Errorf("seed %d: %s: %s is %.6g, want %.6g ± %g %%", seed+1, r.ID, r.Metric, r.Predicted, r.Actual, r.TolerancePct)
			}
		}
	}
}

func TestPublishedRL(t *testing.T) {
	r, err := RL(context.Background(), RLOptions{Calibration: perf.DefaultCalibration(), Seed: 1, Steps: 8, Workers: 2, TolerancePct: 20})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range r.Rows {
		if r.Group["check"] == "" {
			t.Logf("%-70s %-20s %8.2f %8.2f %+.1f %s%s%s %v", r.ID, r.Metric, r.Predicted, r.Actual, r.ErrorPct, r.Skipped, r.Infeasible, r.NotComparable, r.Also["tokens_per_sample"])
		}
	}
}
