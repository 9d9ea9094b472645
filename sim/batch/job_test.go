package batch

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/cluster/clustertest"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// world is a fleet with batch jobs and urgent gangs that push them aside.
type world struct {
	engine  *event.Engine
	ledger  *ledger.Ledger
	cluster *cluster.Cluster
	runner  *Runner
	done    []string // what ended when, in order
}

func newWorld(tb clustertest.TB, nodes int, rules Preempted) *world {
	w := &world{engine: &event.Engine{}}
	w.cluster, w.ledger = clustertest.New(tb, w.engine, nodes)
	w.runner = NewRunner(w.engine, w.cluster, rules, w)
	return w
}

// BatchDone implements Observer.
func (w *world) BatchDone(now event.Time, g *cluster.Gang) {
	w.done = append(w.done, fmt.Sprintf("%s at %v", g.Spec.Name, now))
}

// submit queues a job of so many GPUs on one node.
func (w *world) submit(tb clustertest.TB, name string, gpus int, duration event.Time) *cluster.Gang {
	spec := cluster.Spec{Name: name, Workers: 1, GPUsPerWorker: gpus, Preemptible: true}
	g, err := w.runner.Submit(w.engine.Now(), spec, duration)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	return g
}

func (w *world) balances() map[string]string {
	return clustertest.Balances(w.ledger, w.engine.Now(), ledger.Jobs)
}

func TestAJobComputesForItsDurationAndFreesItsGPUs(t *testing.T) {
	w := newWorld(t, 1, Preempted{})
	w.submit(t, "first", 8, 100*event.Second)
	w.submit(t, "second", 4, 50*event.Second)
	w.submit(t, "instant", 8, 0)
	w.engine.RunUntil(event.Hour, nil)
	if d := cmp.Diff([]string{"first at 1m40s", "second at 2m30s", "instant at 2m30s"}, w.done); d != "" {
		t.Errorf("ends:\n%s", d)
	}
	if d := cmp.Diff(map[string]string{ledger.Batch.String(): "1000"}, w.balances()); d != "" {
		t.Errorf("accounts, want 8 × 100 s and 4 × 50 s of computing:\n%s", d)
	}
	if free := w.cluster.Fleet().Pools[0].FreeMilli(); free != 8000 {
		t.Errorf("%d thousandths of GPUs free, want all 8,000", free)
	}
}

func TestAPreemptedJobLosesItsWorkAndBeginsAnew(t *testing.T) {
	w := newWorld(t, 1, Preempted{})
	g := w.submit(t, "job", 8, 100*event.Second)
	clustertest.Interrupt(w.engine, w.cluster, 1, 60*event.Second, 15*event.Second)
	w.engine.RunUntil(event.Hour, nil)
	if d := cmp.Diff([]string{"job at 2m55s"}, w.done); d != "" {
		t.Errorf("ends, want 60 s + 15 s + 100 s:\n%s", d)
	}
	if g.Preemptions != 1 || g.Waited != 15*event.Second || g.State != cluster.Finished {
		t.Errorf("%d preemptions, waited %v: want 1 and 15s", g.Preemptions, g.Waited)
	}
	// The urgent gang's 8 × 15 s stand in its own account of the same class.
	want := map[string]string{ledger.Batch.String(): "800", ledger.Lost.String(): "480", ledger.Starting.String(): "120"}
	if d := cmp.Diff(want, w.balances()); d != "" {
		t.Errorf("accounts:\n%s", d)
	}
}

func TestAPreemptedJobThatKeepsItsWorkLoadsItAndGoesOn(t *testing.T) {
	w := newWorld(t, 1, Preempted{Keep: true, Restore: 5 * event.Second})
	g := w.submit(t, "job", 8, 100*event.Second)
	clustertest.Interrupt(w.engine, w.cluster, 1, 60*event.Second, 15*event.Second)
	clustertest.Interrupt(w.engine, w.cluster, 1, 78*event.Second, 10*event.Second) // while it loads
	w.engine.RunUntil(event.Hour, nil)
	if d := cmp.Diff([]string{"job at 2m13s"}, w.done); d != "" {
		t.Errorf("ends, want 60 s + 15 s + 3 s + 10 s + 5 s + 40 s:\n%s", d)
	}
	if g.Preemptions != 2 {
		t.Errorf("%d preemptions, want 2", g.Preemptions)
	}
	want := map[string]string{ledger.Batch.String(): "800", ledger.Checkpoint.String(): "64", ledger.Starting.String(): "200"}
	if d := cmp.Diff(want, w.balances()); d != "" {
		t.Errorf("accounts:\n%s", d)
	}
}

func TestAJobThatNoNodeCouldHoldIsRefused(t *testing.T) {
	w := newWorld(t, 2, Preempted{})
	_, err := w.runner.Submit(0, cluster.Spec{Name: "huge", Workers: 1, GPUsPerWorker: 9}, event.Second)
	if err == nil || !strings.Contains(err.Error(), "huge can never start") {
		t.Errorf("error %v, want one that names the job", err)
	}
	w.engine.RunUntil(event.Hour, nil)
	if len(w.done) != 0 {
		t.Errorf("%v ended", w.done)
	}
}

// arrival submits a job at its instant.
type arrival struct {
	w        *world
	t        *rapid.T
	gpus     int
	duration event.Time
}

// Handle implements event.Handler.
func (a *arrival) Handle(_ *event.Engine, ev event.Event) {
	a.w.submit(a.t, fmt.Sprint(ev.Arg), a.gpus, a.duration)
}

func TestHoweverOftenPreemptedEveryJobComputesForItsDurationOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const nodes = 2
		w := newWorld(t, nodes, Preempted{Keep: rapid.Bool().Draw(t, "keep"), Restore: event.Time(rapid.IntRange(0, 1).Draw(t, "restore")) * event.Minute})
		instant := rapid.Int64Range(0, int64(event.Hour))
		var work ledger.Amount
		jobs := rapid.IntRange(1, 20).Draw(t, "jobs")
		for i := range jobs {
			a := &arrival{w, t, rapid.IntRange(1, 8).Draw(t, "GPUs"), event.Time(instant.Draw(t, "duration"))}
			work = work.Add(ledger.Product(int64(a.gpus)*ledger.MilliPerGPU, a.duration))
			w.engine.At(event.Time(instant.Draw(t, "at")), event.ClassArrival, a, 0, int64(i))
		}
		var urgent ledger.Amount
		for range rapid.IntRange(0, 8).Draw(t, "interruptions") {
			clustertest.Interrupt(w.engine, w.cluster, nodes, event.Time(instant.Draw(t, "interrupt")), event.Minute)
			urgent = urgent.Add(ledger.Product(nodes*clustertest.NodeGPUs*ledger.MilliPerGPU, event.Minute))
		}
		end := 100 * event.Hour
		w.engine.RunUntil(end, nil)
		if len(w.done) != jobs {
			t.Fatalf("%d of %d jobs ended", len(w.done), jobs)
		}
		balance := func(a ledger.Account) ledger.Amount {
			return w.ledger.Balance(end, 0, ledger.Key{Class: ledger.Jobs, Account: a})
		}
		if got := balance(ledger.Batch); got != work {
			t.Fatalf("%v GPU-s of computing, the jobs asked for %v", got, work)
		}
		if got := balance(ledger.Starting); got != urgent {
			t.Fatalf("urgent gangs held %v GPU-s, want %v", got, urgent)
		}
		if balance(ledger.Lost).Sign() < 0 {
			t.Fatalf("lost %v GPU-s", balance(ledger.Lost))
		}
		if err := w.ledger.Check(end); err != nil {
			t.Fatal(err)
		}
	})
}
