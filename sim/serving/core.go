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
	// reserved is what running requests may still come to need of their own:
	// under Guaranteed admission others must not have it.
	reserved int64
	state    state
	clock    span  // the last boundary
	began    span  // the one before it, where the step that ended last began
	seq      int64 // admissions so far
	// swapped is the blocks in host memory of requests that were preempted, move
	// the time that the step being formed waits for blocks to or from there.
	swapped, move int64
	load          int // requests waiting and running
	// waitingTokens is what the requests in the queue will have to prefill, but
	// for what caches and host memory have of it.
	waitingTokens int64
	// anyCancelled says that a running request has been cancelled since the
	// last batch formed.
	anyCancelled bool
	entry        entry // of the head of the queue, when admissible has said yes
	queries      int64 // query tokens of a decode in a step
	// Of split requests: who hears of memory kept for a second half, the requests
	// whose KV is on its way and how many have landed or are, and how many first
	// halves' KV is kept.
	receiver Receiver
	transit  []*Request
	arriving int
	exports  int
	// keeps says that the batch being formed has kept memory for second halves:
	// its step is single, for the prefix cache gives up what that takes at its end.
	keeps bool
	gone  bool // stopped
	cold  int  // steps with prompts until all kernels have been used
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

// coldSteps is after how many steps with prompts a replica's kernels have all
// been used: a later one would take less than 2 % of the first one's excess more.
const coldSteps = 50

// firstUse returns what the step being formed takes longer because it has
// prompts of so many tokens and the replica is not warm yet, in table units.
func (c *core) firstUse(prompts int64) int64 {
	if c.cold == 0 || prompts == 0 {
		return 0
	}
	i := int64(coldSteps - c.cold + 1)
	c.cold--
	return c.cfg.Table.FirstUse / i
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

// allocate gives blocks to running requests, or takes them back.
func (c *core) allocate(blocks int64) {
	c.used += blocks
	if c.cfg.Admission == Guaranteed {
		c.reserved -= blocks
	}
}

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
	if c.cfg.Admission == Guaranteed {
		c.reserved -= c.cfg.most(q) - held
	}
	if q.leg == first && q.Generated == q.Output {
		c.exported(q, held, tokens)
		return
	}
	if c.cache == nil {
		c.used -= held
		return
	}
	c.keep(q, tokens)
	c.used -= held - q.shared
	c.cache.release(q)
}

// eligible reports whether the head of the queue may join the batch that forms
// at the clock, memory apart.
func (c *core) eligible() bool {
	return !c.cfg.ScheduleAhead || c.queue.head().submitted <= c.began.ceil()
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

// endAt arms the timer for the end of a step of the given duration from the
// clock.
func (c *core) endAt(units int64) {
	c.state = stepping
	c.events.Arm(c.timer, c.clock.plus(units).ceil(), event.ClassEnd)
}
