package service

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/serving"
)

func TestASwapReplacesEveryReplicaAndServesOnMeanwhile(t *testing.T) {
	for _, c := range []struct {
		before, gpusBefore int
		after, gpusAfter   int
		nodes              int
	}{
		{2, 4, 2, 4, 2},
		{4, 2, 2, 4, 2}, // fewer, larger ones
		{4, 2, 1, 8, 2},
		{1, 8, 4, 2, 2}, // more, smaller ones
		{2, 4, 2, 4, 1}, // the fleet is full of the old ones
		{4, 2, 1, 8, 1},
		{8, 1, 1, 8, 1},
		{8, 1, 8, 1, 1},
	} {
		for _, autoscaled := range []bool{false, true} {
			name := fmt.Sprintf("%d × %d to %d × %d on %d nodes, autoscaled %v", c.before, c.gpusBefore, c.after, c.gpusAfter, c.nodes, autoscaled)
			t.Run(name, func(t *testing.T) {
				config := Config{Name: "chat", Variant: variant("old", c.gpusBefore), Replicas: c.before, Router: serving.LeastRequests{}}
				if autoscaled {
					config.Autoscale = &Autoscale{Min: 1, Max: 8, Target: 2.0 / float64(c.before), Interval: 10 * event.Second, Cooldown: event.Minute}
				}
				old, young := config.Variant, variant("young", c.gpusAfter)
				names := map[*serving.Config]string{old.Engine: "old", young.Engine: "young"}
				w := newWorld(t, c.nodes, config)
				// Two requests at any time, in all: one of 1.1 s every 550 ms.
				for at := event.Minute; at < 30*event.Minute; at += 550 * event.Millisecond {
					w.requests(at, 1, 110)
				}
				w.swap(5*event.Minute, young, c.after, 2/float64(c.after))
				w.runTo(5*event.Minute - 1)
				if d := cmp.Diff(map[string]int{"old": c.before}, w.models(names)); d != "" {
					t.Fatalf("models before the swap:\n%s", d)
				}
				full := c.before*c.gpusBefore == 8*c.nodes && c.gpusAfter == 8*c.nodes
				for at := 5 * event.Minute; at < 30*event.Minute; at += event.Second {
					w.runTo(at)
					if w.service.Ready() == 0 && !full {
						t.Fatalf("no replica is ready at %v: %v", at, w.models(names))
					}
				}
				if d := cmp.Diff(map[string]int{"young": c.after}, w.models(names)); d != "" {
					t.Errorf("models in the end:\n%s", d)
				}
				if w.service.Variant().Model != "young" || w.cluster.RunningGangs() != c.after {
					t.Errorf("%d gangs of %s run", w.cluster.RunningGangs(), w.service.Variant().Model)
				}
				w.runTo(31 * event.Minute)
				if n := w.count(serving.Completed); n != w.sent {
					t.Errorf("%d of %d requests completed", n, w.sent)
				}
				w.balances()
			})
		}
	}
}
