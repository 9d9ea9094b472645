package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
)

// Format is how results are printed.
type Format string

// The formats.
const (
	Table    Format = "table"
	Markdown Format = "markdown"
	CSV      Format = "csv"
	AsJSON   Format = "json"
)

// Print writes a summary: for people as a title, the result in words and a
// table of the windows side by side, for programs as JSON or CSV.
func Print(w io.Writer, s *result.Summary, f Format) error {
	if f == AsJSON {
		text, err := JSON(s)
		if err != nil {
			return err
		}
		_, err = w.Write(text)
		return err
	}
	t := comparison(s)
	if f == CSV {
		_, err := fmt.Fprintln(w, t.RenderCSV())
		return err
	}
	render := table.Writer.Render
	if f == Markdown {
		render = table.Writer.RenderMarkdown
	}
	body := render(t)
	if used := costs(s); used != nil {
		body += "\n\n" + render(used)
	}
	if len(s.Published) > 0 {
		body += "\n\n" + render(published(s.Published))
	}
	if text := lending(s); text != "" {
		body += "\n\n" + wrap(text)
	}
	_, err := fmt.Fprintf(w, "%s\n%s\n\n%s\n", title(s), wrap(Story(s)), trimLines(body))
	return err
}

// wrap breaks a paragraph into lines.
func wrap(s string) string { return trimLines(text.WrapSoft(s, 110)) }

// published is a table of the run's figures beside published ones.
func published(rows []result.Published) table.Writer {
	t := newTable()
	t.AppendHeader(table.Row{"", "simulated", "published", "difference", "source"})
	for _, p := range rows {
		t.AppendRow(table.Row{p.Name, Number(p.Simulated), Number(p.Published), fmt.Sprintf("%+.1f %%", p.DifferencePct), p.Source})
	}
	return t
}

// trimLines removes trailing blanks, which a table without borders leaves.
func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// title names the run in one line.
func title(s *result.Summary) string {
	var gpus []string
	for _, name := range sortedKeys(s.Fleet.ByGPU) {
		gpus = append(gpus, fmt.Sprintf("%s %s", Number(float64(s.Fleet.ByGPU[name])), name))
	}
	return fmt.Sprintf("%s  %s · %s · seed %d", s.Scenario, strings.Join(gpus, ", "), Seconds(s.HorizonS), s.Seed)
}

// column is one window, or the whole run.
type column struct {
	name string
	w    result.Window
}

func columns(s *result.Summary) []column {
	if len(s.Windows) == 0 {
		return []column{{"whole run", result.Window{
			ToS: s.HorizonS, Ledger: s.Ledger, Utilization: s.Utilization, GPUSecondsByDeployment: s.GPUSecondsByDeployment, Requests: s.Requests, Jobs: s.Jobs,
			EnergyKWh: s.EnergyKWh, CostUSD: s.CostUSD, CarbonKg: s.CarbonKg,
		}}}
	}
	var cols []column
	for i := range s.Windows {
		w := &s.Windows[i]
		cols = append(cols, column{fmt.Sprintf("%s (d%g–%g)", w.Name, round1(w.FromS/86400), round1(w.ToS/86400)), *w})
	}
	return cols
}

func round1(v float64) float64 { return float64(int64(v*10+0.5)) / 10 }

// row is one line of the comparison: a figure of a window, and how it prints.
type row struct {
	group, name string
	value       func(*result.Window) (float64, bool)
	print       func(float64) string
	share       bool // the figure is a share of 1
}

// change says how far a figure moved: shares by percentage points, others
// relative to what they were.
func (r *row) change(before, after float64) string {
	if r.share {
		return points(before, after)
	}
	return change(before, after)
}

// newTable returns a table without borders.
func newTable() table.Writer {
	t := table.NewWriter()
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	style.Format.Header = text.FormatDefault
	t.SetStyle(style)
	return t
}

// comparison lays the windows side by side.
func comparison(s *result.Summary) table.Writer {
	cols := columns(s)
	t := newTable()
	header := table.Row{"", ""}
	for _, c := range cols {
		header = append(header, c.name)
	}
	if len(cols) == 2 {
		header = append(header, "change")
	}
	t.AppendHeader(header)
	var configs []table.ColumnConfig
	for i := 3; i <= len(header); i++ {
		configs = append(configs, table.ColumnConfig{Number: i, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(configs)
	last := ""
	for _, r := range rows(s) {
		line := table.Row{"", r.name}
		if r.group != last {
			line[0] = r.group
		}
		var values []float64
		for i := range cols {
			v, ok := r.value(&cols[i].w)
			if !ok {
				line = append(line, "–")
				continue
			}
			values = append(values, v)
			line = append(line, r.print(v))
		}
		if len(values) == 0 {
			continue // the scenario has no such work
		}
		if len(cols) == 2 && len(values) == 2 {
			line = append(line, r.change(values[0], values[1]))
		}
		last = r.group
		t.AppendRow(line)
	}
	return t
}

// measured reports whether latencies have been: no request's first token comes
// at once.
func measured(r *result.Requests) bool { return r.TTFT.Max > 0 }

// rows lists the lines of the comparison.
func rows(s *result.Summary) []row {
	class := func(name string, c ledger.Class) row {
		return row{"GPU-hours/day", name, func(w *result.Window) (float64, bool) {
			_, used := s.Ledger.ByClass[c.String()]
			return perDay(w, c), used || c == ledger.Nobody
		}, Number, false}
	}
	requests := func(name string, f func(*result.Requests) float64, p func(float64) string) row {
		return row{"requests", name, func(w *result.Window) (float64, bool) {
			if w.Requests == nil {
				return 0, false
			}
			return f(w.Requests), true
		}, p, false}
	}
	latency := func(name string, f func(*result.Requests) float64) row {
		return row{"requests", name, func(w *result.Window) (float64, bool) {
			if w.Requests == nil || !measured(w.Requests) {
				return 0, false
			}
			return f(w.Requests), true
		}, Seconds, false}
	}
	jobs := func(name string, f func(*result.Jobs) float64, p func(float64) string) row {
		return row{"jobs", name, func(w *result.Window) (float64, bool) {
			if w.Jobs == nil {
				return 0, false
			}
			return f(w.Jobs), true
		}, p, false}
	}
	fleet := func(group, name string, f func(*result.Window) float64, p func(float64) string) row {
		return row{group, name, func(w *result.Window) (float64, bool) { return f(w), true }, p, false}
	}
	used := func(name string, f func(result.Utilization) float64) row {
		return row{"utilisation", name, func(w *result.Window) (float64, bool) { return f(w.Utilization), true }, Percent, true}
	}
	perDayOf := func(f func(*result.Window) float64) func(*result.Window) float64 {
		return func(w *result.Window) float64 { return f(w) / days(w) }
	}
	out := []row{class("inference", ledger.Inference)}
	for _, name := range sortedKeys(s.GPUSecondsByDeployment) {
		out = append(out, row{"GPU-hours/day", "· " + name, func(w *result.Window) (float64, bool) {
			return w.GPUSecondsByDeployment[name].Hours() / days(w), true
		}, Number, false})
	}
	return append(out, []row{
		class("rl post-training", ledger.RL), class("pre-training", ledger.Training),
		class("other jobs", ledger.Jobs), class("idle", ledger.Nobody),
		used("allocated", func(u result.Utilization) float64 { return u.Allocated }),
		used("busy", func(u result.Utilization) float64 { return u.Busy }),
		used("MFU", func(u result.Utilization) float64 { return u.MFU }),
		{"requests", "desired/s", func(w *result.Window) (float64, bool) {
			if s.Demand == nil || w.Requests == nil {
				return 0, false
			}
			return float64(w.Requests.Desired) / (w.ToS - w.FromS), true
		}, short, false},
		{"requests", "arrived/s", func(w *result.Window) (float64, bool) {
			if w.Requests == nil {
				return 0, false
			}
			return float64(w.Requests.Arrived) / (w.ToS - w.FromS), true
		}, short, false},
		latency("TTFT p50", func(r *result.Requests) float64 { return r.TTFT.P50 }),
		latency("TTFT p99", func(r *result.Requests) float64 { return r.TTFT.P99 }),
		latency("TPOT p50", func(r *result.Requests) float64 { return r.TPOT.P50 }),
		latency("queue p99", func(r *result.Requests) float64 { return r.Queue.P99 }),
		{"requests", "met their SLO", func(w *result.Window) (float64, bool) {
			if w.Requests == nil || w.Requests.Arrived == 0 {
				return 0, false
			}
			return w.Requests.SLOAttainment, true
		}, Percent, true},
		requests("not completed", func(r *result.Requests) float64 {
			return float64(r.Rejected + r.Shed + r.Cancelled + r.Unfinished)
		}, Number),
		jobs("submitted", func(j *result.Jobs) float64 { return float64(j.Submitted) }, Number),
		jobs("wait p50", func(j *result.Jobs) float64 { return j.Wait.P50 }, Seconds),
		jobs("wait p90", func(j *result.Jobs) float64 { return j.Wait.P90 }, Seconds),
		jobs("preemptions", func(j *result.Jobs) float64 { return float64(j.Preemptions) }, Number),
		fleet("energy, cost", "MWh/day", perDayOf(func(w *result.Window) float64 { return w.EnergyKWh / 1000 }), Number),
		fleet("energy, cost", "USD/day", perDayOf(func(w *result.Window) float64 { return w.CostUSD }), Number),
		{"energy, cost", "kg CO2/day", func(w *result.Window) (float64, bool) { return w.CarbonKg / days(w), s.CarbonKg > 0 }, Number, false},
	}...)
}
