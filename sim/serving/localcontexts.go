package serving

import "github.com/jevons-sim/jevons/sim/perf"

// localContexts is what the macro engine knows of decodes in layers whose attention is
// bounded. A decode with x tokens of context attends in such a layer to its own
// token and a number of earlier ones: min(x, W − 1) with a sliding window of W,
// x mod C with chunks of C. Summed over decodes that is linear in the step
// counter but where one of them bends: where its context reaches W − 1, from
// where on it no longer grows, or a multiple of C, where it falls to nothing. Runs
// end there, and remain arithmetic progressions.
type localContexts struct {
	// nil = there are no such layers, or drafted has their work: only straight is
	// called then.
	table   *perf.LocalTable
	tokens  int64 // earlier tokens that the step to come attends to, over all decodes
	growing int64 // decodes that add one a step to them
	bends   bends // the decodes that will bend before they end
}

// add takes in a new decode, after n steps.
func (s *localContexts) add(q *Request, n int64) {
	context := q.base + n
	s.tokens += s.earlier(context)
	if !s.grows(context) {
		return
	}
	s.growing++
	bend := n + s.table.Tokens - 1 - context
	if s.table.Chunked {
		bend = n + s.table.Tokens - context%s.table.Tokens
	}
	if bend <= q.finish {
		s.bends.push(bend, q)
	}
}

// remove takes out a decode that has had n steps' worth of context.
func (s *localContexts) remove(q *Request, n int64) {
	context := q.base + n
	s.tokens -= s.earlier(context)
	if s.grows(context) {
		s.growing--
	}
	if q.bendIndex > 0 {
		s.bends.remove(q)
	}
}

// earlier returns how many tokens before its own a decode attends to.
func (s *localContexts) earlier(context int64) int64 { return s.table.Attended(context+1) - 1 }

// grows reports whether a decode attends to one more in the next step.
func (s *localContexts) grows(context int64) bool {
	return s.table.Chunked || context < s.table.Tokens-1
}

// straight returns how many steps after n can be taken before a decode bends.
func (s *localContexts) straight(n int64) int64 {
	if len(s.bends.entries) == 0 {
		return maxSteps
	}
	return s.bends.entries[0].step - n
}

// advance counts steps taken after n, at most straight.
func (s *localContexts) advance(n, steps int64) {
	s.tokens += s.growing * steps
	for n += steps; len(s.bends.entries) > 0 && s.bends.entries[0].step == n; {
		q := s.bends.entries[0].r
		s.bends.remove(q)
		if !s.table.Chunked {
			s.growing--
			continue
		}
		s.tokens -= s.table.Tokens
		if next := n + s.table.Tokens; next <= q.finish {
			s.bends.push(next, q)
		}
	}
}

// work returns what b decodes do in local layers in the next j steps.
func (s *localContexts) work(b, j int64) perf.LocalWork {
	n := j*(s.tokens+b) + s.growing*(j*(j-1)/2)
	return perf.LocalWork{DecodePairs: n, Reads: n}
}

// bends is a binary min-heap of decodes by the step counter at which they bend.
type bends struct{ entries []bend }

type bend struct {
	step int64
	r    *Request
}

func (b *bends) push(step int64, r *Request) {
	b.entries = append(b.entries, bend{})
	b.up(len(b.entries)-1, bend{step, r})
}

func (b *bends) remove(r *Request) {
	i, n := int(r.bendIndex)-1, len(b.entries)-1
	r.bendIndex = 0
	last := b.entries[n]
	b.entries[n] = bend{}
	b.entries = b.entries[:n]
	switch {
	case i == n:
	case i > 0 && last.step < b.entries[(i-1)/2].step:
		b.up(i, last)
	default:
		b.down(i, last)
	}
}

func (b *bends) up(i int, e bend) {
	for i > 0 && e.step < b.entries[(i-1)/2].step {
		b.set(i, b.entries[(i-1)/2])
		i = (i - 1) / 2
	}
	b.set(i, e)
}

func (b *bends) down(i int, e bend) {
	for {
		c := 2*i + 1
		if c >= len(b.entries) {
			break
		}
		if c+1 < len(b.entries) && b.entries[c+1].step < b.entries[c].step {
			c++
		}
		if b.entries[c].step >= e.step {
			break
		}
		b.set(i, b.entries[c])
		i = c
	}
	b.set(i, e)
}

func (b *bends) set(i int, e bend) {
	b.entries[i] = e
	e.r.bendIndex = int32(i) + 1
}
