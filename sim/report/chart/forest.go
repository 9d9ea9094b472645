package chart

import (
	"fmt"
	"html"
	"html/template"
	"strings"
)

// Span is a value with an interval, on a line of its own.
type Span struct {
	Label       string
	At, Lo, Hi  float64
	Color       string // CSS class that sets --c
	Significant bool
}

// Forest is intervals below each other over one axis, against a line at zero.
type Forest struct {
	Frame
	X     Axis
	Spans []Span // as in the rows of Data
	Data  Table
}

// HTML draws the chart.
func (f *Forest) HTML() template.HTML {
	var b strings.Builder
	f.open(&b, "forest")
	n := len(f.Spans)
	plot(&b, &f.X, fmt.Sprintf("%dpx", n*26))
	b.WriteString(`<div class="y" aria-hidden="true">`)
	for i, s := range f.Spans {
		fmt.Fprintf(&b, `<span style="bottom:%s%%">%s</span>`, compact(100-(float64(i)+0.5)/float64(n)*100), html.EscapeString(s.Label))
	}
	b.WriteString(`</div><div class="area">`)
	f.svg(&b, 10*n)
	x := func(v float64) string { return compact(f.X.Scale.At(v) * width) }
	for _, v := range f.X.Scale.Ticks(8) {
		fmt.Fprintf(&b, `<path class="grid" d="M%s 0V%d"/>`, x(v), 10*n)
	}
	fmt.Fprintf(&b, `<path class="zero" d="M%s 0V%d"/>`, x(0), 10*n)
	for i, s := range f.Spans {
		y := 10*i + 5
		fmt.Fprintf(&b, `<g data-r="%d" class="%s"><rect class="reach" x="0" y="%d" width="%d" height="10"/><path class="whisker" d="M%s %dH%s"/><path class="dot%s" d="M%s %dh0"/></g>`,
			i, s.Color, 10*i, width, x(s.Lo), y, x(s.Hi), flag(" strong", s.Significant), x(s.At), y)
	}
	b.WriteString("</svg></div>")
	xLabels(&b, &f.X)
	b.WriteString("</div>")
	return f.close(&b, &f.Data)
}
