package serving

import "sort"

// drafted is what the macro engine knows of decodes under speculation. They gain
// different numbers of tokens in a step, but those are drawn in advance: as a
// request becomes a decode, what it will gain and need in every step to come is
// added to sums by step, over all decodes. From then on a step costs the same
// however many decodes there are.
type drafted struct {
	// Rings by step counter: the tokens that the decodes gain in a step, and the
	// KV blocks that they come to need for it.
	tokens, blocks []int32
	// And the pairs and reads of the decodes in local layers; empty without any.
	localPairs, localReads []int64
	// Of the run in progress: the time from its start to the end of each step,
	// and the steps taken.
	ends  []int64
	taken int64
}

// maxDraftedRun is the most steps whose durations are added up in advance: what
// cuts a run throws the rest away.
const maxDraftedRun = 64

func newDrafted(local bool) *drafted {
	d := &drafted{tokens: make([]int32, 256), blocks: make([]int32, 256)}
	if local {
		d.localPairs, d.localReads = make([]int64, 256), make([]int64, 256)
	}
	return d
}

func (d *drafted) slot(step int64) int { return int(step) & (len(d.tokens) - 1) }

// grow doubles the rings, which hold the steps from n on.
func (d *drafted) grow(n int64) {
	old := *d
	d.tokens, d.blocks = make([]int32, 2*len(old.tokens)), make([]int32, 2*len(old.tokens))
	for s := n; s < n+int64(len(old.tokens)); s++ {
		d.tokens[d.slot(s)], d.blocks[d.slot(s)] = old.tokens[old.slot(s)], old.blocks[old.slot(s)]
	}
	if old.localPairs == nil {
		return
	}
	d.localPairs, d.localReads = make([]int64, len(d.tokens)), make([]int64, len(d.tokens))
	for s := n; s < n+int64(len(old.tokens)); s++ {
		d.localPairs[d.slot(s)], d.localReads[d.slot(s)] = old.localPairs[old.slot(s)], old.localReads[old.slot(s)]
	}
}

// path follows a decode through its steps.
type path struct {
	draws
	size    int64
	ahead   int64 // tokens beyond the context that a step writes
	context int64
	left    int64 // tokens to generate
	held    int64 // blocks
}

// pathOf returns the path of a decode from its first step on, which is q.base.
func (m *macro) pathOf(q *Request) path {
	size, context := int64(m.cfg.BlockSize), int64(q.target)
	return path{
		draws: m.cfg.Speculation.from(q.ID, q.drawn), size: size, ahead: m.queries,
		context: context, left: int64(q.Prompt) + int64(q.Output) - 1 - context, held: ceilDiv(context, size),
	}
}

// form returns the blocks that the next step needs.
func (p *path) form() int64 {
	need := int64(0)
	for (p.held+need)*p.size < p.context+p.ahead {
		need++
	}
	p.held += need
	return need
}

// take returns the tokens that the step gains.
func (p *path) take() int64 {
	gain := min(p.gain(), p.left)
	p.context += gain
	p.left -= gain
	return gain
}

// start adds a new decode's steps to the sums.
func (d *drafted) start(m *macro, q *Request) {
	q.base = m.n
	p := m.pathOf(q)
	step, local := m.n, m.cfg.Table.Local
	for ; p.left > 0; step++ {
		if step-m.n >= int64(len(d.tokens)) {
			d.grow(m.n)
		}
		i := d.slot(step)
		if local != nil {
			d.addLocal(local, step, &p, 1)
		}
		d.blocks[i] += int32(p.form())
		d.tokens[i] += int32(p.take())
	}
	q.finish = step
	q.held = int32(p.held)
}

// at returns the path of a decode as it stands before the step to come.
func (d *drafted) at(m *macro, q *Request) path {
	p := m.pathOf(q)
	for range m.n - q.base {
		p.form()
		p.take()
	}
	return p
}

// leave takes the steps that an unfinished decode will not take out of the sums,
// and returns its context and the blocks it holds: under allocated, with those
// for the step being formed.
func (d *drafted) leave(m *macro, q *Request, allocated bool) (context, held int64) {
	p := d.at(m, q)
	q.drawn = p.next
	context, held = p.context, p.held
	local := m.cfg.Table.Local
	for step := m.n; p.left > 0; step++ {
		i := d.slot(step)
		if local != nil {
			d.addLocal(local, step, &p, -1)
		}
		d.blocks[i] -= int32(p.form())
		if allocated && step == m.n {
			held = p.held
		}
		d.tokens[i] -= int32(p.take())
	}
	return context, held
}

// crossings returns how many blocks the decodes take in count steps from step n
// on.
func (d *drafted) crossings(n, count int64) int64 {
	total := int64(0)
	for step := n; step < n+count; step++ {
		total += int64(d.blocks[d.slot(step)])
	}
	return total
}

// affordable returns how many of the next k steps from step n on free blocks
// last.
func (d *drafted) affordable(n, k, free int64) int64 {
	steps := int64(0)
	for k = min(k, maxDraftedRun); steps < k; steps++ {
		if free -= int64(d.blocks[d.slot(n+steps)]); free < 0 {
			break
		}
	}
	return steps
}

// plan adds up the durations of up to k steps of the decodes, and returns of how
// many.
func (d *drafted) plan(m *macro, k int64) int64 {
	d.ends, d.taken = d.ends[:0], 0
	kv, sum := m.kv, int64(0)
	for j := range min(k, maxDraftedRun) {
		host, comm, body := m.decodeStep(m.n+j, kv)
		sum += host + comm + body
		d.ends = append(d.ends, sum)
		kv += int64(d.tokens[d.slot(m.n+j)])
	}
	return int64(len(d.ends))
}

// elapsed returns the summed duration of the next j steps of the run.
func (d *drafted) elapsed(j int64) int64 { return d.end(d.taken+j) - d.end(d.taken) }

// within returns how many whole steps of the run fit into units.
func (d *drafted) within(units int64) int64 {
	units += d.end(d.taken)
	left := d.ends[d.taken:]
	return int64(sort.Search(len(left), func(j int) bool { return left[j] > units }))
}

func (d *drafted) end(j int64) int64 {
	if j == 0 {
		return 0
	}
	return d.ends[j-1]
}

// decodeStep returns the parts of the duration of a step of the decodes with kv
// tokens of context before it.
func (m *macro) decodeStep(step, kv int64) (host, comm, body int64) {
	b := int64(m.decodes.len())
	host, comm, body = m.cfg.Table.Step(b, b*m.queries, m.decodePairs(kv), 0, kv+b*m.queries, m.drafted.localWork(step))
	w := m.cfg.Speculation.passes(b, kv+b, 0, 0, 0, 0)
	return host + w.host, comm + w.comm, body + w.body
}

// decodePairs returns the pairs of the decodes' query tokens with their context.
func (m *macro) decodePairs(kv int64) int64 {
	return m.queries*kv + int64(m.decodes.len())*(m.queries*(m.queries+1)/2)
}

// takeDrafted completes j steps of the run in progress.
func (m *macro) takeDrafted(j int64) {
	d, b := m.drafted, int64(m.decodes.len())
	for range j {
		host, comm, body := m.decodeStep(m.n, m.kv)
		m.itl.RecordN(host+comm+body, uint64(b))
		m.meter.add(1, b*m.queries, 0, host, comm, body, m.decodePairs(m.kv), m.kv+b*m.queries)
		if d.localPairs != nil {
			m.meter.addLocal(d.localWork(m.n))
		}
		m.meter.draft(m.cfg, m.cfg.Speculation.passes(b, m.kv+b, 0, 0, 0, 0))
		m.began, m.clock = m.clock, m.clock.plus(host+comm+body)
		m.gain()
	}
	d.taken += j
	m.run.steps -= j
}

// gain takes the tokens of the step that has just ended.
func (m *macro) gain() {
	d := m.drafted
	i := d.slot(m.n)
	m.kv += int64(d.tokens[i])
	m.work.Gained += int64(d.tokens[i])
	m.work.Decodes += int64(m.decodes.len())
	d.tokens[i], d.blocks[i] = 0, 0
	if d.localPairs != nil {
		d.localPairs[i], d.localReads[i] = 0, 0
	}
	m.n++
}
