package html

import (
	"html/template"
	"regexp"
	"strings"

	"github.com/jevons-sim/jevons/sim/report/chart"
)

// Picture is a figure of a report as an SVG file.
type Picture struct {
	ID  string // of the figure in the report
	SVG []byte
}

// Pictures draws the line and area charts of a results directory's report as SVG
// files, in the report's order. Without results in it, the error is a
// *NoResultsError.
func Pictures(dir string) ([]Picture, error) {
	r, err := read(dir)
	if err != nil {
		return nil, err
	}
	r.page()
	var out []Picture
	for _, p := range r.plots {
		out = append(out, Picture{p.ID, p.SVG(Color)})
	}
	return out, nil
}

var (
	classColor    = regexp.MustCompile(`\.([\w-]+) \{ --c: (?:light-dark\((#[0-9a-f]+)|var\((--[\w-]+)\))`)
	variableColor = regexp.MustCompile(`(--[\w-]+): light-dark\((#[0-9a-f]+)`)
	lightColors   = readColors(pageStyle)
)

// Color returns the colour that a CSS class of the report's series has on light
// paper, black for others.
func Color(class string) string {
	if c, ok := lightColors[class]; ok {
		return c
	}
	return "#000"
}

// readColors reads the colours of classes from the page's style, which is where
// they are chosen.
func readColors(style string) map[string]string {
	variables := map[string]string{}
	for _, m := range variableColor.FindAllStringSubmatch(style, -1) {
		variables[m[1]] = m[2]
	}
	out := map[string]string{}
	for _, m := range classColor.FindAllStringSubmatch(style, -1) {
		out[m[1]] = m[2]
		if m[3] != "" {
			out[m[1]] = variables[m[3]]
		}
	}
	return out
}

// FileName returns a picture's name as a file.
func (p *Picture) FileName() string {
	return strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r == ':' {
			return '-'
		}
		return r
	}, p.ID) + ".svg"
}

// draw makes a plot part of the report.
func (r *results) draw(p *chart.Plot) template.HTML {
	r.plots = append(r.plots, p)
	return p.HTML()
}
