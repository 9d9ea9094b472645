package chart

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
)

// Matrix is values over two parameters: a cell for each pair of theirs, from
// pale for the least value to full colour for the greatest.
type Matrix struct {
	Frame
	XName, YName string
	Cols, Rows   []string    // values of the parameters; rows from the top
	Values       [][]float64 // by row and column; NaN = there is none
	Format       Format
	Data         Table // a row for each cell that has a value, row by row
}

// mostWritten is the most columns whose cells carry their value as text.
const mostWritten = 10

// HTML draws the chart.
func (m *Matrix) HTML() template.HTML {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, row := range m.Values {
		for _, v := range row {
			if !math.IsNaN(v) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	x := Axis{Scale: Scale{Hi: float64(len(m.Cols))}, Name: m.XName, Format: Number}
	value := Axis{Format: m.Format}
	var b strings.Builder
	m.open(&b, "matrix")
	fmt.Fprintf(&b, `<p class="ramp" aria-hidden="true">%s <i></i> %s</p><p class="yn" aria-hidden="true">%s</p>`, html.EscapeString(value.label(lo)), html.EscapeString(value.label(hi)), html.EscapeString(m.YName))
	plot(&b, &x, fmt.Sprintf("%dpx", len(m.Rows)*max(320/max(len(m.Rows), 1), 14)))
	at := func(i, n int) string { return compact((float64(i) + 0.5) / float64(n) * 100) }
	b.WriteString(`<div class="y" aria-hidden="true">`)
	for i, r := range m.Rows {
		fmt.Fprintf(&b, `<span style="bottom:%s%%">%s</span>`, at(len(m.Rows)-1-i, len(m.Rows)), html.EscapeString(r))
	}
	b.WriteString(`</div><div class="area">`)
	m.svg(&b, 10*len(m.Rows))
	w := width / float64(len(m.Cols))
	var labels strings.Builder
	cell := 0
	for i, row := range m.Values {
		for j, v := range row {
			if math.IsNaN(v) {
				continue
			}
			depth := 0.5
			if hi > lo {
				depth = (v - lo) / (hi - lo)
			}
			fmt.Fprintf(&b, `<g data-r="%d"><rect x="%s" y="%d" width="%s" height="9.6" fill-opacity="%s"/></g>`, cell, compact(float64(j)*w), 10*i, compact(w*0.992), compact2(0.06+0.9*depth))
			if len(m.Cols) <= mostWritten {
				fmt.Fprintf(&labels, `<span class="cell" style="left:%s%%;top:%s%%">%s</span>`, at(j, len(m.Cols)), at(i, len(m.Rows)), html.EscapeString(value.label(v)))
			}
			cell++
		}
	}
	b.WriteString(`</svg><div aria-hidden="true">` + labels.String() + `</div></div><div class="x" aria-hidden="true">`)
	every := (len(m.Cols) + 9) / 10
	for j := 0; j < len(m.Cols); j += max(every, 1) {
		fmt.Fprintf(&b, `<span style="left:%s%%">%s</span>`, at(j, len(m.Cols)), html.EscapeString(m.Cols[j]))
	}
	b.WriteString(`</div><div class="xn" aria-hidden="true">` + html.EscapeString(m.XName) + `</div></div>`)
	return m.close(&b, &m.Data)
}

func compact2(v float64) string { return Figures(v, 2) }
