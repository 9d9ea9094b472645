package serving

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/metrics"
)

// Replica is one running copy of an engine: a batch, a waiting queue and KV
// memory. It owns one timer of the event engine.
type Replica struct {
	core
	engine  engine
	place   int    // among a deployment's candidates; −1 = none
	number  uint64 // in order of joining the deployment
	view    view   // what its router knows of it
	stopped bool
	paused  event.Time // no step starts before
	final   Usage      // once stopped
}

// engine advances the batch. There are two: macro, and stepper, its oracle.
type engine interface {
	// wake says that the head of the queue has changed while a step may be in
	// progress: a batch that could admit it must form at the next boundary.
	wake(now event.Time)
	// drop says that a running request has been cancelled.
	drop(now event.Time)
	// end completes the step in progress, whose end is now.
	end(now event.Time)
	// form starts the next step at the clock, which is at or just before now.
	form(now event.Time)
	// sync brings the counters to the last boundary at or before now.
	sync(now event.Time)
	// settle makes the prefix cache give up what the steps taken by now have
	// needed: what comes after may find more room in host memory.
	settle(now event.Time)
	// usage returns Usage at now, after sync.
	usage(now event.Time) Usage
	// running calls f for every running request in order of admission.
	running(f func(*Request))
}

var _ event.Handler = (*Replica)(nil)

// NewReplica returns an empty replica that is ready at the event engine's
// current time. Inter-token latencies of its requests go to itl, in units of
// 2⁻¹⁶ ns; it may be shared between replicas. The configuration must be valid.
func NewReplica(e *event.Engine, cfg *Config, sink Sink, itl *metrics.Histogram) *Replica {
	r := &Replica{place: -1, core: core{cfg: cfg, events: e, sink: sink, itl: itl, queue: newQueue(cfg.Queue, cfg.Fair), queries: cfg.queries()}}
	if cfg.PrefixCache {
		r.cache = newPrefixCache(cfg.BlockSize)
		r.cache.room = int64(cfg.HostBlocks)
	}
	r.clock.ns = e.Now()
	r.timer = e.NewTimer(r, 0, 0)
	if cfg.StepMode {
		r.engine = &stepper{core: &r.core}
	} else {
		r.engine = newMacro(&r.core)
	}
	return r
}

// Cold says that the replica, which has had no request yet, runs on a server
// that has just started and has not been warmed up: its first steps with prompts
// take longer, by the table's FirstUse.
func (r *Replica) Cold() { r.cold = coldSteps }

// Submit hands a request to the replica, which ends it through the sink sooner
// or later. A request that could never fit, or finds the queue full, is
// rejected at once. A request without a prompt or an output is a programming
// error.
func (r *Replica) Submit(now event.Time, q *Request) {
	if q.Prompt < 1 || q.Output < 1 {
		panic(fmt.Sprintf("serving: request %d has %d prompt and %d output tokens, both must be at least 1", q.ID, q.Prompt, q.Output))
	}
	if q.Second() {
		r.expect(now, q)
		return
	}
	q.reset()
	if !r.cfg.Fits(q) || (r.cfg.MaxWaiting > 0 && r.queue.len() >= r.cfg.MaxWaiting) {
		q.Finish = now
		r.sink.Done(now, q, Rejected)
		return
	}
	q.phase = waiting
	q.target = q.Prompt
	q.submitted = now
	r.queue.push(q)
	r.waitingTokens += int64(q.target)
	r.load++
	switch {
	case r.state == idle:
		r.clock = span{ns: now}
		r.state = forming
		r.events.Arm(r.timer, now, event.ClassStep)
	case r.state == stepping && r.queue.head() == q:
		r.engine.wake(now)
	}
}

// Cancel ends a request early. A waiting request ends now, a running one at
// the next step boundary, unless it completes there. Cancelling a request that
// has ended, or was never submitted here, does nothing.
func (r *Replica) Cancel(now event.Time, q *Request) {
	switch q.phase {
	case waiting:
		r.leave(now, q, Cancelled)
	case inTransit:
		r.outOfTransit(q)
		r.abandon(now, q)
		r.finish(now, q, Cancelled)
	case prefilling, decoding:
		if !q.cancelled {
			q.cancelled = true
			r.anyCancelled = true
			if r.state == stepping {
				r.engine.drop(now)
			}
		}
	}
}

// Expire rejects a request that is still waiting for its first batch, as an
// engine does with a request whose deadline has passed. A request that has
// started goes on.
func (r *Replica) Expire(now event.Time, q *Request) {
	if q.phase == waiting && q.Preemptions == 0 && q.Generated == 0 {
		r.leave(now, q, Rejected)
	}
}

// Pause keeps the replica from starting another step before a time: whoever
// loads new weights into it does that. A step in progress ends first, and what
// the replica has computed stays.
func (r *Replica) Pause(now, until event.Time) {
	r.paused = until
	if r.state == stepping {
		r.engine.drop(now)
	}
}

// leave takes a waiting request out of the queue and ends it.
func (r *Replica) leave(now event.Time, q *Request, o Outcome) {
	wasHead := r.queue.head() == q
	r.queue.remove(q)
	if q.leg == landed {
		r.abandon(now, q)
	} else {
		r.waitingTokens -= int64(q.target)
	}
	if q.saved > 0 {
		r.engine.settle(now)
		r.dropCopy(q)
	}
	r.finish(now, q, o)
	if wasHead && r.queue.len() > 0 && r.state == stepping {
		r.engine.wake(now)
	}
}

// Handle implements event.Handler: a step ends, or a batch forms.
func (r *Replica) Handle(e *event.Engine, ev event.Event) {
	if ev.Class == event.ClassEnd {
		r.state = forming
		r.engine.end(ev.Time)
		if !e.Quiet() {
			e.Arm(r.timer, ev.Time, event.ClassStep)
			return
		}
	}
	if r.paused > ev.Time {
		r.clock = span{ns: r.paused}
		e.Arm(r.timer, r.paused, event.ClassStep)
		return
	}
	r.engine.form(ev.Time)
}

// Config returns the engine that the replica runs.
func (r *Replica) Config() *Config { return r.cfg }

// Load returns the number of requests on the replica, waiting or running. It
// needs no synchronisation: requests come and go by events only.
func (r *Replica) Load() int { return r.load }

// Running returns the number of running requests.
func (r *Replica) Running() int { return r.load - r.queue.len() }

// Waiting returns the number of requests in the queue.
func (r *Replica) Waiting() int { return r.queue.len() }

// HasRoom reports whether a request submitted now would neither wait for a
// sequence slot nor behind another request.
func (r *Replica) HasRoom() bool { return r.Load() < r.cfg.MaxSeqs }

// KVBlocks returns the KV blocks in use at now, those of the step in progress
// included.
func (r *Replica) KVBlocks(now event.Time) int64 {
	if r.stopped {
		return 0
	}
	r.engine.sync(now)
	return r.blocks()
}

// Usage returns how the replica spent its time up to now.
func (r *Replica) Usage(now event.Time) Usage {
	if r.stopped {
		return r.final
	}
	r.engine.sync(now)
	if r.state != stepping || r.clock.ceil() == now {
		return r.meter.usage() // at a boundary the next step has taken no time yet
	}
	return r.engine.usage(now)
}

// Work returns what the replica did in steps completed by now.
func (r *Replica) Work(now event.Time) Work {
	if !r.stopped {
		r.engine.sync(now)
	}
	return r.total(r.cfg)
}

// Unfinished calls f for every request on the replica, as it stands at now:
// running ones in order of admission, then waiting ones in no particular order.
func (r *Replica) Unfinished(now event.Time, f func(*Request)) {
	if r.stopped {
		return
	}
	r.engine.sync(now)
	r.engine.running(f)
	r.queue.each(f)
	for _, q := range r.transit {
		f(q)
	}
}

// Stop ends the replica at once, in the middle of a step if need be, and
// returns its unfinished requests: running ones in order of admission, then
// waiting ones in order. Their progress is lost. The replica must not be used
// afterwards, except to read it. Stop must not be called from Sink.Done, when
// the replica is at work: post an event for the same instant.
func (r *Replica) Stop(now event.Time) []*Request {
	r.final = r.Usage(now)
	r.stopped, r.gone = true, true
	r.events.FreeTimer(r.timer)
	var left []*Request
	r.engine.running(func(q *Request) { left = append(left, q) })
	for r.queue.len() > 0 {
		q := r.queue.head()
		r.queue.remove(q)
		left = append(left, q)
	}
	left = append(left, r.transit...)
	for _, q := range left {
		q.phase = outside
		q.prev, q.next = nil, nil
	}
	r.load = 0
	return left
}
