package service

import (
	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/cluster/clustertest"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/serving"
)

// engine returns an engine whose every step takes 10 ms, 2 of them on the host
// and 1 in communication: a request of n tokens takes n steps once it is in.
func engine(seqs int) *serving.Config {
	const ms = int64(event.Millisecond) << perf.TableShift
	t := &perf.StepTable{Host: 2 * ms, TokenFLOPs: 3, KVBytes: 1}
	for range 257 {
		t.Matrix = append(t.Matrix, 7*ms)
		t.Comm = append(t.Comm, ms)
		t.WeightBytes = append(t.WeightBytes, 100)
	}
	return &serving.Config{Table: t, MaxSeqs: seqs, MaxTokens: 256, BlockSize: 16, Blocks: 100_000}
}

// variant returns a model on replicas of so many GPUs that start in a minute.
func variant(model string, gpus int) Variant {
	return Variant{
		Model: model, Engine: engine(8), Start: ColdStart{Fixed: event.Minute},
		Gang: cluster.Spec{Workers: 1, GPUsPerWorker: gpus, Preemptible: true},
	}
}

func baseConfig() Config {
	return Config{Name: "chat", Variant: variant("small", 4), Replicas: 2, Router: serving.LeastRequests{}}
}

// world is a service on nodes of eight GPUs, and what became of its requests.
type world struct {
	tb       clustertest.TB
	engine   *event.Engine
	cluster  *cluster.Cluster
	ledger   *ledger.Ledger
	service  *Service
	itl      metrics.Histogram
	sent     int
	outcomes map[uint64]serving.Outcome
	ends     map[uint64]event.Time
	twice    []uint64 // requests that ended more than once
}

func newWorld(tb clustertest.TB, nodes int, c Config) *world {
	w := &world{tb: tb, engine: &event.Engine{}, outcomes: map[uint64]serving.Outcome{}, ends: map[uint64]event.Time{}}
	w.cluster, w.ledger = clustertest.New(tb, w.engine, nodes)
	var err error
	if w.service, err = New(0, w.engine, w.cluster, c, w, &w.itl); err != nil {
		tb.Fatalf("%v", err)
	}
	return w
}

// Done implements serving.Sink.
func (w *world) Done(now event.Time, q *serving.Request, o serving.Outcome) {
	if _, ended := w.outcomes[q.ID]; ended {
		w.twice = append(w.twice, q.ID)
	}
	w.outcomes[q.ID], w.ends[q.ID] = o, now
}

// Event kinds of a world.
const (
	submits event.Kind = iota
	swaps
	settles
)

// requests makes n requests of so many tokens arrive at an instant.
func (w *world) requests(at event.Time, n, tokens int) {
	for range n {
		w.engine.At(at, event.ClassArrival, w, submits, int64(tokens))
	}
}

// Handle implements event.Handler.
func (w *world) Handle(_ *event.Engine, ev event.Event) {
	switch ev.Kind {
	case submits:
		w.sent++
		w.service.Deployment().Submit(ev.Time, &serving.Request{ID: uint64(w.sent), Prompt: 1, Output: int32(ev.Arg), Arrive: ev.Time})
	case settles:
		w.service.Settle(ev.Time)
	}
}

// swap makes the service change at an instant.
type swap struct {
	w        *world
	variant  Variant
	replicas int
	target   float64
}

// Handle implements event.Handler.
func (s *swap) Handle(_ *event.Engine, ev event.Event) {
	s.w.service.Swap(ev.Time, s.variant, s.replicas, s.target)
}

func (w *world) swap(at event.Time, v Variant, replicas int, target float64) {
	w.engine.At(at, event.ClassTimer, &swap{w, v, replicas, target}, swaps, 0)
}

func (w *world) interrupt(nodes int, at, span event.Time) {
	clustertest.Interrupt(w.engine, w.cluster, nodes, at, span)
}

func (w *world) runTo(t event.Time) { w.engine.RunUntil(t, nil) }

// count returns how many requests ended so.
func (w *world) count(o serving.Outcome) int {
	n := 0
	for _, x := range w.outcomes {
		if x == o {
			n++
		}
	}
	return n
}

// expectReady checks how many replicas take requests and how many gangs run
// now.
func (w *world) expectReady(ready, running int) {
	if w.service.Ready() != ready || w.cluster.RunningGangs() != running {
		w.tb.Fatalf("at %v: %d ready and %d gangs running, want %d and %d", w.engine.Now(), w.service.Ready(), w.cluster.RunningGangs(), ready, running)
	}
}

// models returns the ready replicas' models by the engines they run.
func (w *world) models(names map[*serving.Config]string) map[string]int {
	n := map[string]int{}
	for _, r := range w.service.replicas {
		if r.state == ready {
			n[names[r.engine]]++
		}
	}
	return n
}

// balances settles and returns inference's accounts.
func (w *world) balances() map[string]string {
	now := w.engine.Now()
	w.service.Settle(now)
	if err := w.ledger.Check(now); err != nil {
		w.tb.Fatalf("%v", err)
	}
	return clustertest.Balances(w.ledger, now, ledger.Inference)
}
