package failure_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/sim/batch"
	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/failure"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

// constant is a span of so many seconds.
type constant float64

func (c constant) Sample(*event.Rand) float64 { return float64(c) }

// exponential has a mean in seconds.
type exponential float64

func (e exponential) Sample(r *event.Rand) float64 { return float64(e) * r.Exp() }

// world is one pool that breaks, and batch jobs on it.
type world struct {
	engine  event.Engine
	ledger  *ledger.Ledger
	cluster *cluster.Cluster
	runner  *batch.Runner
	process *failure.Process
	done    int
	log     strings.Builder
}

type tb interface{ Fatalf(string, ...any) }

func newWorld(t tb, nodes, gpus, perRack int, c failure.Config) *world {
	f, err := fleet.New(fleet.PoolSpec{Name: "main", NodesPerRack: perRack,
		Nodes: []fleet.NodeSpec{{Count: nodes, GPUs: gpus, CPUMilli: 64_000, MemoryMiB: 1 << 20}}})
	if err != nil {
		t.Fatalf("%v", err)
	}
	w := &world{ledger: ledger.New(int64(nodes*gpus) * ledger.MilliPerGPU)}
	w.cluster = cluster.New(&w.engine, f, w.ledger, scheduler.Policy{Order: scheduler.ByPriority{}, Preempt: scheduler.PriorityPreemption})
	w.runner = batch.NewRunner(&w.engine, w.cluster, batch.Preempted{}, w)
	if w.process, err = failure.New(&w.engine, w.cluster, 1, c); err != nil {
		t.Fatalf("%v", err)
	}
	return w
}

// BatchDone implements batch.Observer.
func (w *world) BatchDone(now event.Time, g *cluster.Gang) {
	w.done++
	fmt.Fprintf(&w.log, "%v %s ends\n", now, g.Spec.Name)
}

// share returns an account's part of all GPU time so far.
func (w *world) share(c ledger.Class, a ledger.Account) float64 {
	now := w.engine.Now()
	return w.ledger.Balance(now, 0, ledger.Key{Class: c, Account: a}).Seconds() / w.ledger.Total(now, 0).Seconds()
}

// run handles every event up to an instant, calling look (if not nil) after
// each.
func (w *world) run(until event.Time, look func()) {
	for w.engine.Next() <= until {
		w.engine.Step()
		if look != nil {
			look()
		}
	}
	w.engine.RunUntil(until, nil)
}

func (w *world) check(t *testing.T) {
	t.Helper()
	if err := w.ledger.Check(w.engine.Now()); err != nil {
		t.Error(err)
	}
}
