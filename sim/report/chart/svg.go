package chart

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode/utf8"
)

// The layout of a picture, in pixels: the plot's area and what surrounds it.
const (
	pictureWidth  = 860
	pictureLeft   = 66
	pictureRight  = 18
	pictureTop    = 40 // title
	pictureLegend = 22 // a line of the legend
	picturePlot   = 280
	pictureBottom = 46 // labels and name of the x axis
	letter        = 6.4
)

// pictureStyle is the style of pictures; %s are the colours of classes. Colours are
// written out, not in variables: programs other than browsers read pictures too.
const pictureStyle = `text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif;fill:#3d4652}` +
	`.title{font-size:15px;font-weight:600;fill:#1a1f27}.bad{fill:#b3261e}` +
	`path{fill:none;vector-effect:non-scaling-stroke}.grid{stroke:#e9ecf1}.a{fill:currentColor;stroke:#fff;stroke-width:.6}.b{fill:currentColor;fill-opacity:.18}` +
	`.l{stroke:currentColor;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}.dash{stroke-dasharray:6 4}.broad{stroke-width:6;opacity:.35}` +
	`.level{stroke:#b3261e;stroke-width:1.3;stroke-dasharray:2 3}.event{stroke:#1a1f27;stroke-dasharray:4 3;opacity:.55}.limit{stroke:#b3261e}%s`

// SVG draws the plot as a picture of its own, light, for documents that cannot
// hold the figure with its table. A colour is what a series' CSS class stands for,
// such as #2f6bd0.
func (p *Plot) SVG(color func(class string) string) []byte {
	var b strings.Builder
	legend := p.pictureLegend()
	lines := 0
	if len(legend) > 0 {
		lines = legend[len(legend)-1].line + 1
	}
	top := pictureTop + lines*pictureLegend
	wide := pictureWidth - pictureLeft - pictureRight
	all := top + picturePlot + pictureBottom
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img"><title>%s</title><desc>%s</desc>`,
		pictureWidth, all, html.EscapeString(p.Title), html.EscapeString(p.Desc))
	fmt.Fprintf(&b, "<style>"+pictureStyle+"</style>\n", p.colors(color))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/><text class="title" x="%d" y="24">%s</text>`+"\n", pictureWidth, all, pictureLeft, html.EscapeString(p.Title))
	for _, k := range legend {
		y := pictureTop + k.line*pictureLegend + 5
		s := k.series
		mark := fmt.Sprintf(`<path class="%s a" d="M%s %dh14v12h-14z"/>`, s.Color, compact(k.x), y-6)
		if !p.Stacked {
			mark = fmt.Sprintf(`<path class="%s l%s%s" d="M%s %dh18"/>`, s.Color, flag(" dash", s.Dash), flag(" broad", s.Wide), compact(k.x), y)
		}
		fmt.Fprintf(&b, `%s<text x="%s" y="%d">%s</text>`+"\n", mark, compact(k.x+24), y+4, html.EscapeString(s.Name))
	}
	fmt.Fprintf(&b, `<svg x="%d" y="%d" width="%d" height="%d" viewBox="0 0 %d %d" preserveAspectRatio="none">`, pictureLeft, top, wide, picturePlot, width, height)
	for _, v := range p.Y.ticks(5) {
		fmt.Fprintf(&b, `<path class="grid" d="M0 %sH%d"/>`, p.y(v), width)
	}
	var marks strings.Builder
	p.marks(&marks)
	b.WriteString(strings.ReplaceAll(marks.String(), `<path class="cursor" d=""/>`, "") + "</svg>\n")
	p.pictureLabels(&b, top, wide)
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// colors is the rules of the classes that the series name.
func (p *Plot) colors(color func(string) string) string {
	var classes []string
	for i := range p.Series {
		classes = append(classes, p.Series[i].Color)
	}
	slices.Sort(classes)
	var b strings.Builder
	for _, c := range slices.Compact(classes) {
		fmt.Fprintf(&b, ".%s{color:%s}", c, color(c))
	}
	return b.String()
}

// pictureLabels writes the labels of axes, levels and events.
func (p *Plot) pictureLabels(b *strings.Builder, top, wide int) {
	text := func(x, y float64, anchor, class, s string) {
		fmt.Fprintf(b, `<text x="%s" y="%s" text-anchor="%s"%s>%s</text>`+"\n", compact(x), compact(y), anchor, class, html.EscapeString(s))
	}
	bottom := float64(top + picturePlot)
	for _, v := range p.Y.ticks(5) {
		text(pictureLeft-8, bottom-p.Y.Scale.At(v)*picturePlot+4, "end", "", p.Y.label(v))
	}
	for _, v := range p.X.ticks(8) {
		text(pictureLeft+p.X.Scale.At(v)*float64(wide), bottom+18, "middle", "", p.X.label(v))
	}
	text(float64(pictureLeft+wide), bottom+36, "end", "", p.X.Name)
	if name := strings.TrimSpace(p.Y.Name + " " + p.Unit); name != "" && p.Y.Format == Number {
		text(float64(pictureWidth-pictureRight), 24, "end", "", name)
	}
	for _, m := range p.Levels {
		text(float64(pictureLeft+wide), bottom-p.Y.Scale.At(m.At)*picturePlot-5, "end", ` class="bad"`, m.Label)
	}
	for _, m := range p.Events {
		at := p.X.Scale.At(m.At)
		x, anchor := pictureLeft+at*float64(wide)+5, "start"
		if at > 0.6 {
			x, anchor = x-10, "end"
		}
		text(x, float64(top)+14, anchor, "", m.Label)
	}
}

// legendKey is a series in the legend of a picture.
type legendKey struct {
	series *Series
	x      float64
	line   int
}

// pictureLegend places the series' names, as many on a line as fit.
func (p *Plot) pictureLegend() []legendKey {
	if len(p.Series) < 2 && !p.Stacked {
		return nil
	}
	var keys []legendKey
	x, line := float64(pictureLeft), 0
	for i := range p.Series {
		w := 24 + letter*float64(utf8.RuneCountInString(p.Series[i].Name)) + 18
		if x+w > pictureWidth-pictureRight && x > pictureLeft {
			x, line = pictureLeft, line+1
		}
		keys = append(keys, legendKey{&p.Series[i], x, line})
		x += w
	}
	return keys
}
