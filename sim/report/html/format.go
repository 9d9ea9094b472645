package html

import (
	"fmt"
	"html"
	"html/template"
	"strings"

	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/report/chart"
)

// style says how a figure is shown.
type style int

const (
	count    style = iota
	share          // of one, as a percentage
	duration       // seconds
	gpuHours       // GPU-seconds, shown in hours
	factor         // "0.28×"
	dollars
	kWh
	kgCO2
)

func (s style) String(v float64) string {
	switch s {
	case share:
		return report.Percent(v)
	case duration:
		return report.Seconds(v)
	case gpuHours:
		return chart.Grouped(v / 3600)
	case factor:
		return fmt.Sprintf("%.2f×", v)
	case dollars:
		return "$" + chart.Grouped(v)
	case kgCO2:
		if v >= 10_000 {
			return chart.Grouped(v/1000) + " t"
		}
		return chart.Grouped(v) + " kg"
	case kWh:
		if v >= 10_000 {
			return chart.Grouped(v/1000) + " MWh"
		}
		return chart.Grouped(v) + " kWh"
	}
	return chart.Grouped(v)
}

// show writes a figure with its exact value beside the text that people read.
func (f figure) show(s style) template.HTML {
	text := html.EscapeString(s.String(f.Value))
	title := ""
	if f.N > 1 {
		title = fmt.Sprintf(` title="95 %% interval over %d replications: %s to %s"`, f.N, s.String(f.Lo), s.String(f.Hi))
		if half := f.Hi - f.Value; half > 0 {
			text += " <small>± " + html.EscapeString(s.String(half)) + "</small>"
		}
	}
	return template.HTML(fmt.Sprintf(`<data value="%s" data-path="%s"%s>%s</data>`, //nolint:gosec // escaped
		html.EscapeString(f.Exact), html.EscapeString(f.Path), title, text))
}

// amount reports whether figures of the style grow with time, so that spans of
// different lengths compare per day.
func (s style) amount() bool {
	return s == count || s == dollars || s == kWh || s == kgCO2 || s == gpuHours
}

// change says how a figure moved: shares in percentage points, others relative
// to what they were.
func change(s style, before, after float64) string {
	switch {
	case before == after:
		return "="
	case s == share:
		return fmt.Sprintf("%+.1f pt", (after-before)*100)
	case before == 0:
		return "new"
	case after/before >= 2:
		return fmt.Sprintf("%.1f×", after/before)
	}
	return fmt.Sprintf("%+.0f %%", (after/before-1)*100)
}

// grid is a table of figures for people: a head, and rows of which the first
// cell is a heading.
type grid struct {
	caption string
	head    []string // a note may follow on a second line
	rows    []gridRow
}

type gridRow struct {
	group string // heading above the row, where it changes
	name  string
	cells []template.HTML
}

// html returns the table, "" without rows.
func (g *grid) html() template.HTML {
	if len(g.rows) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<div class="wide" tabindex="0" role="region" aria-label="%s"><table class="figures">`, html.EscapeString(g.caption))
	if g.caption != "" {
		b.WriteString("<caption>" + html.EscapeString(g.caption) + "</caption>")
	}
	b.WriteString("<thead><tr><td></td>")
	for _, h := range g.head {
		name, note, noted := strings.Cut(h, "\n")
		b.WriteString(`<th scope="col">` + html.EscapeString(name))
		if noted {
			b.WriteString(" <small>" + html.EscapeString(note) + "</small>")
		}
		b.WriteString("</th>")
	}
	b.WriteString("</tr></thead>")
	group := ""
	b.WriteString("<tbody>")
	for _, r := range g.rows {
		if r.group != group {
			group = r.group
			fmt.Fprintf(&b, `</tbody><tbody><tr class="group"><th scope="rowgroup" colspan="%d">%s</th></tr>`, len(g.head)+1, html.EscapeString(group))
		}
		b.WriteString(`<tr><th scope="row">` + html.EscapeString(r.name) + "</th>")
		for _, c := range r.cells {
			b.WriteString("<td>" + string(c) + "</td>")
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</tbody></table></div>")
	return template.HTML(strings.Replace(b.String(), "<tbody></tbody>", "", 1)) //nolint:gosec // escaped
}
