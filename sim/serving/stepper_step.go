package serving

import (
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
)

// start times the step that has just been formed.
func (s *stepper) start() {
	s.step = singleStep{moves: s.move > 0 || s.keeps}
	s.keeps = false
	var pairs, inSpan [2]int64 // of decodes, of prefill chunks; and in local layers
	var prompts, decodes, context, reads int64
	local := s.cfg.Table.Local
	for _, q := range s.batch {
		s.step.tokens += int64(q.chunk)
		kind := 0
		switch {
		case q.phase == prefilling && q.chunk > 0:
			kind = 1
			prompts++
			s.step.prefill += int64(q.chunk)
			reads += q.base + int64(q.chunk)
		case q.phase == decoding:
			decodes++
			context += q.base + 1
		}
		first := q.base + int64(q.chunk) // first token that a local layer reads
		for i := range int64(q.chunk) {
			pairs[kind] += q.base + i + 1
			if local != nil {
				n := local.Attended(q.base + i + 1)
				inSpan[kind] += n
				first = min(first, q.base+i+1-n)
			}
		}
		if q.chunk > 0 {
			s.step.reads += q.base + int64(q.chunk)
			s.step.local.Reads += q.base + int64(q.chunk) - first
		}
	}
	s.step.local.DecodePairs, s.step.local.PrefillPairs = inSpan[0], inSpan[1]
	host, comm, body := s.cfg.Table.Step(decodes+prompts, s.step.tokens, pairs[0], pairs[1], s.step.reads, s.step.local)
	host += s.firstUse(s.step.prefill)
	if s.cfg.Speculation != nil {
		w := s.cfg.Speculation.passes(decodes, context, prompts, s.step.prefill, pairs[1], reads)
		host, comm, body = host+w.host, comm+w.comm, body+w.body
		s.step.draft = w
	}
	s.step.pairs = pairs[0] + pairs[1]
	comm += s.exposed(body)
	s.step.duration, s.step.host, s.step.comm, s.step.body = host+comm+body, host, comm, body
	s.endAt(s.step.duration)
}

func (s *stepper) end(now event.Time) {
	st := s.step
	s.meter.add(1, st.tokens, st.prefill, st.host, st.comm, st.body, st.pairs, st.reads)
	s.meter.addLocal(st.local)
	if s.cfg.Speculation != nil {
		s.draft(s.cfg, st.draft)
	}
	s.began, s.clock = s.clock, s.clock.plus(st.duration)
	s.trim()
	batch := slices.Clone(s.batch)
	for _, q := range batch {
		if q.phase != decoding {
			continue
		}
		s.itl.Record(st.duration)
		gain := int32(1)
		if s.cfg.Speculation != nil {
			d := s.cfg.Speculation.from(q.ID, q.drawn)
			gain = min(int32(d.gain()), q.Output-q.Generated)
			q.drawn++
			s.work.Decodes++
			s.work.Gained += int64(gain)
		}
		q.base += int64(gain)
		q.Generated += gain
		if q.Generated == q.Output {
			s.release(q)
			s.finish(now, q, Completed)
		}
	}
	for _, q := range batch {
		if q.phase != prefilling {
			continue
		}
		q.base += int64(q.chunk)
		s.compute(q)
		s.keep(q, int64(q.computed))
		if q.computed < q.target {
			continue
		}
		s.token(now, q)
		q.phase = decoding
	}
	for _, q := range batch {
		if q.phase == decoding && q.Generated == q.Output {
			s.release(q)
			s.finish(now, q, Completed)
		}
	}
}
