package html

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/jevons-sim/jevons/sim/report/chart"
)

// demandFigures is how volume answered a change of price.
func (r *results) demandFigures() template.HTML {
	return r.list("Demand", "demand", []line{
		{"", "price of a token at the first shock", "price_ratio", factor},
		{"", "elasticity", "elasticity", count},
		{"", "requests desired", "desired_requests", count},
		{"", "requests served", "served_requests", count},
		{"", "inference GPU-hours per day before", "gpu_hours_before", count},
		{"", "inference GPU-hours per day after", "gpu_hours_after", count},
		{"", "closed form: GPU-hours if nothing queued", "closed_form_gpu_hours_ratio", factor},
	})
}

// details are the parts of the summary by class, kind and deployment, and all
// of it as one table.
func (r *results) details() section {
	s := section{ID: "details", Title: "Details"}
	s.add(r.breakdown("Requests by class", "requests.by_class", under("requests.")))
	s.add(r.breakdown("Jobs by kind", "jobs.by_kind", under("jobs.")))
	s.add(r.deployments())
	s.add(r.published())
	s.add(r.list("Pre-training", "training", []line{
		{"", "tokens", "tokens", count}, {"", "steps", "steps", count}, {"", "mean step", "step_s", duration}, {"", "MFU", "mfu", share},
		{"", "ETTR, share of its time that trained", "ettr", share}, {"", "preemptions", "preemptions", count},
		{"", "GPU-hours lost", "lost_gpu_s", gpuHours},
	}))
	s.add(r.list("RL post-training", "rl", []line{
		{"", "steps", "steps", count}, {"", "samples used", "samples_used", count}, {"", "samples dropped", "samples_dropped", count},
		{"", "tokens", "tokens", count}, {"", "rollout GPUs idle", "rollout_idle", share}, {"", "trainer GPUs idle", "trainer_idle", share},
		{"", "reward model's GPUs at work", "reward_utilisation", share},
		{"", "share of generation in its tail", "tail_share", share}, {"", "staleness, mean", "staleness.mean", count},
	}))
	s.add(r.list("Lending", "lending", []line{
		{"", "GPU-hours that deployments lent", "lent_gpu_hours", count}, {"", "GPU-hours of theirs that stood idle", "idle_gpu_hours", count},
		{"", "GPU-hours of their replicas", "serving_gpu_hours", count}, {"", "times other work made way", "reclaims", count},
		{"", "wait of a replica for its GPUs, mean", "replica_wait_s.mean", duration}, {"", "wait of a replica for its GPUs, p99", "replica_wait_s.p99", duration},
		{"", "waits for lent GPUs, all together", "reclaim_wait_total_s", duration},
		{"", "requests that arrived in such a wait", "requests_during_reclaim", count}, {"", "of these, missed their SLO", "slo_missed_during_reclaim", count},
	}))
	s.add(r.everything())
	return s
}

// published is a table of figures beside those published of the real thing.
func (r *results) published() template.HTML {
	n := r.summary.count("published")
	if n == 0 {
		return ""
	}
	g := grid{caption: "Beside what was published", head: []string{"simulated", "published", "difference, %", "source"}}
	for i := range n {
		at := fmt.Sprintf("published.%d.", i)
		row := gridRow{name: r.summary.text(at + "name")}
		for _, k := range []string{"simulated", "published", "difference_pct"} {
			f, _ := r.summary.figure(at + k)
			row.cells = append(row.cells, f.show(count))
		}
		row.cells = append(row.cells, template.HTML(template.HTMLEscapeString(r.summary.text(at+"source")))) //nolint:gosec // escaped
		g.rows = append(g.rows, row)
	}
	return g.html()
}

// deployments is a table of the serving deployments.
func (r *results) deployments() template.HTML {
	n := r.summary.count("deployments")
	if n == 0 {
		return ""
	}
	g := grid{caption: "Deployments", head: []string{"model at the end", "GPUs per replica", "replicas at the end", "at the peak"}}
	for i := range n {
		at := fmt.Sprintf("deployments.%d.", i)
		row := gridRow{name: r.summary.text(at + "name"), cells: []template.HTML{template.HTML(template.HTMLEscapeString(r.summary.text(at + "model")))}} //nolint:gosec // escaped
		for _, k := range []string{"gpus_per_replica", "replicas", "peak_replicas"} {
			f, _ := r.summary.figure(at + k)
			row.cells = append(row.cells, f.show(count))
		}
		g.rows = append(g.rows, row)
	}
	return g.html()
}

// everything is all figures of the summary.
func (r *results) everything() template.HTML {
	t := chart.Table{Columns: []chart.Column{{Name: "figure", Format: chart.Category}, {Name: "value", Format: chart.Category}}}
	if r.summary.value("replications") > 1 {
		t.Columns = append(t.Columns, chart.Column{Name: "95 % from", Format: chart.Category}, chart.Column{Name: "to", Format: chart.Category})
	}
	r.summary.walk("", func(path string, values []string) {
		row := append([]string{path}, values...)
		for len(row) < len(t.Columns) {
			row = append(row, "")
		}
		t.Rows = append(t.Rows, row[:len(t.Columns)])
	})
	d := chart.Data{Frame: chart.Frame{
		ID: "summary", Title: "Every figure",
		Desc: fmt.Sprintf("All %d values of summary.json.", len(t.Rows)),
	}, Table: t}
	return d.HTML()
}

// walk calls f for every value, in order of path: its text, or mean and bounds.
func (t tree) walk(at string, f func(path string, values []string)) {
	v, _ := t.get(at)
	join := func(k string) string { return strings.TrimPrefix(at+"."+k, ".") }
	switch v := v.(type) {
	case map[string]any:
		if fig, ok := t.figure(at); ok && at != "" {
			f(at, []string{fig.Exact, fmt.Sprint(v["lo"]), fmt.Sprint(v["hi"])})
			return
		}
		for _, k := range t.keys(at) {
			t.walk(join(k), f)
		}
	case []any:
		for i := range v {
			t.walk(join(fmt.Sprint(i)), f)
		}
	case nil:
	default:
		f(at, []string{fmt.Sprint(v)})
	}
}
