package serving

import (
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/perf"
)

// stepper is the oracle: it takes every step singly and keeps the state of
// every request by itself. It is written to be read next to the rules in the
// package comment, not to be fast. It shares with macro what core has, the
// queue, the step table and what is counted among it, but nothing that forms a
// batch, finds a boundary or adds up steps.
//
// For a running request, finish is the number of KV blocks it holds, base the
// tokens in them, and chunk the query tokens it has in the step in progress, for
// which it was given held of its blocks.
type stepper struct {
	*core
	batch []*Request // in order of admission
	step  singleStep
}

// singleStep is the step in progress.
type singleStep struct {
	mixedStep
	local perf.LocalWork
	moves bool // blocks to or from host memory, or memory was kept for second halves
}

func (s *stepper) running(f func(*Request)) {
	for _, q := range s.batch {
		f(q)
	}
}

func (s *stepper) sync(event.Time) {}

func (s *stepper) settle(event.Time) {}

// Every boundary forms a batch anyway: only a step that begins at this very
// instant has to be formed again.

func (s *stepper) wake(now event.Time) {
	if len(s.batch) < s.cfg.MaxSeqs {
		s.reform(now)
	}
}

func (s *stepper) drop(now event.Time) { s.reform(now) }

func (s *stepper) reform(now event.Time) {
	if s.step.prefill > 0 || s.step.moves || s.clock.ceil() != now {
		return
	}
	for _, q := range s.batch {
		s.allocate(-int64(q.held))
		q.finish -= int64(q.held)
		q.held = 0
	}
	s.state = forming
	s.events.Arm(s.timer, now, event.ClassStep)
}

func (s *stepper) usage(now event.Time) Usage {
	return s.meter.partial(s.clock.until(now), s.step.tokens, s.step.prefill, s.step.host, s.step.comm, s.step.body)
}

func (s *stepper) form(now event.Time) {
	for _, q := range s.batch {
		q.chunk, q.held = 0, 0
	}
	s.dropCancelled(now)
	budget := int64(s.cfg.MaxTokens)
	preempted := false
	for s.wanted() > s.available() {
		s.preempt(now, &budget)
		preempted = true
	}
	for _, q := range s.batch {
		if q.phase == decoding {
			s.grow(q, s.queries)
			q.chunk = int32(s.queries)
			budget -= s.queries
		}
	}
	for _, q := range slices.Clone(s.batch) {
		if q.phase != prefilling || budget == 0 {
			continue
		}
		chunk := min(int64(q.target-q.computed), budget)
		for q.phase == prefilling && s.need(q, chunk) > s.available() {
			s.preempt(now, &budget)
			preempted = true
		}
		if q.phase == prefilling {
			s.grow(q, chunk)
			q.chunk = int32(chunk)
			budget -= chunk
		}
	}
	empty := len(s.batch) == 0
	for (!preempted || empty) && budget > 0 && s.queue.len() > 0 && len(s.batch) < s.cfg.MaxSeqs && (empty || s.eligible()) {
		if s.queue.head().Second() {
			q, ok := s.receive(now, len(s.batch))
			if !ok {
				break
			}
			if q != nil {
				q.base, q.finish = int64(q.computed), ceilDiv(int64(q.target), int64(s.cfg.BlockSize))
				s.batch = append(s.batch, q)
				budget--
			}
			continue
		}
		if !s.admissible(budget) {
			break
		}
		q := s.admit(now)
		q.base, q.finish = s.entry.start, s.entry.found.blocks+s.entry.found.hosted+s.entry.need
		s.batch = append(s.batch, q)
		budget -= int64(q.chunk)
	}
	if len(s.batch) == 0 {
		s.state, s.keeps = idle, false
		return
	}
	s.start()
}

// dropCancelled ends the running requests that have been cancelled, again and
// again: hearing of one end, the client may cancel another.
func (s *stepper) dropCancelled(now event.Time) {
	for s.anyCancelled {
		s.anyCancelled = false
		for _, q := range slices.Clone(s.batch) {
			if q.cancelled {
				s.release(q)
				s.finish(now, q, Cancelled)
			}
		}
	}
}

// need returns the blocks that q lacks for more tokens.
func (s *stepper) need(q *Request, more int64) int64 {
	return ceilDiv(q.base+more, int64(s.cfg.BlockSize)) - q.finish
}

// wanted returns the blocks that all decodes need for their next token.
func (s *stepper) wanted() int64 {
	blocks := int64(0)
	for _, q := range s.batch {
		if q.phase == decoding {
			blocks += s.need(q, s.queries)
		}
	}
	return blocks
}

// grow gives q blocks for more tokens, of which there are enough.
func (s *stepper) grow(q *Request, more int64) {
	need := s.need(q, more)
	q.held = int32(need)
	q.finish += need
	s.allocate(need)
}

// preempt returns a request to the queue, and to the budget what it had been
// given in this step.
func (s *stepper) preempt(now event.Time, budget *int64) {
	v := s.victim()
	*budget += int64(v.chunk)
	s.release(v)
	s.requeue(now, v, v.base)
}

func (s *stepper) victim() *Request {
	v := s.batch[len(s.batch)-1]
	if s.cfg.Queue == Priority {
		for _, q := range slices.Backward(s.batch) {
			if q.Priority < v.Priority {
				v = q
			}
		}
	}
	return v
}

// release frees a request's blocks and takes it out of the batch.
func (s *stepper) release(q *Request) {
	s.giveBack(q, q.finish, q.base)
	i := slices.Index(s.batch, q)
	s.batch = slices.Delete(s.batch, i, i+1)
}
