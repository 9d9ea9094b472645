package serving

import "github.com/jevons-sim/jevons/sim/event"

// entry is how the head of the queue would enter the batch.
type entry struct {
	found match
	start int64 // tokens that need not be computed, found or swapped out
	chunk int64 // tokens to compute in the first step
	need  int64 // blocks of its own for all that has not been found
	moved int64 // blocks that come from host memory
}

// admissible says whether there is memory to admit the head of the queue under a
// token budget, and leaves in c.entry how. It has to compute its last token
// even when the cache has that, or there would be no next one.
//
// Where memory is too short for all that the cache has, the end of the match is
// given up, so that a request is admitted whenever it could be without the idle
// blocks of the cache and without those in host memory. It follows that nothing
// becomes admissible in a run of decode steps, which only take blocks. Under
// Guaranteed admission those that running requests take had been kept for them,
// and the match costs nothing that the request would not need anyway. A request
// that was swapped out finds no more than it had, and needs the same memory
// wherever that is.
func (c *core) admissible(budget int64) bool {
	q, size := c.queue.head(), int64(c.cfg.BlockSize)
	target, available := int64(q.target), c.available()
	e := &c.entry
	if c.cache == nil && q.saved == 0 {
		e.start, e.moved = 0, 0
		e.chunk = min(target, budget)
		e.need = ceilDiv(e.chunk, size)
		if c.cfg.Admission == Guaranteed {
			return c.cfg.most(q) <= available-c.reserved
		}
		return e.need <= available
	}
	var m match
	if c.cache != nil {
		limit := (target - 1) / size
		if q.saved > 0 {
			limit = int64(q.saved) / size
		}
		m = c.cache.find(q, limit)
		if q.saved > 0 && m.hosted > 0 {
			m = c.cache.find(q, m.blocks) // it has a copy of its own
		}
	}
	guaranteed := c.cfg.Admission == Guaranteed
	if tight := !guaranteed && q.saved == 0 && ceilDiv(target, size)-(m.blocks-m.idle) > available; tight && m.idle+m.hosted > 0 {
		used, chunk := m.blocks-m.idle, ceilDiv(budget, size)
		if most := max(used, used+available-chunk); most < m.blocks+m.hosted {
			m = c.cache.find(q, most)
		}
	}
	e.found, e.start, e.moved = m, (m.blocks+m.hosted)*size, m.hosted
	if q.saved > 0 {
		e.start = int64(q.saved)
		e.moved = ceilDiv(e.start, size) - m.blocks
	}
	e.chunk = min(target-e.start, budget)
	e.need = ceilDiv(e.start+e.chunk, size) - m.blocks - m.hosted
	if guaranteed {
		return c.cfg.most(q)-(m.blocks-m.idle) <= available-c.reserved
	}
	return m.idle+m.hosted+e.need <= available
}

// admit moves the head of the queue into the batch, as admissible has found.
func (c *core) admit(now event.Time) *Request {
	q, e := c.queue.head(), &c.entry
	c.queue.remove(q)
	c.waitingTokens -= int64(q.target)
	if q.Preemptions == 0 {
		c.queue.served(q)
	}
	q.phase = prefilling
	q.computed = int32(e.start)
	if c.cache != nil {
		if cached := q.computed - max(q.reached, q.saved); cached > 0 {
			q.Cached += cached
			c.work.CachedTokens += int64(cached)
		}
		c.cache.hold(q, e.found)
	}
	if e.moved > 0 {
		c.move += e.moved * c.cfg.HostMove
		c.work.LoadedBlocks += e.moved
	}
	if q.saved > 0 {
		c.dropCopy(q)
	}
	q.chunk = int32(e.chunk)
	c.used += e.need
	if c.cfg.Admission == Guaranteed {
		c.reserved += c.cfg.most(q) - e.found.blocks - e.found.hosted - e.need
	}
	c.seq++
	q.admitted = c.seq
	if q.Preemptions == 0 {
		q.Scheduled = now
	}
	return q
}

// requeue returns a preempted request, which had KV for context tokens, to the
// queue. It will prefill its prompt and whatever it has generated, or what of
// that host memory does not keep for it.
func (c *core) requeue(now event.Time, q *Request, context int64) {
	if q.phase == decoding {
		q.lastToken = now
	}
	q.phase = waiting
	q.target = q.Prompt + q.Generated
	if blocks := ceilDiv(context, int64(c.cfg.BlockSize)); c.cfg.Preemption == Swap && blocks <= int64(c.cfg.HostBlocks)-c.swapped {
		q.saved = int32(context)
		c.move += blocks * c.cfg.HostMove
		c.work.SwappedBlocks += blocks
		c.swap(blocks)
	} else {
		q.reached = max(q.reached, int32(context))
	}
	q.computed, q.chunk = 0, 0
	q.Preemptions++
	c.work.Preemptions++
	c.waitingTokens += int64(q.target)
	c.queue.restore(q)
}

// exposed returns the time that a step whose body takes so long waits for the
// blocks it moves, and forgets them.
func (c *core) exposed(body int64) int64 {
	wait := c.move
	c.move = 0
	if c.cfg.HostOverlap {
		return max(0, wait-body)
	}
	return wait
}

// dropCopy frees what host memory keeps for a request that was swapped out.
func (c *core) dropCopy(q *Request) {
	c.swap(-ceilDiv(int64(q.saved), int64(c.cfg.BlockSize)))
	q.saved = 0
}

// swap gives blocks of host memory to swapped requests, or takes them back. The
// prefix cache has the rest.
func (c *core) swap(blocks int64) {
	c.swapped += blocks
	if c.cache != nil {
		c.cache.room = int64(c.cfg.HostBlocks) - c.swapped
		c.cache.trimHost()
	}
}
