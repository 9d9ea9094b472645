package service

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/cluster/clustertest"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/serving"
)

// splitWorld is a random disaggregated deployment under a random load, with
// nodes that fail, scaling, cancellations and deadlines, and what became of it.
type splitWorld struct {
	engine  event.Engine
	cluster *cluster.Cluster
	ledger  *ledger.Ledger
	split   *Split
	itl     metrics.Histogram
	live    []serving.Request
	log     strings.Builder
	ended   map[uint64]int
	counts  struct{ preempted, cancelled, completed, cached int }
}

// Event kinds of a split world.
const (
	arrives event.Kind = iota
	givesUp
	expires
)

// splitEngine draws an engine.
func splitEngine(r *event.Rand, longest int, stepMode bool) *serving.Config {
	pick := func(v ...int) int { return v[r.IntN(len(v))] }
	us := int64(event.Microsecond) << perf.TableShift
	t := &perf.StepTable{
		Host: int64(1+r.IntN(2000)) * us, DecodePair: int64(r.IntN(3)) * us / 16, PrefillPair: int64(r.IntN(3)) * us / 16, KVRead: int64(r.IntN(3)) * us / 16,
		TokenFLOPs: 1, PairFLOPs: 1, KVBytes: 1,
	}
	seqs := pick(1, 3, 8, 20)
	tokens := seqs + pick(1, 16, 100)
	for n := range int64(tokens + 1) {
		t.Matrix = append(t.Matrix, max(n*5, 100)*us)
		t.Comm = append(t.Comm, 0)
		t.WeightBytes = append(t.WeightBytes, 1)
	}
	size := pick(1, 4, 16)
	c := &serving.Config{
		Table: t, MaxSeqs: seqs, MaxTokens: tokens, BlockSize: size, Blocks: (2*longest+size+2)/size + pick(0, 5, 100, 1000),
		Queue: serving.Discipline(r.IntN(4)), PrefixCache: r.IntN(2) == 0, ScheduleAhead: r.IntN(2) == 0, StepMode: stepMode,
	}
	if r.IntN(3) == 0 {
		c.HostBlocks, c.HostMove, c.HostOverlap = c.Blocks, int64(r.IntN(50))*us, r.IntN(2) == 0
		c.Preemption = serving.Preemption(r.IntN(2))
	}
	if r.IntN(4) == 0 && seqs*3 <= tokens {
		c.Speculation, _ = serving.NewSpeculation(serving.Proposals{Tokens: 2, Accept: []float64{0.7}, Stream: event.NewStream(1, "speculation")})
	}
	return c
}

// playSplit plays random world i.
func playSplit(t *testing.T, i uint64, stepMode bool) *splitWorld {
	rand := event.NewStream(1, "split").Entity(i)
	r := &rand
	w := &splitWorld{ended: map[uint64]int{}}
	w.cluster, w.ledger = clustertest.New(t, &w.engine, 3)
	longest := []int{5, 60, 200}[r.IntN(3)]
	transfer := Transfer{TokenBytes: 1000, Latency: event.Time(r.IntN(3)) * event.Millisecond, Prefill: 1e6 * float64(1+r.IntN(100)), Decode: 1e6 * float64(1+r.IntN(100))}
	if r.IntN(2) == 0 {
		transfer.Backbone = 1e6 * float64(1+r.IntN(50))
	}
	w.split = NewSplit(&w.engine, transfer, w)
	var parts [2]*Service
	for k, sink := range []serving.Sink{w.split.First(), w.split.Second()} {
		router, err := serving.NewRouter(serving.RouterNames()[r.IntN(len(serving.RouterNames()))], serving.Routing{Draws: event.NewStream(i, "router"), Refresh: 5 * event.Millisecond, Imbalance: 2, Weights: serving.Weights{Queue: 1, KV: 1, Prefix: 1}})
		if err != nil {
			t.Fatal(err)
		}
		c := Config{
			Name: fmt.Sprint("half", k), Replicas: 1 + r.IntN(3), Router: router, DrainTimeout: event.Time(r.IntN(2)) * 20 * event.Millisecond,
			Variant: Variant{Model: "m", Engine: splitEngine(r, longest, stepMode), Start: ColdStart{Fixed: 50 * event.Millisecond}, Gang: cluster.Spec{Workers: 1, GPUsPerWorker: 2 + 2*r.IntN(2), Preemptible: true}},
		}
		if r.IntN(2) == 0 {
			c.Autoscale = &Autoscale{Min: 1, Max: 4, Metric: Metric(r.IntN(4)), Target: 0.5, TTFT: 20 * event.Millisecond, Interval: 100 * event.Millisecond, Cooldown: 200 * event.Millisecond}
		}
		if parts[k], err = New(0, &w.engine, w.cluster, c, sink, &w.itl); err != nil {
			t.Fatal(err)
		}
	}
	w.split.Join(parts[0], parts[1])
	n := 20 + r.IntN(150)
	gap := float64(event.Millisecond) * []float64{0.2, 3, 20}[r.IntN(3)]
	at := event.Time(0)
	w.live = make([]serving.Request, n)
	for k := range w.live {
		if r.IntN(3) > 0 {
			at += event.Time(r.Exp() * gap)
		}
		w.live[k] = serving.Request{ID: uint64(k + 1), Tag: int64(k), Arrive: at, Prompt: int32(1 + r.IntN(longest)), Output: int32(1 + r.IntN(longest)), Priority: int32(r.IntN(2)), Tenant: int32(r.IntN(2)), Content: serving.Content{Tail: uint64(r.IntN(4))}}
		w.engine.At(at, event.ClassArrival, w, arrives, int64(k))
		if r.IntN(6) == 0 {
			w.engine.At(at+event.Time(r.Exp()*50*float64(event.Millisecond)), event.ClassTimer, w, givesUp, int64(k))
		}
		if r.IntN(6) == 0 {
			w.engine.At(at+event.Time(r.Exp()*10*float64(event.Millisecond)), event.ClassTimer, w, expires, int64(k))
		}
	}
	for range r.IntN(4) {
		clustertest.Interrupt(&w.engine, w.cluster, 1+r.IntN(2), 60*event.Millisecond+event.Time(r.Exp()*200*float64(event.Millisecond)), 30*event.Millisecond)
	}
	for now := event.Time(0); now < event.Minute && w.unended() > 0; {
		now += event.Second / 2
		w.engine.RunUntil(now, nil)
		w.settle(t)
	}
	return w
}

func (w *splitWorld) unended() int { return len(w.live) - len(w.ended) }

// settle writes the accounts down.
func (w *splitWorld) settle(t *testing.T) {
	now := w.engine.Now()
	for _, s := range []*Service{w.split.Prefill, w.split.Decode} {
		s.Settle(now)
	}
	if err := w.ledger.Check(now); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&w.log, "%d: accounts %v\n", now, clustertest.Balances(w.ledger, now, ledger.Inference))
}

// Handle implements event.Handler.
func (w *splitWorld) Handle(_ *event.Engine, ev event.Event) {
	q := &w.live[ev.Arg]
	switch {
	case ev.Kind == arrives:
		w.split.Submit(ev.Time, q)
	case w.ended[q.ID] > 0:
	case ev.Kind == givesUp:
		w.split.Cancel(ev.Time, q)
	default:
		w.split.Expire(ev.Time, q)
	}
}

// Done implements serving.Sink.
func (w *splitWorld) Done(now event.Time, q *serving.Request, o serving.Outcome) {
	w.ended[q.ID]++
	w.counts.preempted += int(q.Preemptions)
	w.counts.cached += int(q.Cached)
	switch o {
	case serving.Completed:
		w.counts.completed++
	case serving.Cancelled:
		w.counts.cancelled++
	}
	fmt.Fprintf(&w.log, "%d: request %d %v scheduled %d first %d finish %d generated %d of %d preempted %d recomputed %d cached %d\n",
		now, q.ID, o, q.Scheduled, q.FirstToken, q.Finish, q.Generated, q.Output, q.Preemptions, q.Recomputed, q.Cached)
}

func TestASplitDeploymentIsExactUnderMacroSteps(t *testing.T) {
	var preempted, cancelled, completed, cached int
	for i := range uint64(400) {
		macro, step := playSplit(t, i, false), playSplit(t, i, true)
		if d := cmp.Diff(step.log.String(), macro.log.String()); d != "" {
			t.Fatalf("world %d: macro differs from step (-step +macro):\n%s", i, d)
		}
		if !macro.itl.Equal(&step.itl) {
			t.Fatalf("world %d: inter-token latencies differ", i)
		}
		macro.expectNothingLeft(t, i)
		preempted += macro.counts.preempted
		cancelled += macro.counts.cancelled
		completed += macro.counts.completed
		cached += macro.counts.cached
	}
	t.Logf("%d completed, %d cancelled, %d preemptions, %d tokens cached", completed, cancelled, preempted, cached)
	if preempted < 1000 || cancelled < 1000 || completed < 20_000 || cached < 10_000 {
		t.Error("the worlds no longer cover something of these")
	}
}

// expectNothingLeft checks that every request has ended once and that no memory
// is kept for any.
func (w *splitWorld) expectNothingLeft(t *testing.T, i uint64) {
	for id, n := range w.ended {
		if n != 1 {
			t.Fatalf("world %d: request %d ended %d times", i, id, n)
		}
	}
	if w.unended() > 0 {
		t.Fatalf("world %d: %d requests never ended", i, w.unended())
	}
	if len(w.split.moves) > 0 {
		t.Fatalf("world %d: %d transfers left", i, len(w.split.moves))
	}
	now := w.engine.Now()
	for _, s := range []*Service{w.split.Prefill, w.split.Decode} {
		if s.deployment.Load() != 0 {
			t.Fatalf("world %d: %s has %d requests", i, s.Name(), s.deployment.Load())
		}
		for _, r := range s.replicas {
			if r.serving != nil && (r.serving.KVBlocks(now) != 0 || r.serving.Exports() != 0 || r.serving.Load() != 0) {
				t.Fatalf("world %d: a replica of %s keeps %d blocks and %d exports for %d requests", i, s.Name(), r.serving.KVBlocks(now), r.serving.Exports(), r.serving.Load())
			}
		}
	}
}
