package serving

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMacroStepsEqualSingleSteps(t *testing.T) {
	preemptions, requests, stops := 0, 0, 0
	swapped, loaded, gained := int64(0), int64(0), int64(0)
	covered := pairs{}
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
		covered.count(x.features())
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
	for pair, n := range covered {
		if n < 20 {
			t.Errorf("only %d experiments with %s and %s", n, pair[0], pair[1])
		}
	}
	// Of 17 features all pairs occur, but for equal times with cold kernels, local
	// layers and the cost model's five.
	if want := 17*18/2 - 7; len(covered) != want {
		t.Errorf("%d pairs of features occur, want %d", len(covered), want)
	}
	if preemptions < 9_000 || stops < 100 || min(swapped, loaded, gained) < 10_000 {
		t.Error("the experiments no longer cover something of these")
	}
}

// features names what an experiment does otherwise than a plain engine would.
func (x *experiment) features() []string {
	var out []string
	for _, f := range []struct {
		name string
		on   bool
	}{
		{"prefix cache", x.cfg.PrefixCache},
		{"schedule ahead", x.cfg.ScheduleAhead},
		{"guaranteed admission", x.cfg.Admission == Guaranteed},
		{"swap", x.cfg.Preemption == Swap},
		{"host memory", x.cfg.HostBlocks > 0},
		{"host overlap", x.cfg.HostOverlap},
		{"speculation", x.cfg.Speculation != nil},
		{"cold kernels", x.cfg.Table.FirstUse > 0},
		{"chunks", x.cfg.MaxTokens < x.cfg.MaxSeqs*int(x.cfg.queries())+50},
		{"queue not FCFS", x.cfg.Queue != FCFS},
		{"equal times", x.grid > 1},
		{"local layers", x.cfg.Table.Local != nil},
		{"cost model", x.cost != nil},
		{"pipeline", x.cost != nil && x.cost.Layout.PP > 1},
		{"data-parallel attention", x.cost != nil && x.cost.Layout.DP > 1},
		{"weights of 8 bits or less", x.cost != nil && x.cost.Precision.Weights.Bytes() <= 1},
		{"KV of 8 bits or less", x.cost != nil && x.cost.Precision.KV.Bytes() <= 1},
	} {
		if f.on {
			out = append(out, f.name)
		}
	}
	return out
}

// pairs counts the experiments that have two features; those of one with itself
// have it.
type pairs map[[2]string]int

func (p pairs) count(features []string) {
	for i, a := range features {
		for _, b := range features[i:] {
			p[[2]string{a, b}]++
		}
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
