package traces

import (
	"math"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
)

// RequestReport describes a trace of requests. Lengths are tokens.
type RequestReport struct {
	Count    int          `json:"count"`
	Span     float64      `json:"span_s"` // from the first to the last
	Rate     float64      `json:"rate"`   // per second, over the span
	CV       float64      `json:"cv"`     // coefficient of variation of the gaps between arrivals
	Prompt   Distribution `json:"prompt"`
	Output   Distribution `json:"output"`
	Thinking Distribution `json:"thinking"`
	Prefix   *Prefix      `json:"prefix,omitempty"` // where prompts have block hashes
}

// Prefix describes the block hashes of prompts.
type Prefix struct {
	BlockTokens int32 `json:"block_tokens"`
	Blocks      int   `json:"blocks"`
	// HitShare is the share of blocks that an earlier request had as well: the
	// hit rate of a cache without bounds.
	HitShare float64 `json:"hit_share"`
	// Covered says that every prompt has as many hashes as it has blocks, the
	// last, partial one included.
	Covered bool `json:"covered"`
}

func inspectRequests(f *format, s source, l lint) (*RequestReport, error) {
	rows, err := f.requests(s, l)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var times []event.Time
	var prompt, output, thinking []int32
	prefix := prefixCount{seen: map[uint64]struct{}{}}
	var r Request
	for {
		ok, err := rows.Next(&r)
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		times = append(times, r.At)
		prompt, output, thinking = append(prompt, r.Prompt), append(output, r.Output), append(thinking, r.Thinking)
		if r.HashBlock > 0 {
			prefix.add(&r)
			if !prefix.covers(&r) {
				l.warn(rows.Line(), "number of hashes is not that of the prompt's blocks")
			}
		}
	}
	out := &RequestReport{Count: len(times), Prompt: distribution(prompt, 1), Output: distribution(output, 1), Thinking: distribution(thinking, 1)}
	out.Span, out.Rate, out.CV = arrivalFacts(times)
	out.Prefix = prefix.report()
	return out, nil
}

// arrivalFacts returns the span in seconds, the rate per second and the CV of
// the gaps.
func arrivalFacts(times []event.Time) (span, rate, cv float64) {
	if len(times) < 2 {
		return 0, 0, 0
	}
	slices.Sort(times)
	span = (times[len(times)-1] - times[0]).Seconds()
	if span == 0 {
		return 0, 0, 0
	}
	gaps := float64(len(times) - 1)
	mean, squares := span/gaps, 0.0
	for i := 1; i < len(times); i++ {
		d := (times[i] - times[i-1]).Seconds() - mean
		squares += float64(d * d)
	}
	return span, float64(len(times)) / span, math.Sqrt(squares/gaps) / mean
}

// prefixCount follows a cache of prefix blocks without bounds.
type prefixCount struct {
	seen         map[uint64]struct{}
	block        int32
	blocks, hits int
	uncovered    int
}

func (p *prefixCount) add(r *Request) {
	p.block = r.HashBlock
	for _, h := range r.Hashes {
		p.blocks++
		if _, ok := p.seen[h]; ok {
			p.hits++
		}
		p.seen[h] = struct{}{}
	}
}

// covers reports whether the request has one hash per block.
func (p *prefixCount) covers(r *Request) bool {
	ok := (int64(r.Prompt)+int64(r.HashBlock)-1)/int64(r.HashBlock) == int64(len(r.Hashes))
	if !ok {
		p.uncovered++
	}
	return ok
}

func (p *prefixCount) report() *Prefix {
	if p.block == 0 {
		return nil
	}
	return &Prefix{BlockTokens: p.block, Blocks: p.blocks, HitShare: float64(p.hits) / float64(max(1, p.blocks)), Covered: p.uncovered == 0}
}

// PoolReport describes a pool of clients. Rates are requests per second; means
// and shares are weighted by the windows' rates.
type PoolReport struct {
	Clients       int     `json:"clients"`
	Windows       int     `json:"windows"` // of the pool, not of each client
	Span          float64 `json:"span_s"`
	MeanRate      float64 `json:"mean_rate"`
	TroughRate    float64 `json:"trough_rate"`
	PeakRate      float64 `json:"peak_rate"`
	MeanInput     float64 `json:"mean_input"`
	MeanOutput    float64 `json:"mean_output"`    // thinking included
	ThinkingShare float64 `json:"thinking_share"` // of the output
}

func inspectPool(s source, l lint) (*PoolReport, error) {
	p, err := readPool(s, l)
	if err != nil {
		return nil, err
	}
	total := map[event.Time]float64{} // rate, by start of window
	end := event.Time(0)
	var requests, input, output, ratio float64
	for _, c := range p.clients {
		means := map[*period][3]float64{}
		for _, w := range c.windows {
			total[w.start] += w.rate
			end = max(end, w.end)
			if w.rate == 0 {
				continue
			}
			at := c.period(w.start)
			m, ok := means[at]
			if !ok {
				m = [3]float64{at.input.mean(), at.output.mean(), at.ratio.mean()}
				means[at] = m
			}
			n := float64(w.rate * (w.end - w.start).Seconds())
			requests += n
			input += float64(n * m[0])
			output += float64(n * m[1])
			ratio += float64(n * m[2])
		}
	}
	out := &PoolReport{Clients: len(p.clients), Windows: len(total), Span: end.Seconds()}
	out.TroughRate = math.Inf(1)
	for _, rate := range total {
		out.TroughRate, out.PeakRate = min(out.TroughRate, rate), max(out.PeakRate, rate)
	}
	if requests == 0 {
		out.TroughRate = 0
		return out, nil
	}
	out.MeanRate = requests / out.Span
	out.MeanInput, out.MeanOutput, out.ThinkingShare = input/requests, output/requests, ratio/requests
	return out, nil
}
