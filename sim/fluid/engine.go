package fluid

import (
	"math"

	"github.com/jevons-sim/jevons/internal/fmath"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/serving"
)

// Parts of a step, in the order in which a Correction has them.
const (
	Prefill = iota
	Decode
	Host
	Comm
	NumParts
)

// Engine is the throughput curve of one engine.
type Engine struct {
	cfg *serving.Config
	// spread says that replicas' batches differ as they do under random
	// routing; else they are as even as whole requests can be.
	spread  bool
	Correct Correction
}

// NewEngine returns the curve of an engine behind a router.
func NewEngine(c *serving.Config, r serving.Router) *Engine {
	spread := false
	switch r.(type) {
	case *serving.RoundRobin, serving.Random:
		spread = true
	}
	return &Engine{cfg: c, spread: spread, Correct: newCorrection()}
}

// Point is a replica at work: a point of the curve.
type Point struct {
	Running   float64           // requests
	Residence float64           // seconds that a request runs
	Token     float64           // seconds between two of its tokens
	First     float64           // seconds from its admission to the first
	Batch     float64           // requests in a step
	Shares    [NumParts]float64 // of the replica's time, by what it does
	FLOPs     float64           // model FLOPs per second
	Bytes     float64           // of memory traffic per second
	Context   float64           // mean tokens in the KV memory of a request
	Means     Means
}

// Rate returns the requests per second that go through the replica.
func (p *Point) Rate() float64 {
	if p.Residence == 0 {
		return 0
	}
	return p.Running / p.Residence
}

// Mix returns the means of the requests when tokens come so many seconds apart
// after a first one so many seconds after arrival: patience cuts some short.
type Mix func(first, token float64) Means

// seconds per table unit.
const tableUnit = 1e-9 / (1 << perf.TableShift)

// lookup reads a column of the step table between whole numbers of tokens.
func lookup[T int64 | float64](column []T, n float64) float64 {
	n = min(max(n, 0), float64(len(column)-1))
	i := int(n)
	if i+1 >= len(column) {
		return float64(column[i])
	}
	lo, hi := float64(column[i]), float64(column[i+1])
	return lo + float64((hi-lo)*(n-float64(i)))
}

// step is the mean of one kind of step.
type step struct {
	parts [NumParts]float64 // seconds
	bytes float64
}

// stepOf returns the step of a batch of decodes of a mean context, with a chunk
// of prompt tokens beside them; in local layers they come to so much work.
func (e *Engine) stepOf(batch, context, chunk, prompts, pairs float64, local local) step {
	t := e.cfg.Table
	n := batch + chunk
	reads := float64(batch*context) + chunk
	attention := max(float64(float64(t.DecodePair)*batch*context)+float64(float64(t.PrefillPair)*pairs), float64(float64(t.KVRead)*reads))
	inSpan, localBytes := local.step(t.Local, batch, chunk, prompts)
	body := (lookup(t.Matrix, n) + attention + inSpan) * tableUnit
	share := 0.0
	if n > 0 {
		share = chunk / n
	}
	s := step{bytes: lookup(t.WeightBytes, n) + float64(t.KVBytes*reads) + localBytes}
	s.parts[Prefill] = float64(body * share)
	s.parts[Decode] = body - s.parts[Prefill]
	s.parts[Host] = (float64(t.Host) + float64(float64(t.Sequence)*(batch+prompts))) * tableUnit
	s.parts[Comm] = lookup(t.Comm, n) * tableUnit
	return s
}

func (s *step) seconds() float64 { return s.parts[0] + s.parts[1] + s.parts[2] + s.parts[3] }

// mean returns the mean step of so many running requests, one that computes a
// prompt, and the steps that a prompt takes, for requests of these means.
func (e *Engine) mean(batch float64, m Means) (s, mixed step, chunks float64) {
	decodes := m.Steps / m.Weight
	prompt, pairs := m.Prompt/m.Weight, m.Pairs/m.Weight
	context := m.Context / max(m.Steps, 1e-9)
	// Prompts come in at the rate at which requests end. Some steps have none,
	// the others share them.
	room := max(1, float64(e.cfg.MaxTokens)-batch)
	chunks = max(1, prompt/room)
	come := batch / (decodes + chunks)
	batch = float64(come * decodes)
	with := min(1, max(1-fmath.Exp(-come), float64(come*prompt)/room))
	chunk, prompts := float64(come*prompt)/with, come/with
	// Where prompts alone fill the steps, decodes wait for their turn.
	slowdown := max(1, chunk/room)
	chunk, prompts = chunk/slowdown, prompts/slowdown
	inSpan := e.localOf(m)
	plain := e.stepOf(batch, context, 0, 0, 0, inSpan)
	mixed = e.stepOf(batch, context, chunk, prompts, float64(prompts*pairs), inSpan)
	for i := range s.parts {
		x := plain.parts[i] + float64(with*(mixed.parts[i]-plain.parts[i]))
		s.parts[i] = float64(x*slowdown) * e.Correct.part(i)
		mixed.parts[i] *= e.Correct.part(i)
	}
	s.bytes = float64((plain.bytes + float64(with*(mixed.bytes-plain.bytes))) * slowdown)
	return s, mixed, chunks
}

// occupied returns the share of n replicas that have requests when there are
// so many each on average. Under a router that evens them out it is that of the
// smaller of n and a Poisson number, which is taken to be normal.
func (e *Engine) occupied(running float64, n int) float64 {
	if e.spread {
		return 1 - fmath.Exp(-running)
	}
	mean := running * float64(n)
	if running <= 0 || running > 10 {
		return min(1, running)
	}
	sd := math.Sqrt(mean)
	z := (float64(n) - mean) / sd
	short := float64((float64(n)-mean)*normalBelow(z)) + float64(sd*0.3989422804014327*fmath.Exp(-z*z/2))
	return min(max((float64(n)-short)/float64(n), 1e-9), 1, running)
}

// normalBelow returns the standard normal distribution function (Abramowitz and
// Stegun 26.2.17, absolute error below 1e-7).
func normalBelow(z float64) float64 {
	t := 1 / (1 + float64(0.2316419*math.Abs(z)))
	poly := t * (0.319381530 + float64(t*(-0.356563782+float64(t*(1.781477937+float64(t*(-1.821255978+float64(t*1.330274429))))))))
	tail := 0.3989422804014327 * fmath.Exp(-z*z/2) * poly
	if z > 0 {
		return 1 - tail
	}
	return tail
}

// At returns one of n replicas with so many running requests, or as many as it
// holds.
func (e *Engine) At(running float64, n int, mix Mix) Point {
	var p Point
	for range 4 { // the batch decides the pace, and through patience the lengths
		m := mix(p.First, p.Token)
		p.Context = m.Context / max(m.Steps, 1e-9)
		p.Running = min(running, e.limit(p.Context))
		busy := e.occupied(p.Running, n)
		p.Batch = 1
		switch {
		case e.spread: // Poisson: what a request meets is one more than the mean
			p.Batch += p.Running
		case busy > 0:
			p.Batch = max(1, p.Running/busy)
		}
		s, mixed, chunks := e.mean(p.Batch, m)
		p.Token = s.seconds()
		p.First = float64(busy*p.Token)/2 + float64(chunks*mixed.seconds())
		p.Residence = p.First + float64(m.Steps/m.Weight*p.Token)
		for i := range s.parts {
			p.Shares[i] = busy * s.parts[i] / p.Token
		}
		p.Means = m
		rate := p.Rate() / m.Weight
		t := e.cfg.Table
		p.FLOPs = float64(rate * (float64((m.Prompt+m.Steps)*t.TokenFLOPs) + float64((m.Pairs+m.Context)*t.PairFLOPs)))
		p.FLOPs += float64(rate * e.localOf(m).flops(t.Local, m))
		p.Bytes = busy * s.bytes * e.Correct.bytes() / p.Token
	}
	return p
}

// limit returns how many requests of a mean context run at a time.
func (e *Engine) limit(context float64) float64 {
	each := max(1, context+float64(e.cfg.BlockSize)/2)
	return min(float64(e.cfg.MaxSeqs), max(1, float64(e.cfg.Blocks)*float64(e.cfg.BlockSize)/each))
}

// Group is replicas of one engine.
type Group struct {
	Engine *Engine
	N      int
}

// Balance returns the replicas of each group at work when requests arrive at a
// rate and every replica has as many: one point a group. Saturated says that
// they serve less than what comes.
func Balance(rate float64, groups []Group, mix Mix) (points []Point, served float64, saturated bool) {
	points = make([]Point, len(groups))
	through := func(x float64) float64 {
		sum := 0.0
		for i, g := range groups {
			points[i] = g.Engine.At(x, g.N, mix)
			sum += float64(float64(g.N) * points[i].Rate())
		}
		return sum
	}
	lo, hi := 0.0, 0.0
	for _, g := range groups {
		hi = max(hi, float64(g.Engine.cfg.MaxSeqs))
	}
	if most := through(hi); most <= rate {
		return points, most, true
	}
	for range 40 {
		if mid := (lo + hi) / 2; through(mid) < rate {
			lo = mid
		} else {
			hi = mid
		}
		if hi-lo < 1e-6*hi {
			break
		}
	}
	through(hi)
	return points, rate, false
}

// Slope returns by how much the throughput rises per request more in the
// system, in 1/s: the rate at which deviations from the mean die out.
func Slope(groups []Group, points []Point, mix Mix) float64 {
	var n, rise float64
	for i, g := range groups {
		x := points[i].Running
		d := max(0.01*x, 1e-3)
		up := g.Engine.At(x+d, g.N, mix)
		if w := up.Running - x; w > 0 {
			rise += float64(float64(g.N) * (up.Rate() - points[i].Rate()) / w)
			n += float64(g.N)
		}
	}
	if n == 0 {
		return 0
	}
	return math.Max(0, rise/n)
}
