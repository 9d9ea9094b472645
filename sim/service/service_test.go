package service

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/cluster/clustertest"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/serving"
)

func TestRequestsWaitUntilReplicasHaveStarted(t *testing.T) {
	w := newWorld(t, 1, baseConfig())
	w.requests(10*event.Second, 4, 100)
	w.runTo(event.Minute - 1)
	w.expectReady(0, 2)
	if len(w.outcomes) != 0 || w.service.Deployment().Held() != 4 {
		t.Fatalf("%d requests ended, %d held before any replica is ready", len(w.outcomes), w.service.Deployment().Held())
	}
	w.runTo(event.Minute)
	w.expectReady(2, 2)
	w.runTo(2 * event.Minute)
	for id, end := range w.ends { // 100 steps of 10 ms in one batch
		if w.outcomes[id] != serving.Completed || end < event.Minute+event.Second || end > event.Minute+1010*event.Millisecond {
			t.Errorf("request %d %v at %v, want completed 1 s after the start", id, w.outcomes[id], end)
		}
	}
	if len(w.ends) != 4 || w.service.Peak() != 2 {
		t.Errorf("%d requests ended, %d replicas at the peak: want 4 and 2", len(w.ends), w.service.Peak())
	}
}

func TestGPUTimeStandsInTheAccountOfWhatReplicasDo(t *testing.T) {
	w := newWorld(t, 1, baseConfig())
	w.requests(2*event.Minute, 1, 100)
	w.runTo(5 * event.Minute)
	want := map[string]string{
		ledger.Starting.String():     "480",   // 2 × 4 GPUs × 60 s
		ledger.Prefill.String():      "0.028", // 4 GPUs × 7 ms
		ledger.Decode.String():       "2.772", // 4 GPUs × 99 steps × 7 ms
		ledger.StalledHost.String():  "0.8",   // 4 GPUs × 100 steps × 2 ms
		ledger.StalledComm.String():  "0.4",   // 4 GPUs × 100 steps × 1 ms
		ledger.StalledEmpty.String(): "1916",  // the rest of 8 GPUs × 240 s
	}
	if d := cmp.Diff(want, w.balances()); d != "" {
		t.Errorf("accounts:\n%s", d)
	}
	if flops, bytes := w.service.Work(5 * event.Minute); flops != 300 || bytes < 100*100 {
		t.Errorf("%v FLOPs and %v bytes: want 100 tokens × 3 FLOPs, and weights read 100 times", flops, bytes)
	}
}

func TestSettlingOftenChangesNoAccount(t *testing.T) {
	run := func(every event.Time) (map[string]string, map[uint64]event.Time) {
		w := newWorld(t, 1, baseConfig())
		for i := range event.Time(20) {
			w.requests(event.Minute+i*777*event.Millisecond, 3, 150)
		}
		for at := every; every > 0 && at < 3*event.Minute; at += every {
			w.engine.At(at, event.ClassSample, w, settles, 0)
		}
		w.interrupt(1, 70*event.Second, 20*event.Second)
		w.runTo(3 * event.Minute)
		return w.balances(), w.ends
	}
	once, ends := run(0)
	often, same := run(1_234_567 * event.Microsecond)
	if d := cmp.Diff(once, often); d != "" {
		t.Errorf("accounts:\n%s", d)
	}
	if d := cmp.Diff(ends, same); d != "" {
		t.Errorf("ends of requests:\n%s", d)
	}
}

func TestAPreemptedReplicasRequestsAreServedByAnother(t *testing.T) {
	// Two replicas on two nodes; an urgent gang takes the node of one of them.
	c := baseConfig()
	c.Variant = variant("large", 8)
	w := newWorld(t, 2, c)
	w.requests(2*event.Minute, 8, 1000)
	w.interrupt(1, 2*event.Minute+5*event.Second, event.Minute)
	w.runTo(2*event.Minute + 6*event.Second)
	w.expectReady(1, 2)
	if load := w.service.Deployment().Load(); load != 8 {
		t.Fatalf("%d requests in the system, want all 8", load)
	}
	// The urgent gang leaves after a minute, the replica starts in another.
	w.runTo(4*event.Minute + 4*event.Second)
	w.expectReady(1, 2)
	w.runTo(4*event.Minute + 6*event.Second)
	w.expectReady(2, 2)
	if w.count(serving.Completed) != 8 || len(w.twice) > 0 {
		t.Errorf("outcomes %v, twice %v: want 8 completed", w.outcomes, w.twice)
	}
	w.balances()
}

func TestWithoutAnyReplicaRequestsWaitForTheNext(t *testing.T) {
	w := newWorld(t, 1, baseConfig())
	w.requests(2*event.Minute, 4, 1000)
	w.interrupt(1, 2*event.Minute+5*event.Second, event.Minute)
	w.runTo(3 * event.Minute)
	w.expectReady(0, 1)
	if held := w.service.Deployment().Held(); held != 4 {
		t.Fatalf("%d requests held, want 4", held)
	}
	w.runTo(10 * event.Minute)
	w.expectReady(2, 2)
	if w.count(serving.Completed) != 4 {
		t.Errorf("outcomes %v, want 4 completed", w.outcomes)
	}
}

func TestARouterNeverSeesReplicasThatAreNotReady(t *testing.T) {
	w := newWorld(t, 4, Config{Name: "chat", Variant: variant("small", 8), Replicas: 6, Router: &serving.RoundRobin{}})
	w.requests(5*event.Minute, 40, 10)
	w.runTo(6 * event.Minute)
	w.expectReady(4, 4) // the fleet holds no more; two wait
	if w.cluster.Queue() != 2 || w.count(serving.Completed) != 40 {
		t.Errorf("%d gangs wait, outcomes %v: want 2 waiting and 40 completed", w.cluster.Queue(), w.outcomes)
	}
}

func TestUnfinishedRequestsAreAllThatHaveNotEnded(t *testing.T) {
	w := newWorld(t, 1, baseConfig())
	w.requests(2*event.Minute, 30, 100)
	w.requests(2*event.Minute+event.Second, 7, 1000)
	w.runTo(2*event.Minute + 1500*event.Millisecond)
	left := map[uint64]bool{}
	w.service.Unfinished(w.engine.Now(), func(q *serving.Request) { left[q.ID] = true })
	for id := uint64(1); id <= 37; id++ {
		if _, ended := w.outcomes[id]; ended == left[id] {
			t.Errorf("request %d: ended %v, unfinished %v", id, ended, left[id])
		}
	}
	if len(w.outcomes) == 0 || len(left) == 0 {
		t.Errorf("%d ended and %d unfinished, want some of each", len(w.outcomes), len(left))
	}
}

func TestServicesThatCannotWorkAreRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"no replicas", func(c *Config) { c.Replicas = 0 }, "0 replicas"},
		{"engine without sequences", func(c *Config) { c.Variant.Engine.MaxSeqs = 0 }, "max_num_seqs is 0"},
		{"replica larger than any node", func(c *Config) { c.Variant = variant("huge", 9) }, "can never start"},
		{"scaling from 0", func(c *Config) { c.Autoscale = &Autoscale{Max: 3, Target: 1, Interval: 1} }, "1 ≤ min ≤ max"},
		{"bounds crossed", func(c *Config) { c.Autoscale = &Autoscale{Min: 4, Max: 3, Target: 1, Interval: 1} }, "1 ≤ min ≤ max"},
		{"no target", func(c *Config) { c.Autoscale = &Autoscale{Min: 1, Max: 3, Interval: 1} }, "target 0"},
		{"no interval", func(c *Config) { c.Autoscale = &Autoscale{Min: 1, Max: 3, Target: 1} }, "interval 0s"},
	} {
		config := baseConfig()
		c.change(&config)
		e := &event.Engine{}
		cl, _ := clustertest.New(t, e, 1)
		_, err := New(0, e, cl, config, &world{}, &metrics.Histogram{})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "deployment chat: ") {
			t.Errorf("%s: error %v, want one of deployment chat with %q", c.name, err, c.want)
		}
		if cl.Queue() != 0 {
			t.Errorf("%s: %d gangs queued by a service that was refused", c.name, cl.Queue())
		}
	}
}

func TestAVariantThatNoNodeHoldsFailsItsCheck(t *testing.T) {
	w := newWorld(t, 1, baseConfig())
	fits, huge, broken := variant("fits", 8), variant("huge", 9), variant("broken", 1)
	broken.Engine.Blocks = 0
	if err := w.service.Check(&fits); err != nil {
		t.Errorf("error %v for a variant that fits", err)
	}
	for _, v := range []Variant{huge, broken} {
		if w.service.Check(&v) == nil {
			t.Errorf("no error for %s", v.Model)
		}
	}
	if n := (&Variant{Gang: cluster.Spec{Workers: 2, GPUsPerWorker: 8}}).GPUs(); n != 16 {
		t.Errorf("a replica of two nodes has %d GPUs, want 16", n)
	}
}
