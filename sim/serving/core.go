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
	cache  *prefixCache // nil = none
	used   int64        // KV blocks that requests have to themselves, those for the step in progress included
	state  state
	clock  span  // the last boundary
	began  span  // the one before it, where the step that ended last began
	seq    int64 // admissions so far
	load   int   // requests waiting and running
	// waitingTokens is what the requests in the queue will have to prefill, but
	// for what the cache has of it.
	waitingTokens int64
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

// blocks returns the KV blocks in use, after sync.
func (c *core) blocks() int64 {
	if c.cache != nil {
		return c.used + c.cache.pinned
	}
	return c.used
}

// available returns the KV blocks that can still be had.
func (c *core) available() int64 { return int64(c.cfg.Blocks) - c.blocks() }

// trim makes the cache give up what the steps taken so far have needed. Blocks
// for a step that has only been formed do not count yet: it may be formed again.
func (c *core) trim() {
	if c.cache != nil {
		c.cache.trim(int64(c.cfg.Blocks) - c.used)
	}
}

// keep makes the whole blocks among the first tokens of a request's context,
// which has been computed that far, part of the cache.
func (c *core) keep(q *Request, tokens int64) {
	if c.cache == nil {
		return
	}
	if full := tokens / int64(c.cfg.BlockSize); full > q.shared {
		c.used -= full - q.shared
		c.cache.extend(q, full)
	}
}

// giveBack takes all its blocks from a request that holds so many, and whose
// context has been computed up to tokens.
func (c *core) giveBack(q *Request, held, tokens int64) {
	if c.cache == nil {
		c.used -= held
		return
	}
	c.keep(q, tokens)
	c.used -= held - q.shared
	c.cache.release(q)
}

// admissible says how the head of the queue would be admitted under a token
// budget: what it finds in the cache, the chunk it computes and the blocks of
// its own for that; and whether there is memory. It has to compute its last
// token even when the cache has that, or there would be no next one.
//
// Where memory is too short for all that the cache has, the end of the match is
// given up, so that a request is admitted whenever it could be without the idle
// blocks of the cache. It follows that nothing becomes admissible in a run of
// decode steps, which only take blocks.
func (c *core) admissible(budget int64) (m match, chunk, need int64, ok bool) {
	q, size := c.queue.head(), int64(c.cfg.BlockSize)
	target, available := int64(q.target), c.available()
	if c.cache != nil {
		m = c.cache.find(q, (target-1)/size)
	}
	if used := m.blocks - m.idle; m.idle > 0 && ceilDiv(target, size)-used > available {
		if most := max(used, used+available-ceilDiv(budget, size)); most < m.blocks {
			m = c.cache.find(q, most)
		}
	}
	chunk = min(target-m.blocks*size, budget)
	need = ceilDiv(chunk, size)
	return m, chunk, need, m.idle+need <= available
}

// eligible reports whether the head of the queue may join the batch that forms
// at the clock, memory apart.
func (c *core) eligible() bool {
	return !c.cfg.ScheduleAhead || c.queue.head().submitted <= c.began.ceil()
}

// admit moves the head of the queue into the batch, with what was found in the
// cache, and gives it a chunk to compute and blocks for that.
func (c *core) admit(now event.Time, m match, chunk, need int64) *Request {
	q := c.queue.head()
	c.queue.remove(q)
	c.waitingTokens -= int64(q.target)
	if q.Preemptions == 0 {
		c.queue.served(q)
	}
	q.phase = prefilling
	q.computed = 0
	if c.cache != nil {
		c.cache.hold(q, m)
		q.computed = int32(m.blocks * int64(c.cfg.BlockSize))
		if saved := q.computed - q.reached; saved > 0 {
			q.Cached += saved
			c.work.CachedTokens += int64(saved)
		}
	}
	q.chunk = int32(chunk)
	c.used += need
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
	c.waitingTokens += int64(q.target)
	c.queue.restore(q)
}

// endAt arms the timer for the end of a step of the given duration from the
// clock.
func (c *core) endAt(units int64) {
	c.state = stepping
	c.events.Arm(c.timer, c.clock.plus(units).ceil(), event.ClassEnd)
}
