package training

import (
	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

// newCluster returns nodes of eight GPUs under a scheduler that preempts for
// priority.
func newCluster(tb fataler, e *event.Engine, nodes int) (*cluster.Cluster, *ledger.Ledger) {
	gpu, err := fleet.LookupGPU("H100")
	if err != nil {
		tb.Fatalf("%v", err)
	}
	f, err := fleet.New(fleet.PoolSpec{Name: "main", GPU: gpu, Nodes: []fleet.NodeSpec{{Count: nodes, GPUs: 8}}})
	if err != nil {
		tb.Fatalf("%v", err)
	}
	l := ledger.New(int64(f.GPUs()) * ledger.MilliPerGPU)
	policy := scheduler.Policy{Order: scheduler.ByPriority{}, Preempt: true}
	return cluster.New(e, f, l, policy), l
}
