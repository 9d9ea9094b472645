package chart

import (
	"fmt"
	"html"
	"html/template"
	"strings"
)

// Point is a dot of a scatter plot, with whiskers where Lo and Hi differ.
type Point struct {
	X, Y, Lo, Hi float64
	Color        string // CSS class that sets --c
	Strong       bool   // larger than others
}

// Scatter is dots over two axes, and a line through some of them.
type Scatter struct {
	Frame
	X, Y   Axis
	YName  string
	Points []Point // as in the rows of Data
	Line   [][2]float64
	Events []Mark // vertical lines
	Levels []Mark // horizontal ones
	Data   Table
	Keys   []Series // for the legend: names and colours
}

// HTML draws the plot.
func (s *Scatter) HTML() template.HTML {
	var b, grid strings.Builder
	s.open(&b, "points")
	if len(s.Keys) > 0 {
		b.WriteString(`<ul class="legend plain">`)
		for _, k := range s.Keys {
			fmt.Fprintf(&b, `<li class="%s"><i></i>%s</li>`, k.Color, html.EscapeString(k.Name))
		}
		b.WriteString("</ul>")
	}
	if s.YName != "" {
		b.WriteString(`<p class="yn" aria-hidden="true">` + html.EscapeString(s.YName) + `</p>`)
	}
	plot(&b, &s.X, compact(height)+"px")
	yLabels(&b, &grid, &s.Y, height)
	b.WriteString(`<div class="area">`)
	s.svg(&b, height)
	b.WriteString(grid.String())
	x := func(v float64) string { return compact(s.X.Scale.At(v) * width) }
	y := func(v float64) string { return compact((1 - s.Y.Scale.At(v)) * height) }
	p := Plot{X: s.X, Y: s.Y, Levels: s.Levels, Events: s.Events}
	for i, at := range s.Line {
		if i == 0 {
			b.WriteString(`<path class="front" d="M`)
		} else {
			b.WriteString("L")
		}
		b.WriteString(x(at[0]) + " " + y(at[1]))
	}
	if len(s.Line) > 0 {
		b.WriteString(`"/>`)
	}
	for i, d := range s.Points {
		fmt.Fprintf(&b, `<g data-r="%d" class="%s">`, i, d.Color)
		if d.Lo < d.Hi {
			fmt.Fprintf(&b, `<path class="whisker" d="M%s %sV%s"/>`, x(d.X), y(d.Lo), y(d.Hi))
		}
		fmt.Fprintf(&b, `<path class="dot%s" d="M%s %sh0"/></g>`, flag(" strong", d.Strong), x(d.X), y(d.Y))
	}
	p.marks(&b)
	b.WriteString("</svg>")
	p.markLabels(&b)
	b.WriteString("</div>")
	xLabels(&b, &s.X)
	b.WriteString("</div>")
	return s.close(&b, &s.Data)
}
