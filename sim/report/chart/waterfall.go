package chart

import (
	"fmt"
	"html"
	"html/template"
	"strings"
)

// Part is a coloured part of a waterfall's step.
type Part struct {
	Name  string
	Color string // CSS class that sets --c
	Value float64
}

// Waterfall goes from a total down, step by step: what remains, and what is
// taken from it.
type Waterfall struct {
	Frame
	Unit        string // of the values
	Whole       string // what shares are of
	first, rest float64
	rows        []waterfallRow
}

type waterfallRow struct {
	name        string
	total       bool
	from, value float64
	parts       []Part
}

// Total adds a bar of what remains; the first sets the scale.
func (w *Waterfall) Total(name string, value float64) {
	if len(w.rows) == 0 {
		w.first = value
	}
	w.rest = value
	w.rows = append(w.rows, waterfallRow{name: name, total: true, value: value, parts: []Part{{Color: "c-total", Value: value}}})
}

// Take adds a step down.
func (w *Waterfall) Take(name string, parts []Part) {
	sum := 0.0
	for _, p := range parts {
		sum += p.Value
	}
	w.rest -= sum
	w.rows = append(w.rows, waterfallRow{name: name, from: max(w.rest, 0), value: sum, parts: parts})
}

// HTML draws the waterfall: a line for each step, with its bar and its value.
func (w *Waterfall) HTML() template.HTML {
	var b strings.Builder
	w.open(&b, "waterfall")
	w.legend(&b)
	b.WriteString(`<div class="falls">`)
	for _, r := range w.rows {
		fmt.Fprintf(&b, `<div class="fall%s"><span>%s</span><span class="bar">`, flag(" total", r.total), html.EscapeString(r.name))
		fmt.Fprintf(&b, `<svg viewBox="0 0 %d 10" preserveAspectRatio="none" aria-hidden="true">`, width)
		at := r.from
		for _, p := range r.parts {
			fmt.Fprintf(&b, `<rect class="%s" x="%s" width="%s" height="10"><title>%s</title></rect>`, p.Color,
				compact(at/w.first*width), compact(max(p.Value/w.first*width, 0.8)), html.EscapeString(strings.TrimSpace(p.Name+" "+Grouped(p.Value))))
			at += p.Value
		}
		fmt.Fprintf(&b, `</svg></span><span class="v">%s</span><span class="v">%.1f %%</span></div>`, html.EscapeString(Grouped(r.value)), r.value/w.first*100)
	}
	b.WriteString("</div>")
	return w.close(&b, w.table())
}

// legend names the classes that steps are coloured by.
func (w *Waterfall) legend(b *strings.Builder) {
	seen := map[string]bool{}
	b.WriteString(`<ul class="legend plain">`)
	for _, r := range w.rows {
		for _, p := range r.parts {
			if !r.total && !seen[p.Color] {
				seen[p.Color] = true
				fmt.Fprintf(b, `<li class="%s"><i></i>%s</li>`, p.Color, html.EscapeString(p.Name))
			}
		}
	}
	b.WriteString("</ul>")
}

func (w *Waterfall) table() *Table {
	t := &Table{Columns: []Column{{"step", "", Text}, {"class", "", Text}, {w.Unit, "", Number}, {"share of " + w.Whole, "", Percent}}}
	for _, r := range w.rows {
		for _, p := range r.parts {
			t.Rows = append(t.Rows, []string{r.name, p.Name, Value(p.Value), Value(p.Value / w.first)})
		}
	}
	return t
}

// Grouped formats a value as a whole number with thousands separators, or with
// up to three digits below a hundred.
func Grouped(v float64) string {
	if v < 0 {
		return "-" + Grouped(-v)
	}
	if v > 0 && v < 0.001 {
		return "< 0.001"
	}
	if v < 100 {
		return Figures(v, 3)
	}
	s := fmt.Sprintf("%.0f", v)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
