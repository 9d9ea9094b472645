package html

import (
	"fmt"
	"html/template"
	"math"
	"slices"

	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/report/chart"
	"github.com/jevons-sim/jevons/sim/stats"
)

// Comparison is one system against another.
type Comparison struct {
	Study
	A, B    string
	Level   float64  // of the intervals
	Seeds   []uint64 // of the pairs; none = compared as independent
	Figures []Compared
}

// Compared is a figure of both systems.
type Compared struct {
	Path             string
	A, B, Difference stats.Interval // B − A
	Adjusted         float64        // p-value, all figures looked at together
	Verdict          string
	Significant      bool
	RunsA, RunsB     []float64 // pair by pair, or run by run
}

// pairCharts is the most figures whose pairs are drawn.
const pairCharts = 6

// Render returns the report.
func (c *Comparison) Render() ([]byte, error) {
	s := section{ID: "differences", Title: "Differences", Intro: fmt.Sprintf("B − A with %.4g %% intervals. Verdicts hold for all figures together (Holm's adjustment).", c.Level*100)}
	s.add(c.forest(), c.table())
	pairs := section{ID: "pairs", Title: "Pair by pair", Intro: "Both runs of a pair saw the same random numbers: what remains between them is the systems' difference."}
	if len(c.Seeds) > 1 {
		n := 0
		for _, significant := range []bool{true, false} {
			for i := range c.Figures {
				f := &c.Figures[i]
				if n < pairCharts && f.Significant == significant && f.Difference.Hi != f.Difference.Lo {
					pairs.add(c.pairs(f))
					n++
				}
			}
		}
	}
	c.Facts = append(c.Facts, Fact{"A", c.A}, Fact{"B", c.B}, Fact{"runs of each", fmt.Sprint(max(len(c.Seeds), c.Figures[0].A.N))})
	return c.Study.render("comparison", "Comparison", s, pairs)
}

// forest draws differences relative to A, figure below figure.
func (c *Comparison) forest() template.HTML {
	f := chart.Forest{Frame: chart.Frame{ID: "forest", Title: "Change from A to B", Desc: "Differences relative to A's mean, with their intervals; large dots are significant. Figures that are zero in A are in the table only."}}
	f.Data.Columns = []chart.Column{
		{Name: "figure", Format: chart.Text}, {Name: "change", Format: chart.Percent}, {Name: "from", Format: chart.Percent}, {Name: "to", Format: chart.Percent},
		{Name: "p, adjusted", Format: chart.Number}, {Name: "verdict", Format: chart.Category},
	}
	lo, hi := 0.0, 0.0
	for i := range c.Figures {
		x := &c.Figures[i]
		of := math.Abs(x.A.Mean)
		if of == 0 {
			continue
		}
		span := chart.Span{Label: x.Path, At: x.Difference.Mean / of, Lo: x.Difference.Lo / of, Hi: x.Difference.Hi / of, Color: "c-idle", Significant: x.Significant}
		switch {
		case x.Significant && span.At > 0:
			span.Color = "c-1"
		case x.Significant:
			span.Color = "c-0"
		}
		cells := []string{x.Path, chart.Value(span.At), "", "", "", x.Verdict}
		if x.Difference.Known() {
			cells[2], cells[3], cells[4] = chart.Value(span.Lo), chart.Value(span.Hi), chart.Value(x.Adjusted)
		} else {
			span.Lo, span.Hi = span.At, span.At
		}
		lo, hi = min(lo, span.Lo), max(hi, span.Hi)
		f.Spans = append(f.Spans, span)
		f.Data.Rows = append(f.Data.Rows, cells)
	}
	if len(f.Spans) == 0 {
		return ""
	}
	// One wild figure must not squeeze the others into a line.
	lo, hi = max(lo, -2), min(hi, 5)
	room := max((hi-lo)*0.06, 0.01)
	f.X = chart.Axis{Scale: chart.Scale{Lo: lo - room, Hi: hi + room}, Name: "change", Format: chart.Percent}
	return f.HTML()
}

// table is all figures with their intervals.
func (c *Comparison) table() template.HTML {
	t := chart.Table{Columns: []chart.Column{{Name: "figure", Format: chart.Category}, {Name: "unit", Format: chart.Category}}}
	for _, n := range []string{"A", "B", "B − A"} {
		t.Columns = append(t.Columns, chart.Column{Name: n, Format: chart.Number}, chart.Column{Name: n + " from", Format: chart.Number}, chart.Column{Name: n + " to", Format: chart.Number})
	}
	t.Columns = append(t.Columns, chart.Column{Name: "p, adjusted", Format: chart.Number}, chart.Column{Name: "verdict", Format: chart.Category})
	for i := range c.Figures {
		x := &c.Figures[i]
		p := ""
		if x.Difference.Known() {
			p = chart.Value(x.Adjusted)
		}
		t.Rows = append(t.Rows, slices.Concat([]string{x.Path, report.UnitOf(x.Path)}, intervalCells(x.A), intervalCells(x.B), intervalCells(x.Difference), []string{p, x.Verdict}))
	}
	d := chart.Data{Frame: chart.Frame{ID: "figures", Title: "Every figure compared", Desc: fmt.Sprintf("Means and %.4g %% intervals.", c.Level*100)}, Table: t}
	return d.HTML()
}

// pairs draws a figure's runs in both systems, seed by seed.
func (c *Comparison) pairs(x *Compared) template.HTML {
	p := chart.Scatter{
		Frame: chart.Frame{ID: anchor("pairs", x.Path), Title: labelled(x.Path), Desc: fmt.Sprintf("%s: mean difference %s.", x.Verdict, chart.Value(x.Difference.Mean)), Half: true},
		X:     chart.Axis{Scale: chart.Scale{Lo: 0, Hi: float64(len(c.Seeds)) + 1}, Name: "pair", Format: chart.Number},
		Keys:  []chart.Series{{Name: "A", Color: "c-0"}, {Name: "B", Color: "c-1"}},
	}
	unit, format := report.UnitOf(x.Path), formatOf(x.Path)
	p.Data.Columns = []chart.Column{{Name: "run", Format: chart.Text}, {Name: "seed", Format: chart.Number}, {Name: "value", Unit: unit, Format: format}, {Name: "B − A", Unit: unit, Format: format}}
	var all []float64
	for i := range c.Seeds {
		a, b := x.RunsA[i], x.RunsB[i]
		for _, side := range []struct {
			name, color string
			v           float64
		}{{"A", "c-0", a}, {"B", "c-1", b}} {
			p.Points = append(p.Points, chart.Point{X: float64(i + 1), Y: side.v, Color: side.color})
			p.Data.Rows = append(p.Data.Rows, []string{fmt.Sprintf("%s, pair %d", side.name, i+1), fmt.Sprint(c.Seeds[i]), chart.Value(side.v), chart.Value(b - a)})
		}
		all = append(all, a, b)
	}
	p.Y = axisFor(x.Path, all...)
	return p.HTML()
}
