package html

import (
	"fmt"
	"html/template"
	"math"

	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/report/chart"
)

// palette are the colours of series without a meaning of their own.
func palette(i int) string { return fmt.Sprintf("c-%d", i%6) }

// lines draws sampled series over time. Without values there is no chart.
func (r *results) lines(id, title, desc, unit string, series []chart.Series) template.HTML {
	series = used(series)
	if len(series) == 0 {
		return ""
	}
	x, u := r.axis()
	_, until, series := chart.Thin(r.series.before(), r.series.times, series)
	p := chart.Plot{
		Frame: chart.Frame{ID: id, Title: title, Desc: desc, Half: true}, X: x, Y: chart.Axis{Scale: chart.Nice(most(series)), Format: chart.Number},
		At: in(u, until), Series: series, Events: r.events(u), Unit: unit,
	}
	return r.draw(&p)
}

// byLabel returns the series of a metric, one for each label.
func (r *results) byLabel(metric, suffix string) []chart.Series {
	var out []chart.Series
	for i, label := range r.series.labels[metric] {
		name := label
		if name == "" {
			name = "fleet"
		}
		out = append(out, chart.Series{Name: name + suffix, Color: palette(i), Values: r.series.values[seriesKey{metric, label}]})
	}
	return out
}

// serving is demand and what the deployments made of it.
func (r *results) serving() section {
	s := section{ID: "demand", Title: "Demand and serving"}
	s.add(r.demandFigures(), r.demand(), r.answers(), r.prices())
	// A chart beside its neighbour: the four of them are two lines.
	s.add(r.lines("in-system", "Requests in the system", "Requests that waited or ran, at every sample.", "requests", r.byLabel("requests_in_system", "")))
	s.add(r.lines("running", "Requests in batches", "Requests that ran in the engines' batches, at every sample.", "requests", r.byLabel("requests_running", "")))
	s.add(r.lines("replicas", "Replicas", "Replicas that took requests, at every sample.", "replicas", r.byLabel("replicas_ready", "")))
	s.add(r.lines("kv", "KV cache", "Tokens' worth of KV blocks in use, at every sample.", "tokens", r.byLabel("kv_tokens", "")))
	return s
}

// demand is requests arrived and served over time.
func (r *results) demand() template.HTML {
	q := r.requests
	if q == nil || q.finished == nil {
		return r.lines("demand-rate", "Requests arrived", "Requests that arrived per second, means over every sample interval.", "requests/s", r.byLabel("requests_per_s", ""))
	}
	x, u := r.axis()
	n := timeBuckets
	for n > 0 && int64(n-1)*int64(q.bucket) >= int64(r.doc.Horizon) {
		n-- // a horizon of less than one nanosecond a bucket
	}
	arrived := chart.Series{Name: "arrived", Color: "c-0", Wide: true, Values: make([]float64, n)}
	served := chart.Series{Name: "served", Color: "c-1", Values: make([]float64, n)}
	at, until := make([]float64, n), make([]float64, n)
	for i := range n {
		at[i], until[i] = float64(i)*q.bucket.Seconds(), min(float64(i+1)*q.bucket.Seconds(), r.doc.Horizon.Seconds())
		arrived.Values[i] = float64(q.arrived[i]) / (until[i] - at[i])
		served.Values[i] = float64(q.finished[i]) / (until[i] - at[i])
	}
	series := []chart.Series{arrived, served}
	p := chart.Plot{
		Frame: chart.Frame{ID: "demand-rate", Title: "Requests arrived and served", Desc: "Requests that arrived and requests that completed, per second."},
		X:     x, Y: chart.Axis{Scale: chart.Nice(most(series)), Format: chart.Number},
		At: in(u, at), Until: in(u, until), Series: series, Events: r.events(u), Unit: "requests/s",
	}
	return r.draw(&p)
}

// latency is percentiles over time and distributions, with the SLOs.
func (r *results) latency() section {
	s := section{ID: "latency", Title: "Latency"}
	q := r.requests
	if q == nil {
		return s
	}
	if q.read < q.rows {
		s.Intro = fmt.Sprintf("The charts below are made from %s of %s requests, in blocks spread evenly over the run.", report.Number(float64(q.read)), report.Number(float64(q.rows)))
	}
	metrics := []struct {
		k               latency
		id, title, desc string
	}{
		{ttft, "ttft", "Time to first token", "from arrival to the first output token"},
		{tpot, "tpot", "Time per output token", "after the first, mean of each request"},
		{queued, "queue-wait", "Wait in the queue", "from arrival to the first batch"},
		{e2e, "e2e", "End-to-end latency", "from arrival to the end"},
	}
	for _, m := range metrics {
		for _, d := range q.deployments {
			if d.all[m.k].Count() == 0 {
				continue
			}
			title, id := m.title, m.id
			if len(q.deployments) > 1 {
				title, id = title+", "+d.name, id+"-"+d.name
			}
			s.add(r.percentiles(m.k, d, id, title, m.desc))
		}
		s.add(r.distribution(m.k, m.id+"-cdf", m.title+", distribution", m.desc))
	}
	return s
}

// percentiles draws one latency of one deployment over time.
func (r *results) percentiles(k latency, d *latencies, id, title, desc string) template.HTML {
	x, u := r.axis()
	quantiles := []struct {
		name, color string
		q           float64
	}{{"p50", "c-2", 0.5}, {"p90", "c-0", 0.9}, {"p99", "c-3", 0.99}}
	var at, until []float64
	series := make([]chart.Series, len(quantiles))
	for i, q := range quantiles {
		series[i] = chart.Series{Name: q.name, Color: q.color}
	}
	bucket := r.requests.bucket.Seconds()
	for b := range timeBuckets {
		from := float64(b) * bucket
		if from >= r.doc.Horizon.Seconds() {
			break
		}
		at, until = append(at, from), append(until, min(from+bucket, r.doc.Horizon.Seconds()))
		h := &d.over[k][b]
		for i, q := range quantiles {
			v := math.NaN()
			if h.Count() > 0 {
				v = float64(h.Quantile(q.q)) / 1e6
			}
			series[i].Values = append(series[i].Values, v)
		}
	}
	levels := r.slo(k, d.name)
	p := chart.Plot{
		Frame: chart.Frame{ID: id, Title: title, Desc: "Percentiles of completed requests by time of arrival: " + desc + ".", Half: true},
		X:     x, Y: chart.Axis{Scale: latencyScale(series, levels), Format: chart.Seconds},
		At: in(u, at), Until: in(u, until), Series: series, Levels: levels, Events: r.events(u), Unit: "s",
	}
	return r.draw(&p)
}

// latencyScale is logarithmic if values span more than a power of ten.
func latencyScale(series []chart.Series, levels []chart.Mark) chart.Scale {
	lo, hi := math.Inf(1), 0.0
	for _, s := range series {
		for _, v := range s.Values {
			if v > 0 { // not NaN
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	for _, m := range levels {
		lo, hi = min(lo, m.At), max(hi, m.At)
	}
	if hi > 10*lo {
		return chart.NiceLog(max(lo, hi/1e6), hi)
	}
	return chart.Nice(hi * 1.02) // a level does not lie on the edge
}

// slo returns the level that a deployment's latency should meet.
func (r *results) slo(k latency, deployment string) []chart.Mark {
	for i := range r.doc.Deployments {
		d := &r.doc.Deployments[i]
		if d.Name != deployment {
			continue
		}
		limit := map[latency]float64{ttft: d.SLO.TTFT.Seconds(), tpot: d.SLO.TPOT.Seconds(), e2e: d.SLO.E2E.Seconds()}[k]
		if limit > 0 {
			return []chart.Mark{{At: limit, Label: "SLO " + report.Seconds(limit)}}
		}
	}
	return nil
}

// cdfPoints is the number of points of a distribution.
const cdfPoints = 160

// distribution draws the distribution function of a latency, a line for each
// deployment.
func (r *results) distribution(k latency, id, title, desc string) template.HTML {
	lo, hi := math.Inf(1), 0.0
	for _, d := range r.requests.deployments {
		if h := &d.all[k]; h.Count() > 0 {
			lo, hi = min(lo, float64(max(h.Quantile(0.001), 1))), max(hi, float64(h.Max()))
		}
	}
	if hi <= lo {
		return ""
	}
	scale := chart.NiceLog(lo/1e6, hi/1e6)
	var at []float64
	for i := range cdfPoints {
		at = append(at, scale.Lo*math.Pow(scale.Hi/scale.Lo, float64(i)/(cdfPoints-1)))
	}
	var series []chart.Series
	var events []chart.Mark
	for i, d := range r.requests.deployments {
		h := &d.all[k]
		if h.Count() == 0 {
			continue
		}
		s := chart.Series{Name: d.name, Color: palette(i)}
		for _, x := range at {
			s.Values = append(s.Values, float64(h.AtMost(int64(x*1e6)))/float64(h.Count()))
		}
		series = append(series, s)
		for _, m := range r.slo(k, d.name) {
			events = append(events, chart.Mark{At: m.At, Label: d.name + ": " + m.Label, Limit: true})
		}
	}
	p := chart.Plot{
		Frame: chart.Frame{ID: id, Title: title, Desc: "Share of completed requests, arrived after the warm-up, that took at most so long: " + desc + ".", Half: len(r.requests.deployments)%2 == 1},
		X:     chart.Axis{Scale: scale, Name: "at most", Format: chart.Seconds}, Y: chart.Axis{Scale: chart.Scale{Hi: 1}, Format: chart.Percent},
		At: at, Series: series, Events: events,
	}
	return r.draw(&p)
}
