package chart

import (
	"fmt"
	"html"
	"html/template"
	"strings"
)

// Bar is one bar of a Gantt chart: an optional pale part from From, and a full
// part from Start to End.
type Bar struct {
	Label            string
	Color            string // CSS class that sets --c
	From, Start, End float64
}

// Gantt is bars over time in lanes.
type Gantt struct {
	Frame
	X    Axis
	Bars []Bar // as in the rows of Data
	Data Table
	Keys []Series // for the legend: names and colours
}

// Most bars for which each gets a lane and a label of its own; beyond that,
// bars share lanes.
const ownLane = 48

// HTML draws the chart.
func (g *Gantt) HTML() template.HTML {
	lane, lanes := g.lanes()
	labels := lanes == len(g.Bars) && lanes <= ownLane
	pixels := 18
	if !labels {
		pixels = min(max(320/max(lanes, 1), 3), 14)
	}
	h := lanes * 10
	var b strings.Builder
	g.open(&b, "bars")
	b.WriteString(`<ul class="legend plain">`)
	for _, k := range g.Keys {
		fmt.Fprintf(&b, `<li class="%s"><i></i>%s</li>`, k.Color, html.EscapeString(k.Name))
	}
	b.WriteString("</ul>")
	plot(&b, &g.X, fmt.Sprintf("%dpx", lanes*pixels))
	b.WriteString(`<div class="y" aria-hidden="true">`)
	if labels {
		for i := range g.Bars {
			fmt.Fprintf(&b, `<span style="bottom:%s%%">%s</span>`, compact(100-(float64(lane[i])+0.5)/float64(lanes)*100), html.EscapeString(g.Bars[i].Label))
		}
	}
	b.WriteString(`</div><div class="area">`)
	g.svg(&b, h)
	for _, v := range g.X.Scale.Ticks(8) {
		fmt.Fprintf(&b, `<path class="grid" d="M%s 0V%d"/>`, compact(g.X.Scale.At(v)*width), h)
	}
	x := func(v float64) float64 { return g.X.Scale.At(v) * width }
	for i := range g.Bars {
		bar := &g.Bars[i]
		top := lane[i]*10 + 1
		fmt.Fprintf(&b, `<g data-r="%d" class="%s">`, i, bar.Color)
		if bar.Start > bar.From {
			fmt.Fprintf(&b, `<rect class="w" x="%s" y="%d" width="%s" height="8"/>`, compact(x(bar.From)), top, compact(x(bar.Start)-x(bar.From)))
		}
		if bar.End > bar.Start {
			fmt.Fprintf(&b, `<rect x="%s" y="%d" width="%s" height="8"/>`, compact(x(bar.Start)), top, compact(max(x(bar.End)-x(bar.Start), 0.7)))
		}
		b.WriteString("</g>")
	}
	b.WriteString("</svg></div>")
	xLabels(&b, &g.X)
	b.WriteString("</div>")
	return g.close(&b, &g.Data)
}

// lanes gives each bar a lane: its own if there are few, otherwise the first
// that is free when it comes.
func (g *Gantt) lanes() (lane []int, n int) {
	lane = make([]int, len(g.Bars))
	if len(g.Bars) <= ownLane {
		for i := range lane {
			lane[i] = i
		}
		return lane, len(g.Bars)
	}
	var free []float64 // when each lane is free again
	for i := range g.Bars {
		at := -1
		for l, until := range free {
			if until <= g.Bars[i].From {
				at = l
				break
			}
		}
		if at < 0 {
			at = len(free)
			free = append(free, 0)
		}
		free[at] = max(g.Bars[i].End, g.Bars[i].Start)
		lane[i] = at
	}
	return lane, len(free)
}
