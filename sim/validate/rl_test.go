package validate

import (
	"context"
	"testing"

	"github.com/jevons-sim/jevons/sim/fleet"
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
