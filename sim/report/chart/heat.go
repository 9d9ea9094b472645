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
}

// HTML draws the chart.
func (c *Heat) HTML() template.HTML {
	var b strings.Builder
	c.open(&b, "heat")
	b.WriteString(`<p class="ramp" aria-hidden="true">0 % <i></i> 100 %</p>`)
	plot(&b, &c.X, fmt.Sprintf("%dpx", 22*len(c.Rows)))
	b.WriteString(`<div class="y" aria-hidden="true">`)
	for i, r := range c.Rows {
		fmt.Fprintf(&b, `<span style="bottom:%s%%">%s</span>`, compact(100-(float64(i)+0.5)/float64(len(c.Rows))*100), html.EscapeString(r.Name))
	}
	b.WriteString(`</div><div class="area">`)
	c.svg(&b, 10*len(c.Rows))
	x := func(v float64) float64 { return c.X.Scale.At(v) * width }
	for i, r := range c.Rows {
		for j := 0; j < len(c.At); {
			v, k := level(r.Values[j]), j // neighbours of one colour are one cell
			for k < len(c.At) && level(r.Values[k]) == v {
				k++
			}
			fmt.Fprintf(&b, `<rect x="%s" y="%d" width="%s" height="9.4" fill-opacity="%s"/>`,
				compact(x(c.At[j])), 10*i, compact(x(c.Until[k-1])-x(c.At[j])), compact(v))
			j = k
		}
	}
	b.WriteString(`<path class="cursor" d=""/></svg></div>`)
	xLabels(&b, &c.X)
	b.WriteString("</div>")
	p := Plot{X: c.X, Y: Axis{Format: Percent}, At: c.At, Until: c.Until, Series: c.Rows}
	return c.close(&b, p.table())
}

// level rounds a share to one of the shades.
func level(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return math.Round(v*10) / 10
}
