package serving

import "math/bits"

// Segment is a stretch of tokens at the beginning of a prompt that other
// prompts may have too: a system prompt, a document, a block of a trace. Two
// requests whose first segments are equal, keys and lengths, have equal tokens
// there.
type Segment struct {
	Key    uint64
	Tokens int32 // ≥ 1
}

// Content says what a request's context consists of, as far as a prefix cache
// needs to know: the segments, and after them a stream of tokens, generated
// ones included, that is the stream Tail in every request with the same
// segments before it, or, if Tail is 0, nobody else's. The turns of a
// conversation share a stream; each reads further in it.
type Content struct {
	Segments []Segment // must not change while the request lives
	Tail     uint64
}

// A stretch is one segment, or the stream after the last, as the cache sees it:
// the whole blocks that end in it.
type stretch struct {
	name streamName
	end  int64 // blocks up to its end, from the beginning of the context
}

// streamName identifies what a stretch holds among those that may follow the
// same tokens.
type streamName struct {
	key   uint64
	start int32 // token at which it begins; −1 − start if no other request shares it
}

// endless is the end of the stream after the last segment.
const endless = int64(1) << 40

// walker enumerates the stretches of a request's context. Segments too short
// to complete a block are folded into the name of the next.
type walker struct {
	content *Content
	id      uint64
	size    int64
	segment int   // next segment
	tokens  int64 // before it
	blocks  int64 // whole blocks before it
}

func (w *walker) next() stretch {
	folded := uint64(0)
	for ; w.segment < len(w.content.Segments); w.segment++ {
		s := w.content.Segments[w.segment]
		start := w.tokens
		w.tokens += int64(s.Tokens)
		end := w.tokens / w.size
		if end > w.blocks {
			w.segment++
			w.blocks = end
			return stretch{streamName{fold(folded, s.Key), int32(start)}, end}
		}
		folded = fold(folded, s.Key) + uint64(s.Tokens)
	}
	w.blocks = endless
	if w.content.Tail == 0 {
		return stretch{streamName{w.id, int32(-1 - w.tokens)}, endless}
	}
	return stretch{streamName{fold(folded, w.content.Tail), int32(w.tokens)}, endless}
}

// fold mixes the key of a short segment into the next one's.
func fold(folded, key uint64) uint64 {
	if folded == 0 {
		return key
	}
	return (folded ^ bits.RotateLeft64(key, 35)) * 0x9e3779b97f4a7c15
}
