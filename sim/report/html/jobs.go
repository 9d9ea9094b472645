package html

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/report/chart"
	"github.com/jevons-sim/jevons/sim/result"
)

// ganttBars is the most bars of a pool's Gantt chart.
const ganttBars = 400

// jobSection is the queue, the waits, and who ran when.
func (r *results) jobSection() section {
	s := section{ID: "jobs", Title: "Jobs"}
	if len(r.jobs) == 0 {
		return s
	}
	queue := r.byLabel("jobs_waiting", "")
	for i := range queue {
		queue[i].Name = "waiting"
	}
	s.add(r.lines("queue", "Gangs in the queue", "Gangs that waited for GPUs, at every sample.", "gangs", queue))
	s.add(r.waits())
	for _, pool := range r.jobPools() {
		s.add(r.gantt(pool))
	}
	return s
}

// jobPools returns the pools that jobs ran in, those of most GPU time first.
func (r *results) jobPools() []string {
	time := map[string]float64{}
	for i := range r.jobs {
		if j := &r.jobs[i]; j.State != "failed" {
			time[j.Pool] += gpuSeconds(j)
		}
	}
	pools := make([]string, 0, len(time))
	for p := range time {
		pools = append(pools, p)
	}
	slices.SortFunc(pools, func(a, b string) int { return cmp.Or(cmp.Compare(time[b], time[a]), cmp.Compare(a, b)) })
	return pools
}

// gpuSeconds is about the GPU time a job held; none if it never started, which
// leaves it without a pool.
func gpuSeconds(j *result.JobRow) float64 {
	if j.Pool == "" {
		return 0
	}
	return float64(j.End-j.FirstStart) / 1e9 * float64(j.GPUMilli) / 1000
}

// waits draws the distribution of the jobs' waits by kind.
func (r *results) waits() template.HTML {
	byKind := map[string]*metrics.Histogram{}
	for i := range r.jobs {
		if j := &r.jobs[i]; j.State != "failed" {
			if byKind[j.Kind] == nil {
				byKind[j.Kind] = &metrics.Histogram{}
			}
			byKind[j.Kind].Record(j.Wait / int64(event.Millisecond))
		}
	}
	longest := 0.0
	for _, h := range byKind {
		longest = max(longest, float64(h.Max())/1000)
	}
	if longest == 0 {
		return template.HTML("<p>No job waited.</p>")
	}
	scale := chart.NiceLog(min(1, longest/10), longest)
	p := chart.Plot{
		Frame: chart.Frame{ID: "job-waits", Title: "Waits of jobs, distribution", Desc: "Share of jobs that waited at most so long in the queue, over all their turns there.", Half: true},
		X:     chart.Axis{Scale: scale, Name: "at most", Format: chart.Seconds}, Y: chart.Axis{Scale: chart.Scale{Hi: 1}, Format: chart.Percent},
	}
	for i := range cdfPoints {
		p.At = append(p.At, scale.Lo*math.Pow(scale.Hi/scale.Lo, float64(i)/(cdfPoints-1)))
	}
	for _, k := range []struct{ kind, name, color string }{{"training", "pre-training", "c-training"}, {"rl", "RL post-training", "c-rl"}, {"batch", "other jobs", "c-jobs"}} {
		h := byKind[k.kind]
		if h == nil {
			continue
		}
		s := chart.Series{Name: k.name, Color: k.color}
		for _, x := range p.At {
			s.Values = append(s.Values, float64(h.AtMost(int64(x*1000)))/float64(h.Count()))
		}
		p.Series = append(p.Series, s)
	}
	return r.draw(&p)
}

// kindColor is the colour of a kind of job.
func kindColor(kind string) string {
	if kind == "batch" {
		return "c-jobs"
	}
	return "c-" + kind
}

// gantt draws the jobs of a pool.
func (r *results) gantt(pool string) template.HTML {
	var jobs []*result.JobRow
	for i := range r.jobs {
		if j := &r.jobs[i]; j.Pool == pool && j.State != "failed" {
			jobs = append(jobs, j)
		}
	}
	title := "Jobs in pool " + pool
	if pool == "" {
		title = "Jobs that never started"
	}
	desc := "From submission (pale) over the first start (full) to the end; the full part includes turns back in the queue after a preemption."
	if all := len(jobs); all > ganttBars {
		slices.SortStableFunc(jobs, func(a, b *result.JobRow) int { return cmp.Compare(gpuSeconds(b), gpuSeconds(a)) })
		jobs = jobs[:ganttBars]
		desc = fmt.Sprintf("The %d of %s jobs with the most GPU time. %s", ganttBars, report.Number(float64(all)), desc)
	}
	slices.SortStableFunc(jobs, func(a, b *result.JobRow) int {
		return cmp.Or(cmp.Compare(a.Submit, b.Submit), cmp.Compare(a.ID, b.ID))
	})
	x, u := r.axis()
	g := chart.Gantt{Frame: chart.Frame{ID: "gantt-" + pool, Title: title, Desc: desc}, X: x}
	g.Data.Columns = []chart.Column{
		{Name: "job", Format: chart.Text}, {Name: "kind", Format: chart.Text}, {Name: "tenant", Format: chart.Text}, {Name: "state", Format: chart.Text},
		{Name: "GPUs", Format: chart.Number}, {Name: "nodes", Format: chart.Number}, {Name: "priority", Format: chart.Number},
		{Name: "submitted", Unit: u.Name, Format: chart.Number}, {Name: "first start", Unit: u.Name, Format: chart.Number}, {Name: "end", Unit: u.Name, Format: chart.Number},
		{Name: "waited", Unit: "s", Format: chart.Seconds}, {Name: "preemptions", Format: chart.Number},
	}
	at := func(ns int64) float64 { return float64(ns) / 1e9 / u.Seconds }
	kinds := map[string]bool{}
	for _, j := range jobs {
		kinds[j.Kind] = true
		start, started := at(j.FirstStart), chart.Value(at(j.FirstStart))
		if pool == "" {
			start, started = at(j.End), ""
		}
		g.Bars = append(g.Bars, chart.Bar{Label: j.Name, Color: kindColor(j.Kind), From: at(j.Submit), Start: start, End: at(j.End)})
		g.Data.Rows = append(g.Data.Rows, []string{
			j.Name, j.Kind, j.Tenant, j.State, chart.Value(float64(j.GPUMilli) / 1000), chart.Int(int64(j.Nodes)), chart.Int(int64(j.Priority)),
			chart.Value(at(j.Submit)), started, chart.Value(at(j.End)), chart.Value(float64(j.Wait) / 1e9), chart.Int(int64(j.Preemptions)),
		})
	}
	for _, k := range []struct{ kind, name string }{{"training", "pre-training"}, {"rl", "RL post-training"}, {"batch", "other jobs"}} {
		if kinds[k.kind] {
			g.Keys = append(g.Keys, chart.Series{Name: k.name, Color: kindColor(k.kind)})
		}
	}
	return g.HTML()
}
