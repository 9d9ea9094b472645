package serving

import (
	"fmt"
	"math"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/perf"
)

// Speculation is speculative decoding, or multi-token prediction: before every
// step a draft proposes k tokens per decode, the step verifies them and one more,
// and each decode gains the proposals up to the first wrong one, and a token of
// the model's own.
//
// Whether proposals are right is drawn at random, one number per request and
// step, that depends on nothing else: schedules do not change it.
type Speculation struct {
	Proposals
	// reach[i] is the probability that more than i proposals are accepted, in
	// units of 2⁻¹⁶.
	reach []uint32
}

// Proposals says what a draft proposes, how well and at what cost.
type Proposals struct {
	Tokens int // k, to every decode in every step
	// Accept[i] is the probability that proposal i is accepted if those before
	// it are; a single one holds for all.
	Accept []float64
	// Draft is the cost of one pass of the draft, which gives a proposal to every
	// decode. It is as long as the engine's table; nil = passes cost nothing.
	Draft *perf.StepTable
	// Sample is the time to look at the logits of one proposal, table units.
	Sample int64
	Stream event.Stream // decides which are right
}

// acceptBits is the resolution of acceptance: eight draws to 128 random bits.
const acceptBits = 16

// NewSpeculation returns speculation with the proposals of a draft.
func NewSpeculation(p Proposals) (*Speculation, error) {
	k, accept := p.Tokens, p.Accept
	if k < 1 || k > maxDraftTokens {
		return nil, fmt.Errorf("speculation: %d tokens, must be from 1 to %d", k, maxDraftTokens)
	}
	if len(accept) != 1 && len(accept) != k {
		return nil, fmt.Errorf("speculation: %d acceptance probabilities for %d tokens: want one, or one for each", len(accept), k)
	}
	s := &Speculation{Proposals: p}
	all := 1.0 // the probability that all so far are accepted
	for i := range k {
		a := accept[min(i, len(accept)-1)]
		if !(a >= 0 && a <= 1) {
			return nil, fmt.Errorf("speculation: acceptance %v, must be from 0 to 1", a)
		}
		all *= a
		s.reach = append(s.reach, uint32(math.Round(float64(all*(1<<acceptBits)))))
	}
	return s, nil
}

const maxDraftTokens = 64

// Rate returns the mean tokens that a decode gains in a step: for k proposals
// accepted with probability α each, 1 + α + … + α^k = (1 − α^(k+1))/(1 − α)
// (Leviathan, Kalman, Matias: "Fast inference from transformers via speculative
// decoding", ICML 2023, equation 1).
func (s *Speculation) Rate() float64 {
	rate := 1.0
	for _, r := range s.reach {
		rate += float64(r) / (1 << acceptBits)
	}
	return rate
}

// draws is a request's sequence of random numbers, one to a step.
type draws struct {
	s      *Speculation
	id     uint64
	next   int32 // index of the next number
	lo, hi uint64
}

// from returns a request's draws from a step's on.
func (s *Speculation) from(id uint64, index int32) draws {
	d := draws{s: s, id: id, next: index}
	if index%8 != 0 {
		d.load()
	}
	return d
}

func (d *draws) load() { d.lo, d.hi = d.s.Stream.Words(d.id, uint64(d.next/8)) }

// gain returns the tokens that the next step gives, from 1 to k + 1.
func (d *draws) gain() int64 {
	lane := uint(d.next % 8)
	if lane == 0 {
		d.load()
	}
	word := d.lo
	if lane >= 4 {
		word = d.hi
	}
	u := uint32(word>>(acceptBits*(lane%4))) & (1<<acceptBits - 1)
	d.next++
	n := int64(1)
	for _, r := range d.s.reach {
		if u >= r {
			break
		}
		n++
	}
	return n
}

// draftWork is what the passes of a draft in one step amount to.
type draftWork struct {
	host, comm, body int64 // table units
	first, more      int64 // query tokens of the first pass, and of each other one
	pairs, reads     int64
}

// passes returns the work of the draft in a step of b decodes with so many context
// tokens, their next ones included, and of p prompt tokens of a number of requests
// with the given pairs and reads: one pass over all of them, and for every further
// proposal one over the decodes. The time to sample from the proposals' logits
// is part of it.
func (s *Speculation) passes(b, context, prompts, p, pairs, reads int64) draftWork {
	sampling := b * int64(s.Tokens) * s.Sample
	if s.Draft == nil {
		return draftWork{host: sampling}
	}
	w := draftWork{first: b + p, pairs: context + pairs, reads: context + reads}
	w.host, w.comm, w.body = s.Draft.Step(b+prompts, b+p, context, pairs, context+reads, perf.LocalWork{})
	w.host += sampling
	if more := int64(s.Tokens) - 1; b > 0 && more > 0 {
		host, comm, body := s.Draft.Step(b, b, context, 0, context, perf.LocalWork{})
		w.more = b
		w.host += more * host
		w.comm += more * comm
		w.body += more * body
		w.pairs += more * context
		w.reads += more * context
	}
	return w
}
