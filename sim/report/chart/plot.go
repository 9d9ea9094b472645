package chart

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
)

// Series is one line or area of a plot. A value that is NaN is not there.
type Series struct {
	Name   string
	Color  string // CSS class that sets --c
	Dash   bool
	Wide   bool // a broad pale line, under others
	Values []float64
	// Lo and Hi, where given, are the least and greatest values that a point
	// stands for; they are drawn as a band.
	Lo, Hi []float64
}

// Plot is lines, or areas on top of each other, over a shared x axis.
type Plot struct {
	Frame
	X, Y Axis
	// At are the x values of the points. Where Until is given, a value holds
	// from At to Until and is drawn as a step.
	At, Until []float64
	Series    []Series
	Stacked   bool
	// Levels are horizontal lines, Events vertical ones.
	Levels, Events []Mark
	Unit           string // of the values, in the table
}

// HTML draws the plot.
func (p *Plot) HTML() template.HTML {
	var b strings.Builder
	p.open(&b, map[bool]string{true: "stack", false: "lines"}[p.Stacked])
	p.legend(&b)
	plot(&b, &p.X, compact(height)+"px")
	var grid strings.Builder
	yLabels(&b, &grid, &p.Y, height)
	fmt.Fprintf(&b, `<div class="area" data-y0="%s" data-y1="%s"%s>`, Figures(p.Y.Scale.Lo, 12), Figures(p.Y.Scale.Hi, 12), flag(" data-ylog", p.Y.Scale.Log))
	p.svg(&b, height)
	b.WriteString(grid.String())
	p.marks(&b)
	b.WriteString("</svg>")
	p.markLabels(&b)
	b.WriteString("</div>")
	xLabels(&b, &p.X)
	b.WriteString("</div>")
	return p.close(&b, p.table())
}

// steps reports whether values hold over intervals.
func (p *Plot) steps() bool { return p.Until != nil }

func (p *Plot) legend(b *strings.Builder) {
	if len(p.Series) < 2 && !p.Stacked && !p.Half {
		return
	}
	b.WriteString(`<ul class="legend">`)
	column := p.firstColumn()
	for i := range p.Series {
		s := &p.Series[i]
		fmt.Fprintf(b, `<li><button type="button" aria-pressed="true" data-col="%d" class="%s%s%s"><i></i>%s</button></li>`,
			column, s.Color, flag(" dash", s.Dash), flag(" broad", s.Wide), html.EscapeString(s.Name))
		column += s.columns()
	}
	b.WriteString("</ul>")
}

func (p *Plot) firstColumn() int {
	if p.steps() {
		return 2
	}
	return 1
}

func (s *Series) columns() int {
	if s.Lo != nil {
		return 3
	}
	return 1
}

// marks draws series, levels and events. The first series lies at the bottom
// of a stack.
func (p *Plot) marks(b *strings.Builder) {
	below := make([]float64, len(p.At))
	column := p.firstColumn()
	for i := range p.Series {
		s := &p.Series[i]
		class := fmt.Sprintf(`data-s="%d" class="%s`, column, s.Color)
		if p.Stacked {
			top := make([]float64, len(p.At))
			for j, v := range s.Values {
				top[j] = below[j] + v
			}
			fmt.Fprintf(b, `<path %s a" d="%s"/>`, class, p.area(below, top))
			below = top
		} else {
			if s.Lo != nil {
				fmt.Fprintf(b, `<path %s b" d="%s"/>`, class, p.area(s.Lo, s.Hi))
			}
			fmt.Fprintf(b, `<path %s l%s%s" d="%s"/>`, class, flag(" dash", s.Dash), flag(" broad", s.Wide), p.line(s.Values))
		}
		column += s.columns()
	}
	for _, m := range p.Levels {
		fmt.Fprintf(b, `<path class="level" d="M0 %sH%d"/>`, p.y(m.At), width)
	}
	for _, m := range p.Events {
		fmt.Fprintf(b, `<path class="event%s" d="M%s 0V%d"/>`, flag(" limit", m.Limit), p.x(m.At), height)
	}
	b.WriteString(`<path class="cursor" d=""/>`)
}

func (p *Plot) markLabels(b *strings.Builder) {
	for _, m := range p.Levels {
		fmt.Fprintf(b, `<span class="lm" style="bottom:%s%%">%s</span>`, compact(p.Y.Scale.At(m.At)*100), html.EscapeString(m.Label))
	}
	for _, m := range p.Events {
		at := p.X.Scale.At(m.At)
		fmt.Fprintf(b, `<span class="em%s%s" data-at="%s" style="left:%s%%">%s</span>`, flag(" left", at > 0.6), flag(" limit", m.Limit), Figures(m.At, 12), compact(at*100), html.EscapeString(m.Label))
	}
}

func (p *Plot) x(v float64) string { return compact(p.X.Scale.At(v) * width) }
func (p *Plot) y(v float64) string { return compact((1 - p.Y.Scale.At(v)) * height) }

// line returns the path of a line, broken where there is no value.
func (p *Plot) line(values []float64) string {
	var b strings.Builder
	drawing := false
	for i, v := range values {
		if math.IsNaN(v) {
			drawing = false
			continue
		}
		switch {
		case !drawing:
			b.WriteString("M" + p.x(p.At[i]) + " " + p.y(v))
		case p.steps():
			b.WriteString("V" + p.y(v))
		default:
			b.WriteString("L" + p.x(p.At[i]) + " " + p.y(v))
		}
		if p.steps() {
			b.WriteString("H" + p.x(p.Until[i]))
		} else if !drawing {
			b.WriteString("h0") // a lone point shows as a dot
		}
		drawing = true
	}
	return b.String()
}

// area returns the path of the area between two lines.
func (p *Plot) area(lo, hi []float64) string {
	var b strings.Builder
	for from := 0; from < len(hi); {
		if math.IsNaN(hi[from]) {
			from++
			continue
		}
		to := from
		for to < len(hi) && !math.IsNaN(hi[to]) {
			to++
		}
		b.WriteString("M" + p.x(p.At[from]) + " " + p.y(hi[from]))
		for i := from; i < to; i++ {
			b.WriteString(p.reach(i, hi[i], false))
		}
		for i := to - 1; i >= from; i-- {
			b.WriteString(p.reach(i, lo[i], true))
		}
		b.WriteByte('Z')
		from = to
	}
	return b.String()
}

// reach continues a path over point i, forwards or backwards.
func (p *Plot) reach(i int, v float64, back bool) string {
	switch {
	case !p.steps():
		return "L" + p.x(p.At[i]) + " " + p.y(v)
	case back:
		return "V" + p.y(v) + "H" + p.x(p.At[i])
	}
	return "V" + p.y(v) + "H" + p.x(p.Until[i])
}

func (p *Plot) table() *Table {
	t := &Table{}
	xf := p.X.Format
	if p.steps() {
		t.Columns = append(t.Columns, Column{"from", p.X.Name, xf}, Column{"to", p.X.Name, xf})
	} else {
		t.Columns = append(t.Columns, Column{p.X.Name, "", xf})
	}
	for i := range p.Series {
		s := &p.Series[i]
		t.Columns = append(t.Columns, Column{s.Name, p.Unit, p.Y.Format})
		if s.Lo != nil {
			t.Columns = append(t.Columns, Column{s.Name + ", least", p.Unit, p.Y.Format}, Column{s.Name + ", greatest", p.Unit, p.Y.Format})
		}
	}
	for i := range p.At {
		row := []string{Value(p.At[i])}
		if p.steps() {
			row = append(row, Value(p.Until[i]))
		}
		for j := range p.Series {
			s := &p.Series[j]
			row = append(row, cell(s.Values[i]))
			if s.Lo != nil {
				row = append(row, cell(s.Lo[i]), cell(s.Hi[i]))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// cell formats a value that may not be there.
func cell(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return Value(v)
}
