package failure_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/failure"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/training"
)

func anyConfig(t *rapid.T, nodes int, horizon event.Time) failure.Config {
	c := failure.Config{Spares: rapid.IntRange(0, nodes-1).Draw(t, "spares"), Until: horizon}
	hours := func(name string, least, most int) event.Time {
		return event.Time(rapid.IntRange(least, most).Draw(t, name)) * event.Hour / 10
	}
	span := func(name string, mean float64) failure.Span {
		return []failure.Span{nil, constant(mean), exponential(mean)}[rapid.IntRange(0, 2).Draw(t, name)]
	}
	for k := range c.Laws {
		if rapid.Bool().Draw(t, "fails") {
			c.Laws[k] = failure.Law{
				MTBF: hours("mtbf", 20, 2000), Shape: rapid.SampledFrom([]float64{0.5, 1, 2}).Draw(t, "shape"),
				Detection: span("detection", 600), Repair: span("repair", 7200), NodeWide: rapid.Bool().Draw(t, "wide"),
			}
		}
	}
	if rapid.Bool().Draw(t, "stragglers") {
		c.Stragglers = failure.Stragglers{
			Share: rapid.SampledFrom([]float64{0.05, 0.3, 1}).Draw(t, "share"), Slowdown: 0.5,
			Stay: rapid.Bool().Draw(t, "stay"), Detection: span("found", 900), Repair: constant(rapid.IntRange(600, 7200).Draw(t, "slow repair")),
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "drains") {
		first := rapid.IntRange(0, nodes-1).Draw(t, "first")
		c.Drains = append(c.Drains, failure.Drain{
			At: hours("at", 0, 800), Duration: hours("duration", 1, 50), Every: hours("every", 6, 10) * 10,
			First: first, Nodes: rapid.IntRange(1, nodes-first).Draw(t, "nodes"),
		})
	}
	return c
}

// TestWhateverBreaksTheBooksBalance runs gangs of all shapes under anything
// that can break: the accounts balance throughout, no gang runs on a node that
// is out of service, never more nodes serve than are meant to, and every gang
// whose room exists completes once things are quiet.
func TestWhateverBreaksTheBooksBalance(t *testing.T) {
	const nodes, gpus, horizon = 6, 4, 100 * event.Hour
	var failed int64
	rapid.Check(t, func(t *rapid.T) {
		c := anyConfig(t, nodes, horizon)
		w := newWorld(t, nodes, gpus, 2, c)
		var gangs []*cluster.Gang
		for i := range rapid.IntRange(1, 20).Draw(t, "jobs") {
			spec := cluster.Spec{
				Name: fmt.Sprint("job", i), Workers: rapid.IntRange(1, 3).Draw(t, "workers"), Priority: int32(rapid.IntRange(0, 2).Draw(t, "priority")), Preemptible: true,
				CPUMilli: 1000, MemoryMiB: 1024,
			}
			switch rapid.IntRange(0, 2).Draw(t, "shape") {
			case 0:
				spec.GPUsPerWorker = rapid.IntRange(1, gpus).Draw(t, "gpus")
			case 1:
				spec.GPUMilli = rapid.IntRange(1, 999).Draw(t, "milli")
			}
			length := event.Time(rapid.IntRange(1, 3000).Draw(t, "minutes")) * event.Minute
			g, err := w.runner.Submit(0, spec, length)
			if err != nil {
				continue // more than the pool has without its spares
			}
			gangs = append(gangs, g)
		}
		job := anyTraining(t, w, gpus)
		if err := job.Submit(0); err == nil { // else the pool is too small without its spares
			gangs = append(gangs, job.Gang())
		}
		w.run(horizon, func() {
			if err := w.ledger.Check(w.engine.Now()); err != nil {
				t.Fatal(err)
			}
			checkFleet(t, w, gangs, nodes*gpus)
		})
		if job.Gang() != nil {
			job.Close(horizon)
		}
		if err := w.ledger.Check(horizon); err != nil {
			t.Fatal(err)
		}
		if s := job.Stats(horizon); s.ETTR() > 1 || s.Lost.Sub(w.ledger.Balance(horizon, 0, ledger.Key{Class: ledger.Training, Account: ledger.Lost})).Sign() != 0 {
			t.Fatalf("ETTR %v; lost %v, and %v in the ledger", s.ETTR(), s.Lost, w.ledger.Balance(horizon, 0, ledger.Key{Class: ledger.Training, Account: ledger.Lost}))
		}
		for _, n := range w.process.Stats().Failures {
			failed += n
		}
	})
	if failed < 1000 {
		t.Errorf("only %d failures were tried", failed)
	}
}

// anyTraining returns a job on three nodes, that may shrink to two and one.
func anyTraining(t *rapid.T, w *world, gpus int) *training.Job {
	model := func(workers int) steady {
		return steady{20 * event.Second * 3 / event.Time(workers), 30, workers * gpus}
	}
	c := training.Config{
		Spec:  cluster.Spec{Name: "llm", Workers: 3, GPUsPerWorker: gpus, Priority: int32(rapid.IntRange(0, 3).Draw(t, "priority")), Preemptible: true},
		Model: model(3), Steps: rapid.Int64Range(1, 20_000).Draw(t, "steps"), CheckpointBandwidth: 1, Init: event.Minute,
		CheckpointEvery: event.Time(rapid.IntRange(1, 60).Draw(t, "every")) * event.Minute, Async: rapid.Bool().Draw(t, "async"),
	}
	if rapid.Bool().Draw(t, "elastic") {
		c.Elastic = &training.Elastic{
			Wait:  event.Time(rapid.IntRange(1, 30).Draw(t, "wait")) * event.Minute,
			Sizes: []training.Size{{Workers: 2, Model: model(2)}, {Workers: 1, Model: model(1)}},
		}
	}
	job, err := training.New(&w.engine, w.cluster, w, c)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// checkFleet compares what gangs, outages and the idle accounts hold.
func checkFleet(t *rapid.T, w *world, gangs []*cluster.Gang, size int) {
	var held int64
	for _, g := range gangs {
		if g.State == cluster.Running || g.State == cluster.Hung {
			held += g.Milli()
		}
	}
	nobody := func(a ledger.Account) int64 { return w.ledger.Held(0, ledger.Key{Class: ledger.Nobody, Account: a}) }
	idle := nobody(ledger.IdleNoDemand) + nobody(ledger.IdleFragmented) + nobody(ledger.IdleReserved)
	if total := held + idle + nobody(ledger.Down); total != int64(size)*ledger.MilliPerGPU {
		t.Fatalf("gangs hold %d, idle %d, down %d: want %d in all", held, idle, nobody(ledger.Down), size*ledger.MilliPerGPU)
	}
	free := w.cluster.Fleet().Pools[0].FreeMilli()
	if free+held+w.cluster.Out(0) != int64(size)*ledger.MilliPerGPU {
		t.Fatalf("free %d, held %d, out of service %d", free, held, w.cluster.Out(0))
	}
}

// TestSparesKeepTheMeantNumberOfNodesInService counts nodes that work: as many
// serve as are meant to, or all of them.
func TestSparesKeepTheMeantNumberOfNodesInService(t *testing.T) {
	const nodes, horizon = 8, 500 * event.Hour
	rapid.Check(t, func(t *rapid.T) {
		c := anyConfig(t, nodes, horizon)
		for k := range c.Laws { // noticed at once; a failing GPU takes its node
			c.Laws[k].Detection, c.Laws[k].NodeWide = nil, true
		}
		w := newWorld(t, nodes, 4, 2, c)
		w.run(horizon, func() {
			if w.engine.Next() == w.engine.Now() {
				return // look between instants
			}
			out := w.cluster.Out(0) / (4 * ledger.MilliPerGPU)
			down := w.ledger.Held(0, ledger.Key{Class: ledger.Nobody, Account: ledger.Down}) / (4 * ledger.MilliPerGPU)
			if serving, want := nodes-out, min(nodes-int64(c.Spares), nodes-down); serving != want {
				t.Fatalf("%v: %d nodes serve, want %d (%d down, %d spares)", w.engine.Now(), serving, want, down, c.Spares)
			}
		})
	})
}
