package serving

import (
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
)

// This file is disaggregation: one replica computes a request's prompt and its
// first token, another the rest.
//
// The first is done with a request that has been split when it has its first
// token. It keeps the KV until Release. The request is then submitted to the
// second, where it waits in the queue like any other. When the batch forms with
// the request at the head, a sequence free and memory for its prompt and the
// next token, it leaves the queue with that memory, and the Receiver hears of it
// and sends the KV. When that has come, Land lets the request join the next
// batch, before all that wait: it computes the one token that has no KV yet, the
// first, as the last of a prompt, and goes on as any decode. The gap between its
// first two tokens is an inter-token latency like that after a preemption.

// Receiver is told that a replica waits for the KV of a request.
type Receiver interface {
	// Reserved says that memory is kept for a request, and how many tokens of its
	// prompt the replica lacks. It must not call the replica.
	Reserved(now event.Time, q *Request, tokens int64)
}

// leg says how far a split request has come.
type leg uint8

const (
	whole     leg = iota // not split
	first                // prompt and first token
	second               // in the queue of the replica that does the rest
	receiving            // that has memory for it and waits for the KV
	landed               // the KV is there
)

// export is the KV that a replica keeps of a split request for another.
type export struct {
	from   *core
	own    int64 // blocks of its own
	shared int64 // blocks in the prefix cache, up to
	node   int32
}

// Split makes a request that wants more than one token stop after its first, as
// its first half. Rejoin makes it whole again.
func (r *Request) Split() {
	if r.Output > 1 && r.leg == whole {
		r.leg, r.output, r.Output = first, r.Output, 1
	}
}

// Rejoin makes a split request whole again, wherever it was.
func (r *Request) Rejoin() {
	if r.output > 0 {
		r.Output, r.output = r.output, 0
	}
	r.leg = whole
}

// HasSecondHalf makes a request that has ended its first half the second, and
// reports whether there is one.
func (r *Request) HasSecondHalf() bool {
	if r.leg != first {
		return false
	}
	r.Output, r.output = r.output, 0
	r.leg, r.lastToken = second, r.FirstToken
	return true
}

// Second reports whether a request is in its second half, before the batch.
func (r *Request) Second() bool { return r.leg >= second }

// Home returns the replica that a deployment has sent a request to, nil if it is
// held there.
func (r *Request) Home() *Replica { return r.home }

// ReceiveFrom makes a replica take second halves, and tell a receiver. It must be
// called before the first request.
func (r *Replica) ReceiveFrom(by Receiver) {
	r.receiver = by
	r.queue = &landingQueue{queue: r.queue}
}

// Exports returns how many requests' KV the replica keeps for others.
func (r *Replica) Exports() int { return r.exports }

// exported keeps the KV of a request that has completed its first half.
func (c *core) exported(q *Request, held, tokens int64) {
	c.keep(q, tokens)
	q.out = &export{from: c, own: held - q.shared, shared: q.shared, node: q.node}
	c.exports++
	q.node, q.shared = 0, 0
}

// Release frees what a replica has kept of a request for another, if anything.
func (r *Request) Release(now event.Time) {
	x := r.out
	if x == nil {
		return
	}
	r.out = nil
	c := x.from
	if c.gone {
		return
	}
	c.exports--
	c.used -= x.own
	if c.cache != nil {
		c.cache.release(&Request{node: x.node, shared: x.shared})
	}
	if c.queue.len() > 0 {
		c.rouse(now)
	}
}

// rouse makes an idle replica form a batch: there may be room for one now.
func (c *core) rouse(now event.Time) {
	if c.state == idle {
		c.clock = span{ns: now}
		c.state = forming
		c.events.Arm(c.timer, now, event.ClassStep)
	}
}

// expect puts a second half into the queue.
func (r *Replica) expect(now event.Time, q *Request) {
	q.phase = waiting
	q.target = q.Prompt + q.Generated
	q.reached = q.Prompt
	q.submitted = now
	r.load++
	r.join(now, q)
}

// receive deals with a second half at the head of the queue when a batch forms
// that has so many requests: it returns one that has landed, to join the batch
// with a chunk of one token, or keeps memory for one and returns nil. It returns
// false where the head has to wait.
func (c *core) receive(now event.Time, batch int) (*Request, bool) {
	q, size := c.queue.head(), int64(c.cfg.BlockSize)
	if q.leg == landed {
		c.queue.remove(q)
		c.arriving--
		q.leg = whole
		q.phase = prefilling
		q.computed, q.chunk = q.target-1, 1
		c.seq++
		q.admitted = c.seq
		return q, true
	}
	var m match
	if c.cache != nil {
		if m = c.cache.find(q, int64(q.Prompt)/size); m.hosted > 0 {
			m = c.cache.find(q, m.blocks)
		}
	}
	need := ceilDiv(int64(q.target), size) - m.blocks
	if batch+c.arriving >= c.cfg.MaxSeqs || m.idle+need > c.available() {
		return nil, false
	}
	c.queue.remove(q)
	c.waitingTokens -= int64(q.target)
	q.leg, q.phase = receiving, inTransit
	q.shared = 0
	if c.cache != nil {
		c.cache.hold(q, m)
	}
	c.used += need
	c.keeps = true
	c.arriving++
	c.transit = append(c.transit, q)
	c.receiver.Reserved(now, q, int64(q.Prompt)-m.blocks*size)
	return nil, true
}

// Land says that the KV of a second half is in the memory kept for it.
func (r *Replica) Land(now event.Time, q *Request) {
	r.outOfTransit(q)
	q.leg, q.phase = landed, waiting
	q.submitted = now
	r.join(now, q)
}

func (c *core) outOfTransit(q *Request) {
	i := slices.Index(c.transit, q)
	c.transit = slices.Delete(c.transit, i, i+1)
}

// join puts a second half into the queue, where it may be the next.
func (r *Replica) join(now event.Time, q *Request) {
	if q.leg == second {
		r.waitingTokens += int64(q.target)
	}
	r.queue.push(q)
	switch {
	case r.state == idle:
		r.rouse(now)
	case r.state == stepping && r.queue.head() == q:
		r.engine.wake(now)
	}
}

// abandon gives back the memory kept for a second half that will not join the
// batch.
func (r *Replica) abandon(now event.Time, q *Request) {
	r.engine.settle(now)
	r.arriving--
	r.used -= ceilDiv(int64(q.target), int64(r.cfg.BlockSize)) - q.shared
	if r.cache != nil {
		r.cache.release(q)
	}
	if r.state == stepping {
		r.engine.drop(now)
	} else if r.queue.len() > 0 {
		r.rouse(now)
	}
}
