package chart

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
)

// Heat is shares of one, from pale to full colour, in rows over time.
type Heat struct {
	Frame
	X         Axis
	At, Until []float64
	Rows      []Series // Values are shares
	// Bad, where given, are shares of the same rows that something is wrong
	// with, drawn over the others in red; BadName says what.
	Bad     [][]float64
	BadName string
	// Labels, where given, name the rows in less room than their series do.
	Labels []string
}

// heatLabels is the most rows that each get a label.
const heatLabels = 24

// HTML draws the chart.
func (c *Heat) HTML() template.HTML {
	var b strings.Builder
	c.open(&b, "heat")
	b.WriteString(`<p class="ramp" aria-hidden="true">0 % <i></i> 100 %`)
	if c.anyBad() {
		b.WriteString(` <i class="bad"></i> ` + html.EscapeString(c.BadName))
	}
	b.WriteString(`</p>`)
	n := len(c.Rows)
	plot(&b, &c.X, fmt.Sprintf("%dpx", n*min(22, max(420/max(n, 1), 5))))
	b.WriteString(`<div class="y" aria-hidden="true">`)
	every := (n + heatLabels - 1) / heatLabels
	for i := 0; i < n; i += max(every, 1) {
		fmt.Fprintf(&b, `<span style="bottom:%s%%">%s</span>`, compact(100-(float64(i)+0.5)/float64(n)*100), html.EscapeString(c.label(i)))
	}
	b.WriteString(`</div><div class="area">`)
	c.svg(&b, 10*n)
	gap := 0.6
	if n > heatLabels {
		gap = 0
	}
	for i := range c.Rows {
		c.cells(&b, i, c.Rows[i].Values, gap, "")
		if c.Bad != nil {
			c.cells(&b, i, c.Bad[i], gap, ` class="bad"`)
		}
	}
	b.WriteString(`<path class="cursor" d=""/></svg></div>`)
	xLabels(&b, &c.X)
	b.WriteString("</div>")
	return c.close(&b, c.table())
}

// cells draws a row; neighbours of one colour are one cell, and what would not
// be seen is left out.
func (c *Heat) cells(b *strings.Builder, row int, values []float64, gap float64, class string) {
	x := func(v float64) float64 { return c.X.Scale.At(v) * width }
	for j := 0; j < len(c.At); {
		v, k := level(values[j]), j
		for k < len(c.At) && level(values[k]) == v {
			k++
		}
		if class != "" && v > 0 {
			v = 0.4 + float64(0.6*v) // little that is wrong shows too
		}
		if v > 0 {
			fmt.Fprintf(b, `<rect%s x="%s" y="%d" width="%s" height="%s" fill-opacity="%s"/>`,
				class, compact(x(c.At[j])), 10*row, compact(x(c.Until[k-1])-x(c.At[j])), compact(10-gap), compact(v))
		}
		j = k
	}
}

func (c *Heat) label(row int) string {
	if c.Labels != nil {
		return c.Labels[row]
	}
	return c.Rows[row].Name
}

func (c *Heat) anyBad() bool {
	for _, row := range c.Bad {
		for _, v := range row {
			if v > 0 {
				return true
			}
		}
	}
	return false
}

// table has a column for each row, and one more for what is wrong with it if
// something ever is.
func (c *Heat) table() *Table {
	p := Plot{X: c.X, Y: Axis{Format: Percent}, At: c.At, Until: c.Until}
	for i, r := range c.Rows {
		p.Series = append(p.Series, r)
		if c.anyBad() {
			p.Series = append(p.Series, Series{Name: r.Name + ", " + c.BadName, Values: c.Bad[i]})
		}
	}
	for i := range p.Series { // the shades do not show more
		rounded := make([]float64, len(p.Series[i].Values))
		for j, v := range p.Series[i].Values {
			rounded[j] = math.Round(v*1000) / 1000
		}
		p.Series[i].Values = rounded
	}
	return p.table()
}

// level rounds a share to one of the shades; what is there at all shows.
func level(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	if v > 0 && v < 0.05 {
		return 0.05
	}
	return math.Round(v*10) / 10
}
