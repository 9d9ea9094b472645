package serving

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/perf"
)

// experiment is a random engine under a random load, with reads, cancellations
// and a stop in between: everything that could make macro-steps go wrong.
type experiment struct {
	cfg      Config
	replicas int
	requests []Request
	cancels  []event.Time // by request; 0 = never
	expires  []event.Time
	probes   []event.Time // when usage, load and KV are read
	stops    event.Time   // when replica 0 stops and its requests move; 0 = never
	horizon  event.Time
}

// linearTable is a step table with memory- and compute-bound regions.
func linearTable(r *event.Rand, maxTokens int) *perf.StepTable {
	unit := func(lo, hi int) int64 { return int64(lo + r.IntN(hi-lo+1)) }
	t := &perf.StepTable{Host: unit(0, 1<<22), DecodePair: unit(0, 3000), PrefillPair: unit(0, 3000), KVRead: unit(0, 3000), TokenFLOPs: 1, PairFLOPs: 1, KVBytes: 1}
	perToken, weights, comm := unit(0, 1<<20), unit(0, 1<<24), unit(0, 1<<18)
	if perToken == 0 && weights == 0 && t.Host == 0 {
		t.Host = 1
	}
	for n := range int64(maxTokens + 1) {
		t.Compute = append(t.Compute, perToken*n)
		t.Memory = append(t.Memory, weights)
		t.Comm = append(t.Comm, comm*n)
		t.WeightBytes = append(t.WeightBytes, 100)
	}
	return t
}

// newExperiment draws experiment i.
func newExperiment(i uint64) experiment {
	rand := event.NewStream(1, "differential").Entity(i)
	r := &rand
	pick := func(v ...int) int { return v[r.IntN(len(v))] }
	x := experiment{replicas: 1 + r.IntN(3)}
	seqs := pick(1, 2, 5, 16, 64)
	tokens := seqs + pick(0, 1, 7, 50, 500)
	x.cfg = Config{
		Table: linearTable(r, tokens), MaxSeqs: seqs, MaxTokens: tokens,
		BlockSize: pick(1, 3, 16), Blocks: pick(4, 20, 100, 1000),
		Queue: Discipline(r.IntN(2)), MaxWaiting: pick(0, 0, 0, 5),
	}
	n := 5 + r.IntN(80)
	step := event.Time(1 + (x.cfg.Table.Host+x.cfg.Table.Memory[1])>>perf.TableShift)
	gap := float64(step) * []float64{0, 0.5, 5, 50}[r.IntN(4)]
	now := event.Time(0)
	longest := pick(5, 60, 400)
	for i := range n {
		if r.IntN(3) > 0 { // bursts at equal times
			now += event.Time(r.Exp() * gap)
		}
		x.requests = append(x.requests, Request{
			ID: uint64(i), Arrive: now, Prompt: int32(1 + r.IntN(longest)), Output: int32(1 + r.IntN(longest)), Priority: int32(r.IntN(3)),
		})
		var cancel, expire event.Time
		if r.IntN(5) == 0 {
			cancel = now + event.Time(r.Exp()*float64(step)*20)
		}
		if r.IntN(5) == 0 {
			expire = now + event.Time(r.Exp()*float64(step)*5)
		}
		x.cancels = append(x.cancels, cancel)
		x.expires = append(x.expires, expire)
	}
	x.horizon = now + step*event.Time(longest*(4+r.IntN(40)))
	for range r.IntN(30) {
		x.probes = append(x.probes, event.Time(r.Float64()*float64(x.horizon)))
	}
	if r.IntN(4) == 0 {
		x.stops = event.Time(r.Float64() * float64(now+10*step))
	}
	return x
}

// trial runs an experiment and writes down everything that can be seen.
type trial struct {
	x        *experiment
	replicas []*Replica
	on       []int // replica of each request
	live     []Request
	itl      metrics.Histogram
	log      strings.Builder
	probes   bool
	ended    int
	preempts int
}

// Event kinds of a trial.
const (
	arrive event.Kind = iota
	cancelIt
	expireIt
	probe
	stop
)

func (t *trial) Handle(e *event.Engine, ev event.Event) {
	i := int(ev.Arg)
	switch ev.Kind {
	case arrive:
		best := 0 // least requests: a router whose choice depends on the state
		for j, r := range t.replicas {
			if t.replicas[best].stopped || (!r.stopped && r.Load() < t.replicas[best].Load()) {
				best = j
			}
		}
		t.on[i] = best
		t.replicas[best].Submit(ev.Time, &t.live[i])
	case cancelIt:
		t.replicas[t.on[i]].Cancel(ev.Time, &t.live[i])
	case expireIt:
		t.replicas[t.on[i]].Expire(ev.Time, &t.live[i])
	case probe:
		for j, r := range t.replicas {
			u, w := r.Usage(ev.Time), r.Work(ev.Time)
			if t.probes {
				fmt.Fprintf(&t.log, "%d: replica %d load %d kv %d usage %v work %+v\n", ev.Time, j, r.Load(), r.KVBlocks(ev.Time), u, w)
			}
		}
	case stop:
		left := t.replicas[0].Stop(ev.Time)
		fmt.Fprintf(&t.log, "%d: stopped with %d, usage %v\n", ev.Time, len(left), t.replicas[0].final)
		for _, q := range left {
			t.on[q.ID] = 1
			t.replicas[1].Submit(ev.Time, q)
		}
	}
}

func (t *trial) Done(now event.Time, q *Request, o Outcome) {
	t.ended++
	t.preempts += int(q.Preemptions)
	fmt.Fprintf(&t.log, "%d: request %d %v scheduled %d first %d finish %d generated %d preempted %d recomputed %d\n",
		now, q.ID, o, q.Scheduled, q.FirstToken, q.Finish, q.Generated, q.Preemptions, q.Recomputed)
}

// run plays the experiment and returns the trial.
func (x *experiment) run(stepMode, probes bool) *trial {
	var e event.Engine
	cfg := x.cfg
	cfg.StepMode = stepMode
	t := &trial{x: x, probes: probes, live: make([]Request, len(x.requests)), on: make([]int, len(x.requests))}
	copy(t.live, x.requests)
	for range x.replicas {
		t.replicas = append(t.replicas, NewReplica(&e, &cfg, t, &t.itl))
	}
	for i, q := range x.requests {
		e.At(q.Arrive, event.ClassArrival, t, arrive, int64(i))
		if x.cancels[i] > 0 {
			e.At(x.cancels[i], event.ClassTimer, t, cancelIt, int64(i))
		}
		if x.expires[i] > 0 {
			e.At(x.expires[i], event.ClassTimer, t, expireIt, int64(i))
		}
	}
	if probes {
		for _, at := range x.probes {
			e.At(at, event.ClassSample, t, probe, 0)
		}
	}
	if x.stops > 0 && x.replicas > 1 {
		e.At(x.stops, event.ClassFault, t, stop, 0)
	}
	e.RunUntil(x.horizon, nil)
	for j, r := range t.replicas {
		fmt.Fprintf(&t.log, "end: replica %d load %d kv %d usage %v work %+v\n", j, len(leftOn(r)), r.KVBlocks(e.Now()), r.Usage(e.Now()), r.Work(e.Now()))
	}
	return t
}

func leftOn(r *Replica) []*Request {
	var out []*Request
	if !r.stopped {
		r.engine.running(func(q *Request) { out = append(out, q) })
	}
	return out
}

func TestMacroStepsEqualSingleSteps(t *testing.T) {
	preemptions, requests := 0, 0
	for i := range uint64(2000) {
		x := newExperiment(i)
		macro, step := x.run(false, true), x.run(true, true)
		if d := cmp.Diff(step.log.String(), macro.log.String()); d != "" {
			t.Fatalf("experiment %d (%+v): macro differs from step (-step +macro):\n%s", i, x.cfg, d)
		}
		if !macro.itl.Equal(&step.itl) {
			t.Fatalf("experiment %d: inter-token latencies differ", i)
		}
		preemptions += macro.preempts
		requests += macro.ended
	}
	t.Logf("%d requests ended, %d preemptions", requests, preemptions)
	if preemptions < 1000 {
		t.Errorf("only %d preemptions: the experiments no longer cover KV exhaustion", preemptions)
	}
}

func TestReadingChangesNothing(t *testing.T) {
	for i := range uint64(300) {
		x := newExperiment(i)
		with, without := x.run(false, true), x.run(false, false)
		var kept []string
		for _, line := range strings.Split(with.log.String(), "\n") {
			if !strings.Contains(line, "usage") || strings.Contains(line, "stopped") || strings.HasPrefix(line, "end") {
				kept = append(kept, line)
			}
		}
		if d := cmp.Diff(without.log.String(), strings.Join(kept, "\n")); d != "" {
			t.Fatalf("experiment %d: reads changed the run (-without +with):\n%s", i, d)
		}
	}
}
