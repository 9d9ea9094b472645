package perf

// Span is how far back local layers look: the last Tokens tokens, the query's
// own included (sliding window), or under Chunked those since the last multiple
// of Tokens, which no query looks beyond (Llama 4).
type Span struct {
	Tokens  int64
	Chunked bool
}

// Attended returns how many tokens a query attends to whose context, itself
// included, is so many.
func (s Span) Attended(context int64) int64 {
	if s.Chunked {
		return (context-1)%s.Tokens + 1
	}
	return min(context, s.Tokens)
}

// Pairs returns the pairs of n query tokens that follow done others and the
// tokens that each attends to.
func (s Span) Pairs(done, n int64) int64 { return s.sum(done+n) - s.sum(done) }

// sum returns the pairs of the first n tokens of a sequence.
func (s Span) sum(n int64) int64 {
	if s.Chunked {
		rest := n % s.Tokens
		return n/s.Tokens*(s.Tokens*(s.Tokens+1)/2) + rest*(rest+1)/2
	}
	short := min(n, s.Tokens)
	return short*(short+1)/2 + (n-short)*s.Tokens
}

// Reads returns the tokens whose KV n query tokens that follow done others
// read: all that any of them attends to, once.
func (s Span) Reads(done, n int64) int64 {
	if s.Chunked {
		return done%s.Tokens + n
	}
	return min(done, s.Tokens-1) + n
}

// LocalTable is what a StepTable has of layers whose attention is bounded.
type LocalTable struct {
	Span
	DecodePair  int64 // per pair of a decode
	PrefillPair int64 // per pair of a prefill chunk
	KVRead      int64 // per token read

	PairFLOPs float64 // model FLOPs per pair
	KVBytes   float64 // bytes read per token
}

// LocalWork is what the local layers do in a step.
type LocalWork struct{ DecodePairs, PrefillPairs, Reads int64 }

// Time returns the duration of their attention in table units, at the roof that
// binds it.
func (t *LocalTable) Time(w LocalWork) int64 {
	return max(t.DecodePair*w.DecodePairs+t.PrefillPair*w.PrefillPairs, t.KVRead*w.Reads)
}

// Decode adds a decode of n query tokens that follow done others.
func (w *LocalWork) Decode(t *LocalTable, done, n int64) {
	if t != nil {
		w.DecodePairs += t.Pairs(done, n)
		w.Reads += t.Reads(done, n)
	}
}

// Prefill adds a prompt chunk of n tokens that follow done others.
func (w *LocalWork) Prefill(t *LocalTable, done, n int64) {
	if t != nil {
		w.PrefillPairs += t.Pairs(done, n)
		w.Reads += t.Reads(done, n)
	}
}

// Span returns how far back the model's local layers look.
func (m *Model) Span() Span { return Span{int64(m.Window), m.ChunkedLocal} }
