package serving

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/perf"
)

// macro is the engine of exact macro-steps. Its cost is O(log b) per request
// and O(1) per step that changes the batch, however large the batch b.
type macro struct {
	*core
	n        int64      // steps taken
	batch    list       // running requests in order of admission
	prefills []*Request // of these, those with a prompt to compute: between steps at most one
	decodes  decodes    // and the rest, by their last step
	kv       int64      // context tokens of the decodes
	// residue[x] counts the decodes with base ≡ x modulo the block size. A
	// decode needs a new block in step n when its context, base + n, is a
	// multiple of the block size.
	residue []int64
	at      int64 // −n modulo the block size: residue[at] decodes need a block in the step to come
	// Of the steps in progress: decodes only (run), or one with prefill.
	run   run
	mixed mixedStep
	// drafted is nil without speculation, with which residue is not used.
	drafted *drafted
	local   localContexts // of the decodes in local layers
	// The mixed step's work in local layers: apart, for there are rarely any.
	mixedLocal perf.LocalWork
}

// mixedStep is a step with prefill, or one that waits for host memory.
type mixedStep struct {
	duration     int64 // table units; 0 = the steps in progress are a run
	host, comm   int64 // parts of it
	body         int64
	tokens       int64 // query tokens
	prefill      int64 // of these, prompt tokens
	pairs, reads int64
	draft        draftWork
}

func newMacro(c *core) *macro {
	m := &macro{core: c, residue: make([]int64, c.cfg.BlockSize)}
	if c.cfg.Speculation != nil {
		m.drafted = newDrafted(c.cfg.Table.Local != nil)
	} else {
		m.local.table = c.cfg.Table.Local
	}
	return m
}

// running brings what each request has generated up to date, which the macro
// engine otherwise knows only when a request leaves the batch.
func (m *macro) running(f func(*Request)) {
	m.batch.each(func(q *Request) {
		if q.phase == decoding {
			q.Generated = m.generated(q)
		}
		f(q)
	})
}

// wake cuts the run in progress if the new head of the queue might be
// admitted. Cutting more often than needed never changes a result.
func (m *macro) wake(now event.Time) {
	if m.mixed.duration != 0 || m.batch.n >= m.cfg.MaxSeqs {
		return
	}
	whole := m.n + m.run.steps // the step counter at the run's end
	m.cut(now)
	// Under ScheduleAhead a request that comes during a step is too late for
	// the next one.
	if m.state == stepping && m.cfg.ScheduleAhead && m.queue.head().submitted > m.clock.ceil() && whole > m.n+1 {
		m.run.steps = 2
		m.endAt(m.elapsed(2))
	}
}

func (m *macro) drop(now event.Time) {
	if m.mixed.duration == 0 {
		m.cut(now)
	}
}

// end completes the step or the run in progress.
func (m *macro) end(now event.Time) {
	if m.mixed.duration == 0 {
		k := m.run.steps
		m.allocate(m.crossings(k - 1))
		m.take(k)
		m.trim()
		m.finishDecodes(now)
		return
	}
	s := m.mixed
	m.mixed = mixedStep{}
	b := int64(m.decodes.len())
	m.itl.RecordN(s.duration, uint64(b))
	m.meter.add(1, s.tokens, s.prefill, s.host, s.comm, s.body, s.pairs, s.reads)
	if m.cfg.Table.Local != nil {
		m.meter.addLocal(m.mixedLocal)
	}
	m.began, m.clock = m.clock, m.clock.plus(s.duration)
	if m.drafted != nil {
		m.meter.draft(m.cfg, s.draft)
		m.gain()
	} else {
		m.kv += b
		if m.local.table != nil {
			m.local.advance(m.n, 1)
		}
		m.advance(1)
	}
	m.trim()
	m.finishDecodes(now)
	m.finishPrefills(now)
}

// finishDecodes ends the requests whose last token the step just taken gave.
func (m *macro) finishDecodes(now event.Time) {
	for m.decodes.len() > 0 && m.decodes.next() == m.n {
		q := m.decodes.entries[0].r
		q.Generated = q.Output
		m.remove(q, false)
		m.finish(now, q, Completed)
	}
}

// finishPrefills takes the chunks just computed, and turns every request whose
// prompt is complete into a decode, or ends it if it wanted one token.
func (m *macro) finishPrefills(now event.Time) {
	partial := m.prefills[:0]
	for _, q := range m.prefills {
		m.compute(q)
		m.keep(q, int64(q.computed))
		if q.computed < q.target {
			partial = append(partial, q)
			continue
		}
		m.token(now, q)
		m.decode(q)
	}
	m.prefills = partial
	// Requests that wanted no further token are at the top of the heap.
	m.finishDecodes(now)
}

// decode makes a request whose prefill is complete a decode.
func (m *macro) decode(q *Request) {
	q.phase = decoding
	if m.drafted != nil {
		m.drafted.start(m, q)
		m.kv += int64(q.target)
		m.decodes.push(q)
		return
	}
	q.base = int64(q.target) - m.n
	q.finish = m.n + int64(q.Output-q.Generated)
	m.residue[(int64(q.target)+m.at)%int64(len(m.residue))]++
	m.kv += int64(q.target)
	m.decodes.push(q)
	if m.local.table != nil {
		m.local.add(q, m.n)
	}
}

// remove takes a running request out of the batch and frees its blocks. Under
// allocated, a decode also holds the block for the step being formed.
func (m *macro) remove(q *Request, allocated bool) {
	size := int64(m.cfg.BlockSize)
	m.batch.remove(q)
	if q.phase == prefilling {
		m.giveBack(q, ceilDiv(int64(q.computed+q.chunk), size), int64(q.computed))
		return
	}
	m.decodes.remove(q)
	if m.drafted != nil {
		context, held := int64(q.Prompt)+int64(q.Output)-1, int64(q.held)
		if q.finish > m.n {
			context, held = m.drafted.leave(m, q, allocated)
		}
		m.kv -= context
		m.giveBack(q, held, context)
		return
	}
	context := q.base + m.n
	m.kv -= context
	if m.local.table != nil {
		m.local.remove(q, m.n)
	}
	m.residue[(context+m.at)%size]--
	held := ceilDiv(context, size)
	if allocated {
		held = ceilDiv(context+1, size)
	}
	m.giveBack(q, held, context)
}

func (m *macro) usage(now event.Time) Usage {
	elapsed := m.clock.until(now)
	if s := m.mixed; s.duration != 0 {
		return m.meter.partial(elapsed, s.tokens, s.prefill, s.host, s.comm, s.body)
	}
	b := int64(m.decodes.len())
	if m.drafted != nil {
		host, comm, body := m.decodeStep(m.n, m.kv)
		return m.meter.partial(elapsed, b*m.queries, 0, host, comm, body)
	}
	host, comm := m.cfg.Table.HostTime(b), m.cfg.Table.Comm[b]
	return m.meter.partial(elapsed, b, 0, host, comm, m.run.first-host-comm)
}
