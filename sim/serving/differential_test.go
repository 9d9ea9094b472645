package serving

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMacroStepsEqualSingleSteps(t *testing.T) {
	preemptions, requests, stops := 0, 0, 0
	swapped, loaded, gained := int64(0), int64(0), int64(0)
	for i := range uint64(2000) {
		x := newExperiment(i)
		if err := x.cfg.Validate(); err != nil {
			t.Fatal(err)
		}
		macro, step := x.run(false, true), x.run(true, true)
		if d := cmp.Diff(step.log.String(), macro.log.String()); d != "" {
			t.Fatalf("experiment %d (%s, %+v): macro differs from step (-step +macro):\n%s", i, x.router, x.cfg, d)
		}
		if d := cmp.Diff(step.reads.String(), macro.reads.String()); d != "" {
			t.Fatalf("experiment %d (%s, %+v): readers see a difference (-step +macro):\n%s", i, x.router, x.cfg, d)
		}
		if !macro.itl.Equal(&step.itl) {
			t.Fatalf("experiment %d: inter-token latencies differ", i)
		}
		preemptions += macro.preempts
		for _, r := range macro.replicas {
			w := r.Work(macro.engine.Now())
			swapped += w.SwappedBlocks
			loaded += w.LoadedBlocks
			gained += w.Gained
		}
		requests += macro.arrived
		stops += macro.stops
	}
	t.Logf("%d requests, %d preemptions, %d replicas stopped, %d blocks swapped, %d loaded, %d tokens by speculation", requests, preemptions, stops, swapped, loaded, gained)
	if preemptions < 10_000 || stops < 100 || min(swapped, loaded, gained) < 10_000 {
		t.Error("the experiments no longer cover something of these")
	}
}

func TestReadingChangesNothing(t *testing.T) {
	for i := range uint64(500) {
		x := newExperiment(i)
		with, without := x.run(false, true), x.run(false, false)
		if d := cmp.Diff(without.log.String(), with.log.String()); d != "" {
			t.Fatalf("experiment %d: reads changed the run (-without +with):\n%s", i, d)
		}
		if !with.itl.Equal(&without.itl) {
			t.Fatalf("experiment %d: reads changed the inter-token latencies", i)
		}
	}
}
