package chart

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
)

// The size of the coordinate system of marks.
const (
	width  = 1000
	height = 250
)

// Frame is what all figures have in common.
type Frame struct {
	ID    string // unique on the page, and the name of the CSV
	Title string
	// Desc says in words what the figure shows, for those who do not see it
	// and as its caption.
	Desc string
	// Half lets the figure share its line with another on wide screens.
	Half bool
}

// Axis is one axis of a figure.
type Axis struct {
	Scale  Scale
	Name   string
	Format Format
}

// Mark is a line across a figure at a value of an axis.
type Mark struct {
	At    float64
	Label string
	Limit bool // a goal that should be kept, not an event
}

// roundTimes are the seconds that logarithmic axes of time are labelled at.
var roundTimes = []float64{1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 60, 600, 3600, 36000, 86400, 864000}

// moreTimes are those for axes of narrower range, from a second up.
var moreTimes = []float64{1, 2, 5, 10, 20, 60, 120, 300, 600, 1200, 3600, 7200, 18000, 43200, 86400, 172800, 432000, 864000}

// ticks returns about n round values of the axis.
func (a *Axis) ticks(n int) []float64 {
	if !a.Scale.Log || a.Format != Seconds {
		return a.Scale.Ticks(n)
	}
	for _, times := range [][]float64{roundTimes, moreTimes} {
		var out []float64
		for _, v := range times {
			if v >= a.Scale.Lo*(1-1e-9) && v <= a.Scale.Hi*(1+1e-9) {
				out = append(out, v)
			}
		}
		if len(out) >= 3 {
			return out
		}
	}
	return a.Scale.Ticks(n)
}

// label formats a tick.
func (a *Axis) label(v float64) string {
	switch a.Format {
	case Percent:
		return Figures(v*100, 3) + " %"
	case Seconds:
		return tickSeconds(v)
	}
	switch abs := max(v, -v); {
	case abs >= 1e9:
		return Figures(v/1e9, 3) + " G"
	case abs >= 1e6:
		return Figures(v/1e6, 3) + " M"
	case abs >= 1e4:
		return Figures(v/1e3, 3) + " k"
	}
	return Figures(v, 4)
}

// tickSeconds formats a round span of time.
func tickSeconds(s float64) string {
	switch {
	case s == 0:
		return "0"
	case s < 1e-3:
		return Figures(s*1e6, 3) + " µs"
	case s < 1:
		return Figures(s*1e3, 3) + " ms"
	case s < 60 || s < 600 && math.Mod(s, 60) != 0:
		return Figures(s, 3) + " s"
	case s < 3600:
		return Figures(s/60, 3) + " min"
	case s < 86400 || s < 100*3600 && math.Mod(s, 86400) != 0:
		return Figures(s/3600, 3) + " h"
	}
	return Figures(s/86400, 3) + " d"
}

// open starts a figure and its heading.
func (f *Frame) open(b *strings.Builder, kind string) {
	fmt.Fprintf(b, `<figure class="chart%s" id="%s" data-kind="%s"><h3>%s</h3>`, flag(" half", f.Half), html.EscapeString(f.ID), kind, html.EscapeString(f.Title))
}

// close ends a figure with caption and table.
func (f *Frame) close(b *strings.Builder, t *Table) template.HTML {
	b.WriteString("<figcaption>" + html.EscapeString(f.Desc) + "</figcaption>")
	t.html(b, f.Title)
	b.WriteString("</figure>\n")
	return template.HTML(b.String()) //nolint:gosec // every text in it was escaped
}

// svg starts the drawing of a figure.
func (f *Frame) svg(b *strings.Builder, h int) {
	id := html.EscapeString(f.ID)
	fmt.Fprintf(b, `<svg viewBox="0 0 %d %d" preserveAspectRatio="none" role="img" aria-labelledby="%s-t %s-d"><title id="%s-t">%s</title><desc id="%s-d">%s</desc>`,
		width, h, id, id, id, html.EscapeString(f.Title), id, html.EscapeString(f.Desc))
}

// plot starts the part of a figure that has axes: the y axis' labels.
func plot(b *strings.Builder, x *Axis, height string) {
	fmt.Fprintf(b, `<div class="plot" tabindex="0" role="group" aria-label="Values: arrow keys move, plus and minus zoom, Escape shows all" style="--h:%s" data-x0="%s" data-x1="%s" data-xf="%s" data-xn="%s"%s>`,
		height, Figures(x.Scale.Lo, 12), Figures(x.Scale.Hi, 12), x.Format, html.EscapeString(x.Name), flag(" data-xlog", x.Scale.Log))
}

func flag(name string, on bool) string {
	if on {
		return name
	}
	return ""
}

// yLabels writes the labels of the y axis, and grid lines into grid.
func yLabels(b, grid *strings.Builder, y *Axis, h int) {
	b.WriteString(`<div class="y" aria-hidden="true">`)
	for _, v := range y.ticks(4) {
		at := y.Scale.At(v)
		fmt.Fprintf(b, `<span style="bottom:%s%%">%s</span>`, compact(at*100), html.EscapeString(y.label(v)))
		fmt.Fprintf(grid, `<path class="grid" d="M0 %sH%d"/>`, compact((1-at)*float64(h)), width)
	}
	b.WriteString("</div>")
}

// xLabels writes the labels of the x axis, in two densities: every other one
// gives way on narrow screens.
func xLabels(b *strings.Builder, x *Axis) {
	b.WriteString(`<div class="x" aria-hidden="true">`)
	ticks := x.ticks(8)
	for i, v := range ticks {
		class := ""
		if i%2 == 1 && len(ticks) > 5 {
			class = "minor"
		}
		at := x.Scale.At(v)
		fmt.Fprintf(b, `<span class="%s%s" style="left:%s%%">%s</span>`, class, flag(" end", at > 0.97), compact(at*100), html.EscapeString(x.label(v)))
	}
	b.WriteString(`</div><div class="xn" aria-hidden="true">` + html.EscapeString(x.Name) + `</div>`)
}
