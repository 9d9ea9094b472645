package serving

import "github.com/jevons-sim/jevons/sim/event"

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
	// Of the steps in progress: decodes only (run), or one with prefill.
	run   run
	mixed mixedStep
	// drafted is nil without speculation, with which residue is not used.
	drafted *drafted
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
		m.drafted = newDrafted()
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

// cut ends the run in progress at the first boundary at or after now.
func (m *macro) cut(now event.Time) {
	m.sync(now)
	if m.clock.ceil() == now {
		// A boundary falls on this very instant: the step that starts there is
		// formed again, and gives back the blocks it took.
		m.allocate(-m.crossings(m.n, 1))
		m.trim()
		m.run.steps = 0
		m.state = forming
		m.events.Arm(m.timer, now, event.ClassStep)
		return
	}
	m.run.steps = 1
	m.endAt(m.elapsed(1))
}

// elapsed returns the summed duration of the first j steps of the run in
// progress, and within how many of them fit into a time.

func (m *macro) elapsed(j int64) int64 {
	if m.drafted != nil {
		return m.drafted.elapsed(j)
	}
	return m.run.elapsed(j)
}

func (m *macro) within(units int64) int64 {
	if m.drafted != nil {
		return m.drafted.within(units)
	}
	return m.run.within(units)
}

// sync takes the steps of the run in progress that have ended by now.
func (m *macro) sync(now event.Time) {
	if m.state != stepping || m.mixed.duration != 0 {
		return
	}
	// The last step's end is an event of its own: it is never taken here.
	if j := min(m.within(m.clock.until(now)), m.run.steps-1); j > 0 {
		m.allocate(m.crossings(m.n+1, j))
		m.take(j)
	}
}

func (m *macro) settle(now event.Time) {
	m.sync(now)
	if m.state == stepping && m.mixed.duration == 0 {
		formed := m.crossings(m.n, 1)
		m.allocate(-formed)
		m.trim()
		m.allocate(formed)
	}
}

// take completes j steps of the run in progress.
func (m *macro) take(j int64) {
	if m.drafted != nil {
		m.takeDrafted(j)
		return
	}
	b := int64(m.decodes.len())
	began := m.clock.plus(m.run.elapsed(j - 1))
	sum := m.run.take(j, m.itl, b)
	context := j*(m.kv+b) + b*(j*(j-1)/2) // Σ over steps and decodes of the context attended
	m.began = began
	host, comm := j*m.cfg.Table.HostTime(b), j*m.cfg.Table.Comm[b]
	m.meter.add(j, b, 0, host, comm, sum-host-comm, context, context)
	m.clock = m.clock.plus(sum)
	m.kv += j * b
	m.n += j
}

// crossings returns how many blocks the decodes take in count steps from step
// n on.
func (m *macro) crossings(n, count int64) int64 {
	if m.drafted != nil {
		return m.drafted.crossings(n, count)
	}
	size, total := int64(len(m.residue)), int64(0)
	if count >= size {
		total = int64(m.decodes.len()) * (count / size)
		count %= size
	}
	at := mod(-n, size)
	for ; count > 0; count-- {
		total += m.residue[at]
		if at--; at < 0 {
			at = size - 1
		}
	}
	return total
}

// affordable returns how many of the next k decode steps the free blocks last.
func (m *macro) affordable(k, free int64) int64 {
	b, size := int64(m.decodes.len()), int64(m.cfg.BlockSize)
	if b*(k/size+1) <= free {
		return k
	}
	steps := free / b * size
	for free %= b; steps < k; steps++ {
		if free -= m.residue[mod(-(m.n+steps), size)]; free < 0 {
			break
		}
	}
	return min(k, steps)
}

func mod(a, b int64) int64 { return ((a % b) + b) % b }

// end completes the step or the run in progress.
func (m *macro) end(now event.Time) {
	if m.mixed.duration == 0 {
		k := m.run.steps
		m.allocate(m.crossings(m.n+1, k-1))
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
	m.began, m.clock = m.clock, m.clock.plus(s.duration)
	if m.drafted != nil {
		m.meter.draft(m.cfg, s.draft)
		m.gain()
	} else {
		m.kv += b
		m.n++
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
	m.residue[mod(q.base, int64(m.cfg.BlockSize))]++
	m.kv += int64(q.target)
	m.decodes.push(q)
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
	m.residue[mod(q.base, size)]--
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
		host, comm, body := m.decodeStep(m.kv)
		return m.meter.partial(elapsed, b*m.queries, 0, host, comm, body)
	}
	host, comm := m.cfg.Table.HostTime(b), m.cfg.Table.Comm[b]
	return m.meter.partial(elapsed, b, 0, host, comm, m.run.first()-host-comm)
}
