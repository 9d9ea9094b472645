// Package clustertest sets the scene for tests of what runs on a cluster: a
// small fleet, and urgent gangs that push others aside.
package clustertest

import (
	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

// NodeGPUs is the number of GPUs of a node.
const NodeGPUs = 8

// TB is a *testing.T, a *testing.B or a *rapid.T.
type TB interface{ Fatalf(string, ...any) }

// New returns one pool of nodes of eight GPUs under a scheduler that preempts
// for priority, and its ledger.
func New(tb TB, e *event.Engine, nodes int) (*cluster.Cluster, *ledger.Ledger) {
	gpu, err := fleet.LookupGPU("H100")
	if err != nil {
		tb.Fatalf("%v", err)
	}
	f, err := fleet.New(fleet.PoolSpec{Name: "main", GPU: gpu, Nodes: []fleet.NodeSpec{{Count: nodes, GPUs: NodeGPUs}}})
	if err != nil {
		tb.Fatalf("%v", err)
	}
	l := ledger.New(int64(f.GPUs()) * ledger.MilliPerGPU)
	policy := scheduler.Policy{Order: scheduler.ByPriority{}, Preempt: scheduler.PriorityPreemption}
	return cluster.New(e, f, l, policy), l
}

// Interrupt makes an urgent gang of whole nodes arrive at an instant and keep
// them for a span, from when it gets them. Its priority is 9.
func Interrupt(e *event.Engine, c *cluster.Cluster, nodes int, at, span event.Time) {
	e.At(at, event.ClassArrival, &urgent{cluster: c, engine: e, nodes: nodes, span: span}, arrives, 0)
}

// Balances returns the accounts of a class in the first pool that are not
// zero, in GPU-seconds.
func Balances(l *ledger.Ledger, now event.Time, class ledger.Class) map[string]string {
	all := map[string]string{}
	l.Each(now, 0, func(k ledger.Key, a ledger.Amount) {
		if k.Class == class && a.Sign() != 0 {
			all[k.Account.String()] = a.String()
		}
	})
	return all
}

// urgent is a gang that takes nodes for a while.
type urgent struct {
	engine  *event.Engine
	cluster *cluster.Cluster
	nodes   int
	span    event.Time
	gang    *cluster.Gang
}

var (
	_ cluster.Owner = (*urgent)(nil)
	_ event.Handler = (*urgent)(nil)
)

// Event kinds of an urgent gang.
const (
	arrives event.Kind = iota
	leaves
)

// Start implements cluster.Owner.
func (u *urgent) Start(now event.Time, g *cluster.Gang) {
	u.gang = g
	u.engine.At(now+u.span, event.ClassEnd, u, leaves, 0)
}

// Preempt implements cluster.Owner.
func (u *urgent) Preempt(event.Time, *cluster.Gang) { panic("clustertest: nothing is more urgent") }

// Handle implements event.Handler.
func (u *urgent) Handle(_ *event.Engine, ev event.Event) {
	if ev.Kind == leaves {
		u.cluster.Finish(ev.Time, u.gang)
		return
	}
	spec := cluster.Spec{Name: "urgent", Class: ledger.Jobs, Priority: 9, Workers: u.nodes, GPUsPerWorker: NodeGPUs}
	if _, err := u.cluster.Submit(ev.Time, spec, u); err != nil {
		panic(err)
	}
}
