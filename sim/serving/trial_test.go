package serving

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/metrics"
)

// trial plays an experiment and writes down everything that can be seen.
type trial struct {
	x          *experiment
	engine     event.Engine
	cfg        Config
	deployment *Deployment
	replicas   []*Replica // all there ever were
	live       []Request
	turns      []int
	itl        metrics.Histogram
	log        strings.Builder
	reads      strings.Builder // what probes saw
	arrived    int
	ended      [Outcomes]int
	preempts   int
	stops      int
	inSystem   event.Time // summed time in system
}

// run plays the experiment to its horizon.
func (x *experiment) run(stepMode, probes bool) *trial {
	t := &trial{x: x, cfg: x.cfg, live: slices.Clone(x.requests), turns: slices.Clone(x.turns)}
	t.cfg.StepMode = stepMode
	router, err := NewRouter(x.router, x.routing)
	if err != nil {
		panic(err)
	}
	t.deployment = NewDeployment(router, t, x.limit)
	if x.admission != nil {
		t.deployment.Admit(*x.admission)
	}
	for range x.replicas {
		t.add(0)
	}
	e := &t.engine
	for i, q := range x.requests {
		e.At(q.Arrive, event.ClassArrival, t, arrive, int64(i))
		if x.cancels[i] > 0 {
			e.At(q.Arrive+x.cancels[i], event.ClassTimer, t, cancelIt, int64(i))
		}
		if x.expires[i] > 0 {
			e.At(q.Arrive+x.expires[i], event.ClassTimer, t, expireIt, int64(i))
		}
	}
	for _, c := range x.commands {
		e.At(c.at, c.class, t, c.what, 0)
	}
	if probes {
		for _, at := range x.probes {
			e.At(at, event.ClassSample, t, probe, 0)
		}
	}
	for x.watch != nil && e.Next() <= x.horizon {
		e.Step()
		x.watch(t, e.Now())
	}
	e.RunUntil(x.horizon, nil)
	if x.watch != nil {
		x.watch(t, e.Now())
	}
	t.read(&t.log, e.Now())
	t.writeUnfinished(e.Now())
	return t
}

func (t *trial) add(now event.Time) {
	r := NewReplica(&t.engine, &t.cfg, t.deployment, &t.itl)
	if t.cfg.Table.FirstUse > 0 {
		r.Cold()
	}
	t.replicas = append(t.replicas, r)
	t.deployment.Add(now, r)
}

// Handle implements event.Handler.
func (t *trial) Handle(_ *event.Engine, ev event.Event) {
	switch ev.Kind {
	case arrive:
		t.arrived++
		t.deployment.Submit(ev.Time, &t.live[ev.Arg])
	case cancelIt:
		t.deployment.Cancel(ev.Time, &t.live[ev.Arg])
	case expireIt:
		t.deployment.Expire(ev.Time, &t.live[ev.Arg])
	case probe:
		t.read(&t.reads, ev.Time)
	case addReplica:
		t.add(ev.Time)
	case drainReplica, stopReplica:
		if len(t.deployment.Ready()) > 0 {
			r := t.deployment.Ready()[0]
			t.deployment.Remove(r)
			if ev.Kind == stopReplica {
				t.stop(ev.Time, r)
			}
		}
	}
}

func (t *trial) stop(now event.Time, r *Replica) {
	t.stops++
	left := r.Stop(now)
	fmt.Fprintf(&t.log, "%d: stopped with %d, usage %v\n", now, len(left), r.final)
	t.deployment.Retry(now, left)
}

// Done implements Sink.
func (t *trial) Done(now event.Time, q *Request, o Outcome) {
	t.ended[o]++
	t.preempts += int(q.Preemptions)
	t.inSystem += q.E2E()
	fmt.Fprintf(&t.log, "%d: request %d %v scheduled %d first %d finish %d tpot %d generated %d preempted %d recomputed %d cached %d\n",
		now, q.ID, o, q.Scheduled, q.FirstToken, q.Finish, q.TPOT(), q.Generated, q.Preemptions, q.Recomputed, q.Cached)
	i := q.Tag
	if o == Completed && t.turns[i] > 0 {
		t.turns[i]--
		t.arrived++
		q.ID += 1000
		q.Arrive = now
		t.deployment.Submit(now, q)
	}
	if c := t.x.chained[i]; c >= 0 {
		t.deployment.Cancel(now, &t.live[c])
	}
}

// read writes down everything a reader can see.
func (t *trial) read(w *strings.Builder, now event.Time) {
	fmt.Fprintf(w, "%d: load %d held %d ready %d\n", now, t.deployment.Load(), t.deployment.Held(), len(t.deployment.Ready()))
	for i, r := range t.replicas {
		fmt.Fprintf(w, "%d: replica %d load %d running %d waiting %d kv %d usage %v work %+v\n",
			now, i, r.Load(), r.Running(), r.Waiting(), r.KVBlocks(now), r.Usage(now), r.Work(now))
	}
}

// writeUnfinished writes down the requests still in the system.
func (t *trial) writeUnfinished(now event.Time) {
	var left []string
	note := func(q *Request) {
		t.ended[Unfinished]++
		t.inSystem += now - q.Arrive
		left = append(left, fmt.Sprintf("%d: request %d unfinished scheduled %d first %d generated %d\n", now, q.ID, q.Scheduled, q.FirstToken, q.Generated))
	}
	t.deployment.Unfinished(note)
	for _, r := range t.replicas {
		r.Unfinished(now, note)
	}
	slices.Sort(left)
	t.log.WriteString(strings.Join(left, ""))
}
