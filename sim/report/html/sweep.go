package html

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/report/chart"
	"github.com/jevons-sim/jevons/sim/stats"
)

// Sweep is a finished sweep.
type Sweep struct {
	Study
	Axes    []string        // the parameters that vary
	Rows    []report.RunRow // point by point, replication by replication
	Figures []string        // to draw
	Level   float64         // of intervals

	points []sweepPoint
	values [][]string // of each axis, in order of appearance
}

// sweepPoint is the runs at one point.
type sweepPoint struct {
	at   []string
	runs []report.RunRow
}

// Most lines of a response curve, and most Pareto fronts.
const (
	mostLines  = 6
	mostFronts = 4
)

// Render returns the report.
func (s *Sweep) Render() ([]byte, error) {
	s.group()
	curves := section{ID: "curves", Title: "Response"}
	maps := section{ID: "maps", Title: "Over two parameters"}
	for _, f := range s.Figures {
		switch {
		case s.grid() && len(s.lines()) <= mostLines && s.numeric(0):
			curves.add(s.curve(f))
		case s.grid() && len(s.Axes) == 1:
			curves.add(s.categories(f))
		default:
			for k := range s.Axes {
				if s.numeric(k) {
					curves.add(s.scatter(f, k))
				}
			}
		}
		if len(s.Axes) == 2 && s.grid() {
			maps.add(s.matrix(f))
		}
	}
	fronts := section{ID: "fronts", Title: "What it costs",
		Intro: "Each dot is a point of the sweep. Those on the line are not beaten by any other in both figures at once (the Pareto front)."}
	fronts.add(s.fronts()...)
	all := section{ID: "points", Title: "All points"}
	all.add(s.table())
	s.Facts = append(s.Facts, Fact{"points", fmt.Sprint(len(s.points))}, Fact{"runs", fmt.Sprint(len(s.Rows))})
	return s.Study.render("sweep", "Sweep", curves, maps, fronts, all)
}

// group sorts the rows into points.
func (s *Sweep) group() {
	s.points, s.values = nil, make([][]string, len(s.Axes))
	for _, r := range s.Rows {
		if n := len(s.points); n == 0 || s.points[n-1].runs[0].Point != r.Point {
			s.points = append(s.points, sweepPoint{at: r.Parameters})
		}
		p := &s.points[len(s.points)-1]
		p.runs = append(p.runs, r)
	}
	for _, p := range s.points {
		for k, v := range p.at {
			if !slices.Contains(s.values[k], v) {
				s.values[k] = append(s.values[k], v)
			}
		}
	}
	for k := range s.values {
		if s.numeric(k) {
			slices.SortStableFunc(s.values[k], func(a, b string) int { return int(math.Copysign(1, number(a)-number(b))) })
		}
	}
}

// numeric reports whether all values of an axis are numbers of one unit.
func (s *Sweep) numeric(axis int) bool {
	unit := unitOf(s.values[axis][0])
	return !slices.ContainsFunc(s.values[axis], func(v string) bool { return math.IsNaN(number(v)) || unitOf(v) != unit })
}

// number returns the number that a value begins with, NaN if it begins with
// none: 2.5/s, 8.
func number(text string) float64 {
	v, err := strconv.ParseFloat(strings.TrimSuffix(text, unitOf(text)), 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

// unitOf returns what follows the number that a value begins with.
func unitOf(text string) string {
	return strings.TrimLeft(text, "+-.0123456789")
}

// Extremes says where each figure drawn is least and greatest.
func (s *Sweep) Extremes() []string {
	s.group()
	var out []string
	for _, f := range s.Figures {
		lo, hi := -1, -1
		var least, greatest float64
		for i := range s.points {
			x := s.at(&s.points[i], f)
			if x.N == 0 {
				continue
			}
			if lo < 0 || x.Mean < least {
				lo, least = i, x.Mean
			}
			if hi < 0 || x.Mean > greatest {
				hi, greatest = i, x.Mean
			}
		}
		if lo >= 0 && hi != lo && len(out) < 3 {
			out = append(out, fmt.Sprintf("%s goes from %s (at %s) to %s (at %s).", f, shownAs(f, least), s.name(0, s.points[lo].at), shownAs(f, greatest), s.name(0, s.points[hi].at)))
		}
	}
	return out
}

// shownAs prints a figure as people read it.
func shownAs(path string, v float64) string {
	switch formatOf(path) {
	case chart.Seconds:
		return duration.String(v)
	case chart.Percent:
		return share.String(v)
	}
	if u := report.UnitOf(path); u != "" {
		return chart.Grouped(v) + " " + u
	}
	return chart.Grouped(v)
}

// grid reports whether there is a point for every combination of values.
func (s *Sweep) grid() bool {
	n := 1
	for _, v := range s.values {
		n *= len(v)
	}
	return n == len(s.points)
}

// lines returns the combinations of the values of all axes but the first.
func (s *Sweep) lines() [][]string {
	var out [][]string
	for _, p := range s.points {
		if !slices.ContainsFunc(out, func(l []string) bool { return slices.Equal(l, p.at[1:]) }) {
			out = append(out, p.at[1:])
		}
	}
	return out
}

// at returns a figure's interval at a point.
func (s *Sweep) at(p *sweepPoint, path string) stats.Interval {
	var xs []float64
	for _, r := range p.runs {
		if v, ok := r.Figure(path); ok {
			xs = append(xs, v)
		}
	}
	return stats.MeanInterval(xs, s.Level)
}

// find returns the point at these values, nil if there is none.
func (s *Sweep) find(at ...string) *sweepPoint {
	for i := range s.points {
		if slices.Equal(s.points[i].at, at) {
			return &s.points[i]
		}
	}
	return nil
}

// curve draws a figure over the first parameter, a line for each combination
// of the others.
func (s *Sweep) curve(path string) template.HTML {
	p := chart.Plot{
		Frame: chart.Frame{ID: anchor("curve", path), Title: labelled(path), Desc: s.desc(), Half: true},
		X:     axisFor("", numbers(s.values[0])...), Unit: report.UnitOf(path),
	}
	p.X.Name = s.Axes[0]
	p.At = numbers(s.values[0])
	if n := len(p.At); n > 1 {
		p.X.Scale = chart.Scale{Lo: p.At[0], Hi: p.At[n-1], Log: p.At[0] > 0 && p.At[n-1] >= 30*p.At[0]}
	}
	var all []float64
	for i, rest := range s.lines() {
		line := chart.Series{Name: "mean", Color: palette(i)}
		if len(rest) > 0 {
			line.Name = s.name(1, rest)
		}
		known := true
		for _, v := range s.values[0] {
			x := s.at(s.find(append([]string{v}, rest...)...), path)
			if x.N == 0 {
				x = stats.Interval{Mean: math.NaN(), Lo: math.NaN(), Hi: math.NaN()}
			}
			known = known && (x.Known() || x.N == 0)
			line.Values, line.Lo, line.Hi = append(line.Values, x.Mean), append(line.Lo, x.Lo), append(line.Hi, x.Hi)
		}
		if !known {
			line.Lo, line.Hi = nil, nil
		}
		all = append(append(append(all, line.Values...), line.Lo...), line.Hi...)
		p.Series = append(p.Series, line)
	}
	p.Y = axisFor(path, all...)
	return p.HTML()
}

// desc says what a chart of the sweep shows.
func (s *Sweep) desc() string {
	if n := len(s.points[0].runs); n > 1 {
		return fmt.Sprintf("Means over %d replications with %.4g %% intervals; all points saw the same random numbers.", n, s.Level*100)
	}
	return "One run at each point; all points saw the same random numbers."
}

// name is the values of axes from one on.
func (s *Sweep) name(from int, values []string) string {
	out := ""
	for k, v := range values {
		if k > 0 {
			out += ", "
		}
		out += s.Axes[from+k] + " = " + v
	}
	return out
}

func numbers(texts []string) []float64 {
	var out []float64
	for _, t := range texts {
		out = append(out, number(t))
	}
	return out
}

// categories draws a figure for each value of a parameter that is no number.
func (s *Sweep) categories(path string) template.HTML {
	f := chart.Forest{Frame: chart.Frame{ID: anchor("curve", path), Title: labelled(path), Desc: s.desc(), Half: true}}
	f.Data.Columns = append([]chart.Column{{Name: s.Axes[0], Format: chart.Text}}, intervalColumns(path)...)
	var all []float64
	for i := range s.points {
		x := s.at(&s.points[i], path)
		if x.N == 0 {
			continue
		}
		f.Spans = append(f.Spans, chart.Span{Label: s.points[i].at[0], At: x.Mean, Lo: x.Lo, Hi: x.Hi, Color: "c-0"})
		f.Data.Rows = append(f.Data.Rows, append([]string{s.points[i].at[0]}, intervalCells(x)...))
		all = append(all, x.Mean, x.Lo, x.Hi)
	}
	f.X = axisFor(path, all...)
	return f.HTML()
}

// scatter draws a figure over one parameter, a dot for each point.
func (s *Sweep) scatter(path string, axis int) template.HTML {
	c := chart.Scatter{
		Frame: chart.Frame{ID: anchor("scatter-"+strconv.Itoa(axis), path), Title: labelled(path) + " over " + s.Axes[axis], Desc: s.desc() + " The other parameters vary too.", Half: true},
		X:     axisFor("", numbers(s.values[axis])...),
	}
	c.X.Name = s.Axes[axis]
	c.Data.Columns = append([]chart.Column{{Name: "point", Format: chart.Text}}, intervalColumns(path)...)
	var all []float64
	for i := range s.points {
		p := &s.points[i]
		x := s.at(p, path)
		if x.N == 0 {
			continue
		}
		c.Points = append(c.Points, chart.Point{X: number(p.at[axis]), Y: x.Mean, Lo: x.Lo, Hi: x.Hi, Color: "c-0"})
		c.Data.Rows = append(c.Data.Rows, append([]string{s.name(0, p.at)}, intervalCells(x)...))
		all = append(all, x.Mean, x.Lo, x.Hi)
	}
	c.Y = axisFor(path, all...)
	return c.HTML()
}

// matrix draws a figure over two parameters.
func (s *Sweep) matrix(path string) template.HTML {
	rows := slices.Clone(s.values[1])
	if s.numeric(1) {
		slices.Reverse(rows) // the greatest at the top
	}
	m := chart.Matrix{
		Frame: chart.Frame{ID: anchor("map", path), Title: labelled(path), Desc: s.desc(), Half: true},
		XName: s.Axes[0], YName: s.Axes[1], Cols: s.values[0], Rows: rows, Format: formatOf(path),
	}
	m.Data.Columns = append([]chart.Column{{Name: "point", Format: chart.Text}}, intervalColumns(path)...)
	for _, r := range rows {
		var line []float64
		for _, c := range s.values[0] {
			p := s.find(c, r)
			x := s.at(p, path)
			if x.N == 0 {
				line = append(line, math.NaN())
				continue
			}
			line = append(line, x.Mean)
			m.Data.Rows = append(m.Data.Rows, append([]string{s.name(0, p.at)}, intervalCells(x)...))
		}
		m.Values = append(m.Values, line)
	}
	return m.HTML()
}

// table is every point with the figures drawn.
func (s *Sweep) table() template.HTML {
	t := chart.Table{}
	for k, a := range s.Axes {
		f := chart.Category
		if s.numeric(k) {
			f = chart.Number
		}
		t.Columns = append(t.Columns, chart.Column{Name: a, Format: f})
	}
	for _, f := range s.Figures {
		c := intervalColumns(f)
		c[1].Name, c[2].Name = f+" from", f+" to"
		t.Columns = append(t.Columns, c...)
	}
	for i := range s.points {
		row := slices.Clone(s.points[i].at)
		for _, f := range s.Figures {
			row = append(row, intervalCells(s.at(&s.points[i], f))...)
		}
		t.Rows = append(t.Rows, row)
	}
	d := chart.Data{Frame: chart.Frame{ID: "all-points", Title: "Points", Desc: "The figures drawn above at every point; sweep.parquet has every run with every figure."}, Table: t}
	return d.HTML()
}
