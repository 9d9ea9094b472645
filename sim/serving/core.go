package serving

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/perf"
)

// core is what both engines share: everything but the batch.
type core struct {
	cfg    *Config
	events *event.Engine
	timer  event.Timer
	sink   Sink
	itl    *metrics.Histogram // in table units
	queue  queue
	state  state
	clock  span  // the last boundary
	seq    int64 // admissions so far
	load   int   // requests waiting and running
	// anyCancelled says that a running request has been cancelled since the
	// last batch formed.
	anyCancelled bool
	meter
}

// state says what a replica is about to do.
type state uint8

const (
	idle    state = iota // no batch, none due
	forming              // a batch forms at this instant
	stepping
)

// finish ends a request.
func (c *core) finish(now event.Time, q *Request, o Outcome) {
	q.phase = outside
	q.Finish = now
	c.load--
	c.sink.Done(now, q, o)
}

// token notes that a request's prefill has produced a token at now: the first
// one, or the one after a preemption, whose gap is an inter-token latency too.
func (c *core) token(now event.Time, q *Request) {
	if q.Generated == 0 {
		q.FirstToken = now
	} else {
		c.itl.Record(int64(now-q.lastToken) << perf.TableShift)
	}
	q.Generated++
}

// admit moves the head of the queue into the batch.
func (c *core) admit(now event.Time) *Request {
	q := c.queue.head()
	c.queue.remove(q)
	q.phase = prefilling
	q.computed = 0
	c.seq++
	q.admitted = c.seq
	if q.Preemptions == 0 {
		q.Scheduled = now
	}
	return q
}

// compute takes the chunk that a step has just computed.
func (c *core) compute(q *Request) {
	done := q.computed + q.chunk
	if again := int64(min(done, q.reached) - q.computed); again > 0 {
		q.Recomputed += again
		c.work.RecomputedTokens += again
	}
	q.computed = done
	q.chunk = 0
}

// requeue returns a preempted request, which had KV for context tokens, to the
// queue; it will prefill its prompt and whatever it has generated.
func (c *core) requeue(now event.Time, q *Request, context int64) {
	if q.phase == decoding {
		q.lastToken = now
	}
	q.phase = waiting
	q.target = q.Prompt + q.Generated
	q.reached = max(q.reached, int32(context))
	q.computed, q.chunk = 0, 0
	q.Preemptions++
	c.work.Preemptions++
	c.queue.restore(q)
}

// endAt arms the timer for the end of a step of the given duration from the
// clock.
func (c *core) endAt(units int64) {
	c.state = stepping
	c.events.Arm(c.timer, c.clock.plus(units).ceil(), event.ClassEnd)
}
