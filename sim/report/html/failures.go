package html

import (
	"fmt"
	"html/template"
	"maps"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/report/chart"
	"github.com/jevons-sim/jevons/sim/result"
)

// incidents is incidents.parquet: counts over time, and the rows that stopped
// most.
type incidents struct {
	bin    event.Time
	counts map[string][]float64 // failures and drains by component
	rows   []result.IncidentRow // failures, detections of stragglers and drains
	all    int
}

// Failures over time are counted in so many spans; the table holds so many.
const (
	incidentBins = 96
	incidentRows = 1000
)

func readIncidents(dir string, horizon event.Time) (*incidents, error) {
	x := &incidents{bin: max((horizon+incidentBins-1)/incidentBins, 1), counts: map[string][]float64{}}
	err := eachRow(dir, "incidents.parquet", func(r *result.IncidentRow) {
		if r.Event == "repaired" || r.Event == "returned" || r.Event == "detected" && r.Component != "straggler" {
			return
		}
		c := x.counts[r.Component]
		if c == nil {
			c = make([]float64, incidentBins)
			x.counts[r.Component] = c
		}
		c[min(r.Time/int64(x.bin), incidentBins-1)]++
		if x.all++; len(x.rows) < incidentRows {
			x.rows = append(x.rows, *r)
		}
	})
	return x, err
}

// failureSection is what broke and what that did.
func (r *results) failureSection() section {
	s := section{ID: "failures", Title: "Failures and maintenance"}
	s.add(r.failureFigures())
	if r.incidents.all == 0 {
		return s
	}
	x, u := r.axis()
	p := chart.Plot{
		Frame: chart.Frame{ID: "incidents", Title: "What broke", Desc: "Failures by component, slow nodes found, and drains, in equal spans of time.", Half: true},
		X:     x, Stacked: true, Unit: "incidents",
	}
	top := make([]float64, incidentBins)
	for i, c := range slices.Sorted(maps.Keys(r.incidents.counts)) {
		p.Series = append(p.Series, chart.Series{Name: c, Color: palette(i), Values: r.incidents.counts[c]})
		for b, v := range r.incidents.counts[c] {
			top[b] += v
		}
	}
	for b := range incidentBins {
		from := min(float64(b)*r.incidents.bin.Seconds(), r.doc.Horizon.Seconds())
		p.At = append(p.At, from/u.Seconds)
		p.Until = append(p.Until, min(from+r.incidents.bin.Seconds(), r.doc.Horizon.Seconds())/u.Seconds)
	}
	p.Y = chart.Axis{Scale: chart.Nice(slices.Max(top)), Format: chart.Number}
	s.add(r.draw(&p), r.out(), r.incidentTable(u))
	return s
}

// failureFigures are those of the summary.
func (r *results) failureFigures() template.HTML {
	lines := []line{{"", "available, share of GPU time not down", "availability", share}}
	for _, c := range r.summary.keys("failures.by_component") {
		lines = append(lines, line{"", "failures, " + c, "by_component." + c, count})
	}
	return r.list("Failures", "failures", append(lines, []line{
		{"", "gangs stopped by failures", "interruptions", count}, {"", "slow nodes found", "stragglers", count},
		{"", "gangs preempted by drains, or off slow nodes", "evictions", count},
		{"", "nodes drained", "drained_nodes", count}, {"", "spares that joined", "replacements", count},
	}...))
}

// out is the GPUs that were down or stood still for a failure.
func (r *results) out() template.HTML {
	g := r.gpu
	series := used([]chart.Series{
		{Name: "down", Color: "c-down", Values: g.sum(func(a account) bool { return a.name == "down" })},
		{Name: "failure not noticed", Color: "k-stalled-fault", Values: g.sum(func(a account) bool { return a.name == "stalled.fault" })},
	})
	if len(series) == 0 {
		return ""
	}
	x, u := r.axis()
	at, until, series := chart.Thin(g.from, g.to, series)
	p := chart.Plot{
		Frame: chart.Frame{ID: "gpus-out", Title: "GPUs out of service", Desc: "GPUs that were down, and GPUs of gangs that a failure had stopped before anybody noticed; means over every sample interval.", Half: true},
		X:     x, Y: chart.Axis{Scale: chart.Nice(most(series)), Format: chart.Number}, At: in(u, at), Until: in(u, until), Series: series, Unit: "GPUs",
	}
	return r.draw(&p)
}

func (r *results) incidentTable(u chart.TimeUnit) template.HTML {
	t := chart.Table{Columns: []chart.Column{
		{Name: "time", Unit: u.Name, Format: chart.Number}, {Name: "component", Format: chart.Category}, {Name: "event", Format: chart.Category},
		{Name: "pool", Format: chart.Category}, {Name: "first node", Format: chart.Number}, {Name: "last node", Format: chart.Number}, {Name: "gangs stopped", Format: chart.Number},
	}}
	for i := range r.incidents.rows {
		x := &r.incidents.rows[i]
		t.Rows = append(t.Rows, []string{
			chart.Value(float64(x.Time) / 1e9 / u.Seconds), x.Component, x.Event, x.Pool, chart.Int(int64(x.NodeFrom)), chart.Int(int64(x.NodeTo)), chart.Int(int64(x.Gangs)),
		})
	}
	desc := fmt.Sprintf("All %s failures, slow nodes found and drains.", report.Number(float64(r.incidents.all)))
	if len(t.Rows) < r.incidents.all {
		desc = fmt.Sprintf("The first %s of %s failures, slow nodes found and drains; incidents.parquet has all.", report.Number(float64(len(t.Rows))), report.Number(float64(r.incidents.all)))
	}
	d := chart.Data{Frame: chart.Frame{ID: "incident-list", Title: "Incidents", Desc: desc}, Table: t}
	return d.HTML()
}
