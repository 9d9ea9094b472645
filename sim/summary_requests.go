package sim

import (
	"math"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/serving"
)

// requestSection sums the requests that arrived in a span; latencies leave out
// arrivals before measured. It is nil when the scenario serves none.
func (s *Simulation) requestSection(from, to, measured event.Time) *result.Requests {
	if len(s.services) == 0 {
		return nil
	}
	b := s.requests
	lo, hi := s.segments.within(from, to)
	skip, _ := s.segments.within(measured, to)
	var all requestSum
	out := &result.Requests{}
	if len(b.classes) > 1 {
		out.ByClass = map[string]*result.Requests{}
	}
	for c, name := range b.classes {
		var sum requestSum
		for i := lo; i < hi; i++ {
			if cell := b.cells[c][i]; cell != nil {
				sum.add(cell, i >= skip)
			}
		}
		all.merge(&sum)
		if out.ByClass != nil {
			class := &result.Requests{}
			sum.into(class)
			out.ByClass[name] = class
		}
	}
	all.into(out)
	return out
}

// requestSum adds up cells.
type requestSum struct {
	requestCell
	measured int64 // requests that ended and count for the SLO
}

// add adds a cell; one before the end of the warm-up counts, but does not
// enter latencies.
func (t *requestSum) add(c *requestCell, measured bool) {
	t.arrived += c.arrived
	t.desired += c.desired
	t.adopted += c.adopted
	for o, n := range c.ended {
		t.ended[o] += n
	}
	t.prompt += c.prompt
	t.output += c.output
	t.thinking += c.thinking
	t.preemptions += c.preemptions
	t.cached += c.cached
	if !measured {
		return
	}
	t.good += c.good
	t.measured += c.ended[serving.Completed] + c.ended[serving.Rejected] + c.ended[serving.Shed] + c.ended[serving.Cancelled]
	t.ttft.Merge(&c.ttft)
	t.tpot.Merge(&c.tpot)
	t.e2e.Merge(&c.e2e)
	t.queue.Merge(&c.queue)
}

func (t *requestSum) merge(o *requestSum) {
	m := t.measured + o.measured
	t.add(&o.requestCell, true)
	t.measured = m
}

func (t *requestSum) into(r *result.Requests) {
	r.Arrived = t.arrived
	r.Desired, r.Adopted = int64(math.Round(t.desired)), int64(math.Round(t.adopted))
	r.Completed, r.Rejected = t.ended[serving.Completed], t.ended[serving.Rejected]
	r.Shed = t.ended[serving.Shed]
	r.Cancelled, r.Unfinished = t.ended[serving.Cancelled], t.ended[serving.Unfinished]
	r.PromptTokens, r.OutputTokens, r.ThinkingTokens = t.prompt, t.output, t.thinking
	r.Preemptions = t.preemptions
	r.CachedTokens = t.cached
	for _, q := range []struct {
		h  *metrics.Histogram
		to *result.Quantiles
	}{{&t.ttft, &r.TTFT}, {&t.tpot, &r.TPOT}, {&t.e2e, &r.E2E}, {&t.queue, &r.Queue}} {
		*q.to = result.QuantilesOf(q.h, 1e9)
	}
	r.SLOAttainment = ratio(float64(t.good), float64(t.measured))
}
