package sim

import (
	"math"

	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/serving"
	"github.com/jevons-sim/jevons/sim/stats"
)

// sampleBook counts the requests that windows have simulated.
type sampleBook struct {
	windows   int
	simulated int64
	cells     [][]*requestCell // [class][segment]
	batches   []latencies      // by the window's number modulo their count
}

// latencies are sketches of the completed requests of some windows.
type latencies struct{ ttft, tpot, e2e, queue metrics.Histogram }

// mostBatches is the number of groups of windows over which the error of
// percentiles is estimated. Windows go to them in turn, so that each covers the
// whole run.
const mostBatches = 10

// confidence is that of the intervals.
const confidence = 0.95

// count adds the end of a simulated request of some weight.
func (b *sampleBook) count(g *sampling, window int, q *liveRequest, o serving.Outcome, weight int64) {
	s := g.sim
	for len(b.cells) < len(s.requests.classes) {
		b.cells = append(b.cells, make([]*requestCell, s.segments.count()))
	}
	c := &b.cells[q.Class][s.segments.of(q.Arrive)]
	if *c == nil {
		*c = &requestCell{}
	}
	(*c).count(q, o, weight)
	s.metering.processed(q, weight)
	b.simulated++
	if o != serving.Completed || q.Arrive < s.doc.Warmup {
		return
	}
	if b.batches == nil {
		b.batches = make([]latencies, min(mostBatches, b.windows))
	}
	h := &b.batches[window%len(b.batches)]
	h.ttft.RecordN(int64(q.TTFT()), uint64(weight))
	h.e2e.RecordN(int64(q.E2E()), uint64(weight))
	h.queue.RecordN(int64(q.QueueTime()), uint64(weight))
	if q.Output > 1 {
		h.tpot.RecordN(int64(q.TPOT()), uint64(weight))
	}
}

// close writes what the fluid models have counted, with the latencies of the
// windows, into the book of requests.
func (g *sampling) close() {
	b := g.sim.requests
	for _, t := range g.tides {
		for _, src := range t.sources {
			settleFlows(src.flows)
			for i := range src.flows {
				src.flows[i].into(b.cell(src.class, g.sim.segments.cuts[i]))
			}
		}
	}
	for class, cells := range b.cells {
		var whole requestCell
		if class < len(g.tally.cells) {
			for _, c := range g.tally.cells[class] {
				if c != nil {
					whole.merge(c)
				}
			}
		}
		for i, c := range cells {
			if c == nil {
				continue
			}
			measured := &whole // where no window lies in a segment
			if class < len(g.tally.cells) && g.tally.cells[class][i] != nil {
				measured = g.tally.cells[class][i]
				c.ttft, c.tpot, c.e2e, c.queue = measured.ttft, measured.tpot, measured.e2e, measured.queue
			}
			c.estimate(measured)
		}
	}
}

// merge adds counters of another cell.
func (c *requestCell) merge(o *requestCell) {
	for i, n := range o.ended {
		c.ended[i] += n
	}
	c.prompt += o.prompt
	c.good += o.good
	c.preemptions += o.preemptions
	c.cached += o.cached
}

// settleFlows counts those that end in a later segment in the one in which they
// arrived.
func settleFlows(flows []flow) {
	for i := range len(flows) - 1 {
		f, next := &flows[i], &flows[i+1]
		left := f.arrived - f.ended - f.rejected - (f.cancelled - f.givenUp)
		if next.ended <= 0 {
			continue
		}
		part := min(1, left/next.ended)
		for _, x := range [][2]*float64{
			{&f.ended, &next.ended}, {&f.givenUp, &next.givenUp}, {&f.prompt, &next.prompt},
			{&f.output, &next.output}, {&f.thinking, &next.thinking},
		} {
			moved := part * *x[1]
			*x[0] += moved
			*x[1] -= moved
			if x[0] == &f.givenUp {
				f.cancelled += moved
				next.cancelled -= moved
			}
		}
	}
}

// into adds a flow to a cell in whole numbers. Those that have not ended are
// the difference.
func (f *flow) into(c *requestCell) {
	whole := func(x float64) int64 { return int64(math.Round(x)) }
	arrived := whole(f.arrived)
	rejected, cancelled := whole(f.rejected), whole(f.cancelled)
	completed := max(0, min(whole(f.ended-f.givenUp), arrived-rejected-cancelled))
	c.arrived += arrived
	c.desired += f.desired
	c.adopted += f.adopted
	c.ended[serving.Completed] += completed
	c.ended[serving.Rejected] += rejected
	c.ended[serving.Cancelled] += cancelled
	c.ended[serving.Unfinished] += arrived - completed - rejected - cancelled
	c.prompt += whole(f.prompt)
	c.output += whole(f.output)
	c.thinking += whole(f.thinking)
}

// estimate fills in what only simulated requests tell, in proportion.
func (c *requestCell) estimate(m *requestCell) {
	scale := func(x, of, to int64) int64 {
		if of == 0 {
			return 0
		}
		return int64(math.Round(float64(to) * (float64(x) / float64(of))))
	}
	ended := func(c *requestCell) int64 { return c.ended[0] + c.ended[1] + c.ended[2] }
	c.good = scale(m.good, m.ended[serving.Completed], c.ended[serving.Completed])
	c.preemptions = scale(m.preemptions, ended(m), ended(c))
	c.cached = scale(m.cached, m.prompt, c.prompt)
}

// section says how the requests were sampled, nil where all were simulated.
func (g *sampling) section() *result.Sampling {
	if g == nil {
		return nil
	}
	total := int64(g.sim.requests.arrived)
	out := &result.Sampling{Windows: g.tally.windows, Simulated: g.tally.simulated, Share: ratio(float64(g.tally.simulated), float64(total))}
	for _, q := range []struct {
		of func(*latencies) *metrics.Histogram
		to *result.QuantileIntervals
	}{
		{func(l *latencies) *metrics.Histogram { return &l.ttft }, &out.TTFT},
		{func(l *latencies) *metrics.Histogram { return &l.tpot }, &out.TPOT},
		{func(l *latencies) *metrics.Histogram { return &l.e2e }, &out.E2E},
		{func(l *latencies) *metrics.Histogram { return &l.queue }, &out.Queue},
	} {
		*q.to = g.tally.intervals(q.of)
	}
	return out
}

// intervals returns the intervals of one latency.
func (b *sampleBook) intervals(of func(*latencies) *metrics.Histogram) result.QuantileIntervals {
	of2 := func(value func(result.Quantiles) float64) result.Interval {
		var xs []float64
		for i := range b.batches {
			if h := of(&b.batches[i]); h.Count() > 0 {
				xs = append(xs, value(result.QuantilesOf(h, 1e9)))
			}
		}
		i := stats.MeanInterval(xs, confidence)
		return result.Interval{Lo: i.Lo, Hi: i.Hi}
	}
	return result.QuantileIntervals{
		Mean: of2(func(q result.Quantiles) float64 { return q.Mean }),
		P50:  of2(func(q result.Quantiles) float64 { return q.P50 }),
		P90:  of2(func(q result.Quantiles) float64 { return q.P90 }),
		P95:  of2(func(q result.Quantiles) float64 { return q.P95 }),
		P99:  of2(func(q result.Quantiles) float64 { return q.P99 }),
	}
}
