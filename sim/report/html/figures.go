package html

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/jevons-sim/jevons/sim/report"
)

// tile is a figure at the top of the page.
type tile struct {
	Name  string
	Value template.HTML
	Note  string
}

// line is a figure wherever it stands in the summary.
type line struct {
	group, name, path string
	style             style
}

// tiles are the figures that matter first.
func (r *results) tiles() []tile {
	var out []tile
	add := func(name, path string, s style, note string) {
		if f, ok := r.summary.figure(path); ok {
			out = append(out, tile{name, f.show(s), note})
		}
	}
	add("GPUs", "fleet.gpus", count, r.hardware())
	add("allocated", "utilization.allocated", share, "of GPU time since the warm-up")
	add("busy", "utilization.busy", share, "in compute accounts")
	add("MFU", "utilization.mfu", share, "model FLOPs ÷ BF16 peak")
	add("requests", "requests.arrived", count, "arrived")
	add("TTFT p99", "requests.ttft_s.p99", duration, "of completed requests")
	add("met their SLO", "requests.slo_attainment", share, "of requests that ended")
	add("jobs", "jobs.submitted", count, "submitted")
	add("job wait p90", "jobs.wait_s.p90", duration, "in the queue")
	add("energy", "energy_kwh", kWh, "all GPUs, whole run")
	add("cost", "cost_usd", dollars, "all GPUs, whole run")
	add("CO₂", "carbon_kg", kgCO2, "of their electricity")
	return out
}

// comparison are the figures that a run and its windows have in common.
var comparison = []line{
	{"Utilisation", "allocated", "utilization.allocated", share},
	{"Utilisation", "busy", "utilization.busy", share},
	{"Utilisation", "MFU", "utilization.mfu", share},
	{"Utilisation", "MBU", "utilization.mbu", share},
	{"Requests", "arrived", "requests.arrived", count},
	{"Requests", "simulated one by one", "requests.sampling.simulated", count},
	{"Requests", "completed", "requests.completed", count},
	{"Requests", "rejected", "requests.rejected", count},
	{"Requests", "shed", "requests.shed", count},
	{"Requests", "cancelled", "requests.cancelled", count},
	{"Requests", "unfinished", "requests.unfinished", count},
	{"Requests", "met their SLO", "requests.slo_attainment", share},
	{"Requests", "TTFT p50", "requests.ttft_s.p50", duration},
	{"Requests", "TTFT p99", "requests.ttft_s.p99", duration},
	{"Requests", "TPOT p50", "requests.tpot_s.p50", duration},
	{"Requests", "TPOT p99", "requests.tpot_s.p99", duration},
	{"Requests", "queue p99", "requests.queue_s.p99", duration},
	{"Requests", "end to end p50", "requests.e2e_s.p50", duration},
	{"Requests", "end to end p99", "requests.e2e_s.p99", duration},
	{"Jobs", "submitted", "jobs.submitted", count},
	{"Jobs", "completed", "jobs.completed", count},
	{"Jobs", "failed", "jobs.failed", count},
	{"Jobs", "unfinished", "jobs.unfinished", count},
	{"Jobs", "wait p50", "jobs.wait_s.p50", duration},
	{"Jobs", "wait p90", "jobs.wait_s.p90", duration},
	{"Jobs", "completion time p50", "jobs.jct_s.p50", duration},
	{"Jobs", "preemptions", "jobs.preemptions", count},
}

// figures lays the run and its windows side by side.
func (r *results) figures() section {
	s := section{ID: "figures", Title: "In figures"}
	prefixes, head := r.columns()
	g := grid{head: head}
	for _, l := range comparison {
		g.add(r, l.group, l.name, l.style, prefixes, l.path)
	}
	s.add(g.html())
	return s
}

// columns are the run and its windows: where their figures stand, and names.
func (r *results) columns() (prefixes, head []string) {
	prefixes, head = []string{""}, []string{"whole run"}
	for i := range r.summary.count("windows") {
		at := fmt.Sprintf("windows.%d.", i)
		prefixes = append(prefixes, at)
		from, to := r.summary.value(at+"from_s"), r.summary.value(at+"to_s")
		head = append(head, fmt.Sprintf("%s\n%s – %s", r.summary.text(at+"name"), report.Seconds(from), report.Seconds(to)))
	}
	if len(prefixes) == 3 {
		head = append(head, r.changeHead(prefixes))
	}
	return prefixes, head
}

// add appends a row with a figure from every column. Rows that are missing
// throughout, or zero throughout as failures mostly are, stay away.
func (g *grid) add(r *results, group, name string, s style, prefixes []string, path string) {
	row := gridRow{group: group, name: name}
	zero := true
	values := make([]float64, len(prefixes))
	for i, p := range prefixes {
		f, ok := r.summary.figure(p + path)
		if !ok || r.unmeasured(p, path) {
			row.cells = append(row.cells, "–")
			continue
		}
		values[i] = f.Value
		zero = zero && f.Value == 0
		row.cells = append(row.cells, f.show(s))
	}
	if zero && s != duration {
		return
	}
	missing := true
	for _, c := range row.cells {
		missing = missing && c == "–"
	}
	if missing {
		return
	}
	if len(prefixes) == 3 && prefixes[0] == "" {
		if s.amount() {
			for i, p := range prefixes[1:] {
				values[i+1] /= r.summary.value(p+"to_s") - r.summary.value(p+"from_s")
			}
		}
		moved := template.HTML("–")
		if row.cells[1] != "–" && row.cells[2] != "–" {
			moved = template.HTML(change(s, values[1], values[2])) //nolint:gosec // digits and signs
		}
		row.cells = append(row.cells, moved)
	}
	g.rows = append(g.rows, row)
}

// unmeasured reports whether a figure of requests is 0 for want of requests.
func (r *results) unmeasured(prefix, path string) bool {
	switch {
	case path == "requests.slo_attainment":
		return r.summary.value(prefix+"requests.arrived") == 0
	case strings.HasPrefix(path, "requests.") && strings.Contains(path, "_s."):
		return r.summary.value(prefix+"requests.ttft_s.max") == 0 // no first token comes at once
	}
	return false
}

// breakdown is a table whose columns are the members of an object of the
// summary, such as requests by class.
func (r *results) breakdown(caption, at string, lines []line) template.HTML {
	names := r.summary.keys(at)
	if len(names) == 0 {
		return ""
	}
	var prefixes []string
	for _, n := range names {
		prefixes = append(prefixes, at+"."+n+".")
	}
	g := grid{caption: caption, head: names}
	for _, l := range lines {
		g.add(r, "", l.name, l.style, prefixes, l.path)
	}
	return g.html()
}

// under returns the comparison's lines of a group, with paths below a prefix.
func under(prefix string) []line {
	var out []line
	for _, l := range comparison {
		if path, ok := strings.CutPrefix(l.path, prefix); ok {
			out = append(out, line{"", l.name, path, l.style})
		}
	}
	return out
}

// list is a table of single figures; "" if the section at a path is absent.
func (r *results) list(caption, at string, lines []line) template.HTML {
	if !r.summary.has(at) {
		return ""
	}
	g := grid{caption: caption, head: []string{""}}
	for _, l := range lines {
		if f, ok := r.summary.figure(at + "." + l.path); ok {
			g.rows = append(g.rows, gridRow{name: l.name, cells: []template.HTML{f.show(l.style)}})
		}
	}
	return g.html()
}

// changeHead heads the column of changes: amounts of windows of different
// lengths are compared per day.
func (r *results) changeHead(prefixes []string) string {
	length := func(p string) float64 { return r.summary.value(p+"to_s") - r.summary.value(p+"from_s") }
	if length(prefixes[1]) == length(prefixes[2]) {
		return "change"
	}
	return "change\namounts per day"
}
