package sim_test

import (
	"context"
	"math"
	"testing"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/event"
)

func TestExplanationsTileEveryJobsWait(t *testing.T) {
	_, r := run(t, sim.Options{}, everything)
	explained := 0
	for i, j := range r.jobs {
		if j.Wait == 0 || i%5 != 0 { // some of them: each is a run of its own
			continue
		}
		x, err := build(t, sim.Options{}, everything).Explain(context.Background(), sim.Target{ID: j.ID}, event.Time(j.End)+1)
		if err != nil {
			t.Fatal(err)
		}
		if x.Job != j.Name || math.Abs(x.WaitS-event.Time(j.Wait).Seconds()) > 1e-6 {
			t.Errorf("%s (%d) waited %v s, its explanation says %s and %v s", j.Name, j.ID, event.Time(j.Wait).Seconds(), x.Job, x.WaitS)
		}
		for _, turn := range x.Turns {
			at := turn.FromS
			for _, w := range turn.Intervals {
				if w.FromS != at || w.ToS < w.FromS || w.Cause == "" || w.Detail == "" {
					t.Fatalf("%s: interval %+v after %v", j.Name, w, at)
				}
				at = w.ToS
			}
			if len(turn.Intervals) > 0 && at != turn.ToS {
				t.Errorf("%s: intervals end at %v, the turn at %v", j.Name, at, turn.ToS)
			}
			explained += len(turn.Intervals)
		}
	}
	if explained < 5 {
		t.Errorf("%d intervals explained", explained)
	}
}
