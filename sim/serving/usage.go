package serving

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/perf"
)

// Usage splits a replica's time since its start by what its GPUs did. The rest
// of the time they had no batch.
type Usage struct {
	Prefill event.Time // computing prompts
	Decode  event.Time // computing output tokens
	Host    event.Time // waiting for the host to schedule a step
	Comm    event.Time // exposed communication, KV to and from host memory included
}

// Sub returns u − o, field by field.
func (u Usage) Sub(o Usage) Usage {
	return Usage{u.Prefill - o.Prefill, u.Decode - o.Decode, u.Host - o.Host, u.Comm - o.Comm}
}

// Busy returns the time spent in steps.
func (u Usage) Busy() event.Time { return u.Prefill + u.Decode + u.Host + u.Comm }

// Work counts what a replica has done in completed steps.
type Work struct {
	Steps            int64
	PrefillTokens    int64
	DecodeTokens     int64
	RecomputedTokens int64 // of the prefilled ones, those that preemptions had thrown away
	CachedTokens     int64 // found in the prefix cache, never computed
	Pairs            int64 // of a query token and a context token
	KVRead           int64 // context tokens read
	Preemptions      int64
	SwappedBlocks    int64   // KV blocks that preemptions moved to host memory
	LoadedBlocks     int64   // KV blocks that came back from there
	WeightBytes      float64 // weights read

	// Under speculation a decode token is a query token of the verification,
	// right or wrong.
	Decodes    int64 // steps of single decodes
	Gained     int64 // tokens that these have gained
	DraftPairs int64
	DraftRead  int64   // context tokens read by the draft
	DraftFLOPs float64 // of the draft's passes

	// Pairs, and tokens read, in layers whose attention is bounded.
	LocalPairs int64
	LocalRead  int64
}

// FLOPs returns the model FLOPs of the work and Bytes the memory traffic, both
// for the whole replica.
func (w Work) FLOPs(c *Config) float64 {
	tokens := float64(w.PrefillTokens + w.DecodeTokens)
	return float64(tokens*c.Table.TokenFLOPs) + float64(float64(w.Pairs)*c.Table.PairFLOPs) + w.DraftFLOPs + w.localFLOPs(c.Table.Local)
}

// Bytes returns the bytes of weights and KV read for the work.
func (w Work) Bytes(c *Config) float64 {
	bytes := w.WeightBytes + float64(float64(w.KVRead)*c.Table.KVBytes) + w.localBytes(c.Table.Local)
	if s := c.Speculation; s != nil && s.Draft != nil {
		bytes += float64(float64(w.DraftRead) * s.Draft.KVBytes)
	}
	return bytes
}

func (w Work) localFLOPs(t *perf.LocalTable) float64 {
	if t == nil {
		return 0
	}
	return float64(float64(w.LocalPairs) * t.PairFLOPs)
}

func (w Work) localBytes(t *perf.LocalTable) float64 {
	if t == nil {
		return 0
	}
	return float64(float64(w.LocalRead) * t.KVBytes)
}

// meter accumulates usage and work in exact integers. Both engines share it,
// as they share the step table: it is the definition of what is counted.
type meter struct {
	prefill, decode, host, comm span
	work                        Work
	// stepsOf[n] counts the steps of n query tokens, so that the bytes of
	// weights they read are one sum of products in a fixed order, the same
	// however the steps were grouped.
	stepsOf []int64
	// passesOf counts the passes of a draft in the same way.
	passesOf []int64
}

// add counts k steps of n query tokens each, of which p are prefill, and the
// sums of their parts in table units.
func (m *meter) add(k, n, p, host, comm, body, pairs, reads int64) {
	m.host = m.host.plus(host)
	m.comm = m.comm.plus(comm)
	pre := share(body, p, max(n, 1))
	m.prefill = m.prefill.plus(pre)
	m.decode = m.decode.plus(body - pre)
	m.work.Steps += k
	m.work.PrefillTokens += p * k
	m.work.DecodeTokens += (n - p) * k
	m.work.Pairs += pairs
	m.work.KVRead += reads
	m.stepsOf = count(m.stepsOf, n, k)
}

// addLocal counts the work of steps in local layers.
func (m *meter) addLocal(w perf.LocalWork) {
	m.work.LocalPairs += w.DecodePairs + w.PrefillPairs
	m.work.LocalRead += w.Reads
}

// count adds k to entry n of a list that grows as needed.
func count(list []int64, n, k int64) []int64 {
	if int(n) >= len(list) {
		list = append(list, make([]int64, int(n)+1-len(list))...)
	}
	list[n] += k
	return list
}

// draft counts the passes of a draft in one step.
func (m *meter) draft(c *Config, w draftWork) {
	if c.Speculation.Draft == nil {
		return
	}
	m.work.DraftPairs += w.pairs
	m.work.DraftRead += w.reads
	m.passesOf = count(m.passesOf, w.first, 1)
	if w.more > 0 {
		m.passesOf = count(m.passesOf, w.more, int64(c.Speculation.Tokens)-1)
	}
}

// partial returns the usage with elapsed units of one step in progress, of the
// given parts, which takes host time first, then the body, then communication.
func (m *meter) partial(elapsed, n, p, host, comm, body int64) Usage {
	h := min(elapsed, host)
	b := min(elapsed-h, body)
	x := min(elapsed-h-b, comm)
	pre := share(b, p, max(n, 1))
	return Usage{
		Prefill: m.prefill.plus(pre).ns,
		Decode:  m.decode.plus(b - pre).ns,
		Host:    m.host.plus(h).ns,
		Comm:    m.comm.plus(x).ns,
	}
}

// usage returns the usage of completed steps.
func (m *meter) usage() Usage {
	return Usage{Prefill: m.prefill.ns, Decode: m.decode.ns, Host: m.host.ns, Comm: m.comm.ns}
}

// total returns the work with its bytes of weights.
func (m *meter) total(c *Config) Work {
	w := m.work
	w.WeightBytes = weightBytes(c.Table, m.stepsOf)
	if s := c.Speculation; s != nil && s.Draft != nil {
		w.WeightBytes += weightBytes(s.Draft, m.passesOf)
		tokens := int64(0)
		for n, k := range m.passesOf {
			tokens += int64(n) * k
		}
		w.DraftFLOPs = float64(float64(tokens)*s.Draft.TokenFLOPs) + float64(float64(w.DraftPairs)*s.Draft.PairFLOPs)
	}
	return w
}

// weightBytes returns the bytes of weights that steps read, by their tokens.
func weightBytes(t *perf.StepTable, stepsOf []int64) float64 {
	bytes := 0.0
	for n, k := range stepsOf {
		if k != 0 && n < len(t.WeightBytes) {
			bytes += float64(float64(k) * t.WeightBytes[n])
		}
	}
	return bytes
}
