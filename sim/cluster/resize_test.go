package cluster_test

import (
	"testing"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

// TestGangsThatMayBeDisplacedAreNotInTheWay: a smaller size fits where only
// gangs of lower priority, which may be preempted, hold the GPUs.
func TestGangsThatMayBeDisplacedAreNotInTheWay(t *testing.T) {
	for _, c := range []struct {
		name        string
		preempt     scheduler.Preemption
		preemptible bool
		priority    int32
		fits        bool
	}{
		{"lower priority", scheduler.PriorityPreemption, true, 1, true},
		{"same priority", scheduler.PriorityPreemption, true, 5, false},
		{"not preemptible", scheduler.PriorityPreemption, false, 1, false},
		{"no preemption", scheduler.NoPreemption, true, 1, false},
	} {
		w := newWorld(t, 2, 8, 0, scheduler.Policy{Order: scheduler.ByPriority{}, Preempt: c.preempt})
		add := func(name string, at event.Time, spec cluster.Spec) *job {
			j := &job{name: name, at: at, spec: spec, duration: event.Minute}
			w.add(j)
			return j
		}
		add("urgent", 0, cluster.Spec{Workers: 1, GPUsPerWorker: 8, Priority: 9})
		add("holder", 0, cluster.Spec{Workers: 1, GPUsPerWorker: 8, Priority: c.priority, Preemptible: c.preemptible})
		elastic := add("elastic", 1, cluster.Spec{Workers: 2, GPUsPerWorker: 8, Priority: 5})
		w.engine.RunUntil(event.Second, nil)
		if got := w.cluster.Fits(elastic.gang, 1); got != c.fits || w.cluster.Fits(elastic.gang, 2) {
			t.Errorf("%s: one worker fits: %v, want %v; two: %v, want false", c.name, got, c.fits, w.cluster.Fits(elastic.gang, 2))
		}
	}
}
