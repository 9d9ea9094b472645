package failure_test

import (
	"fmt"
	"testing"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/failure"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/training"
)

// TestAnElasticJobShrinksAndGrowsBack drains one of three nodes under a job on
// all three, whose steps take 20 s there and 30 s on two.
func TestAnElasticJobShrinksAndGrowsBack(t *testing.T) {
	const until = 3 * event.Hour
	c := failure.Config{Until: until, Drains: []failure.Drain{{At: 31 * event.Minute, Duration: minutes(60), Nodes: 1}}}
	run := func(elastic *training.Elastic) (training.Stats, string) {
		w := newWorld(t, 3, 8, 0, c)
		job, err := training.New(&w.engine, w.cluster, w, training.Config{
			Spec:  cluster.Spec{Name: "llm", Workers: 3, GPUsPerWorker: 8},
			Model: steady{20 * event.Second, 0, 24}, Steps: 10_000, CheckpointEvery: 10 * event.Minute, Init: event.Minute, Elastic: elastic,
		})
		if err == nil {
			err = job.Submit(0)
		}
		if err != nil {
			t.Fatal(err)
		}
		story, last := "", int64(-1)
		w.run(until, func() {
			held := int64(0)
			if g := job.Gang(); g.State == cluster.Running {
				held = g.Milli() / (8 * ledger.MilliPerGPU)
			}
			if w.engine.Next() > w.engine.Now() && held != last {
				story += fmt.Sprintf("%v:%d ", w.engine.Now(), held)
				last = held
			}
		})
		job.Close(until)
		w.check(t)
		return job.Stats(until), story
	}
	rigid, story := run(nil)
	if want := "0s:3 31m0s:0 1h31m0s:3 "; story != want {
		t.Errorf("rigid: nodes held %q, want %q", story, want)
	}
	// It waits for 5 min, then starts on two nodes for 1 min. From 37 min on it
	// completes a checkpoint every 10 min, at 1 h 37 with all nodes back.
	elastic, story := run(&training.Elastic{Wait: minutes(5), Sizes: []training.Size{{Workers: 2, Model: steady{30 * event.Second, 0, 16}}}})
	if want := "0s:3 31m0s:0 36m0s:2 1h37m0s:3 "; story != want {
		t.Errorf("elastic: nodes held %q, want %q", story, want)
	}
	// Rigid: 30 min and 88 min at 3 steps a minute. Elastic: 30, 60 at 2 steps a
	// minute, and 82.
	if rigid.Steps != 3*(30+88) || elastic.Steps != 3*30+2*60+3*82 || elastic.Shrunk != 1 {
		t.Errorf("%d steps rigid, %d elastic in %d shrunk runs; want %d and %d in 1", rigid.Steps, elastic.Steps, elastic.Shrunk, 3*(30+88), 3*30+2*60+3*82)
	}
	if elastic.Preemptions != 1 || elastic.Runs != 3 {
		t.Errorf("%d preemptions and %d runs, want 1 and 3", elastic.Preemptions, elastic.Runs)
	}
}

// minutes returns so many.
func minutes(n int) event.Time { return event.Time(n) * event.Minute }
