package html

import (
	"bytes"
	_ "embed" // template, style and script
	"fmt"
	"html/template"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/report/chart"
	"github.com/jevons-sim/jevons/sim/scenario"
)

// Name is the file that Write leaves in a results directory.
const Name = "report.html"

var (
	//go:embed page.html
	pageText string
	//go:embed page.css
	pageStyle string
	//go:embed page.js
	pageScript string
)

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// page is what the template shows.
type page struct {
	Name, Description, Hardware string
	Style                       template.CSS
	Script                      template.JS
	RunID, Version, Command     string
	Seed, Horizon               string
	Story                       []string
	Tiles                       []tile
	Sections                    []section
	Scenario                    string
}

// section is a part of the page with a heading.
type section struct {
	ID, Title, Intro string
	Parts            []template.HTML
}

// add appends parts that have something to show.
func (s *section) add(parts ...template.HTML) {
	for _, p := range parts {
		if p != "" {
			s.Parts = append(s.Parts, p)
		}
	}
}

// Write renders the report of a results directory into it, in place of an
// older one.
func Write(dir string) error {
	text, err := Render(dir)
	if err != nil {
		return err
	}
	return WriteFile(filepath.Join(dir, Name), text)
}

// Render returns the report of a results directory. Without results in it, the
// error is a *NoResultsError.
func Render(dir string) ([]byte, error) {
	r, err := read(dir)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, r.page()); err != nil {
		return nil, fmt.Errorf("rendering the report: %w", err)
	}
	return b.Bytes(), nil
}

func (r *results) page() *page {
	s := r.summary
	p := &page{
		Name: s.text("scenario"), Description: r.doc.Description, Hardware: r.hardware(),
		Style: template.CSS(chart.Style + pageStyle), Script: template.JS(chart.Script + pageScript), //nolint:gosec // our own files
		RunID: s.text("run_id"), Version: r.version, Command: r.command(),
		Seed: fmt.Sprint(r.doc.Seed), Horizon: report.Seconds(r.doc.Horizon.Seconds()),
		Story: r.story(), Tiles: r.tiles(), Scenario: r.scenario,
	}
	for _, section := range []section{r.figures(), r.where(), r.utilization(), r.serving(), r.latency(), r.jobSection(), r.failureSection(), r.costs(), r.details()} {
		if len(section.Parts) > 0 {
			p.Sections = append(p.Sections, section)
		}
	}
	return p
}

// hardware names the fleet in a line.
func (r *results) hardware() string {
	var gpus []string
	for _, name := range r.summary.keys("fleet.by_gpu") {
		gpus = append(gpus, report.Number(r.summary.value("fleet.by_gpu."+name))+" "+name)
	}
	return strings.Join(gpus, ", ")
}

// command makes the same results again from the scenario below.
func (r *results) command() string {
	c := "sim run scenario.yaml"
	if n := r.summary.value("replications"); n > 1 {
		c += fmt.Sprintf(" --replications %g", n)
	}
	return c
}

// story is the result in sentences.
func (r *results) story() []string {
	if r.typed != nil {
		return sentences(strings.ReplaceAll(report.Story(r.typed), " %", "\u00a0%"))
	}
	s := r.summary
	out := []string{fmt.Sprintf("Figures are means over %g replications with 95 %% confidence intervals; the charts show the first replication.", s.value("replications"))}
	held, _ := s.figure("utilization.allocated")
	busy, _ := s.figure("utilization.busy")
	return append(out, fmt.Sprintf("Gangs held %s to %s of the fleet's GPU-hours, and %s to %s computed.",
		report.Percent(held.Lo), report.Percent(held.Hi), report.Percent(busy.Lo), report.Percent(busy.Hi)))
}

// sentences splits a text after full stops that a capital follows.
func sentences(text string) []string {
	var out []string
	from := 0
	for i := range text {
		if i > 0 && i+2 < len(text) && text[i] == '.' && text[i+1] == ' ' && (text[i+2] == '(' || text[i+2] >= 'A' && text[i+2] <= 'Z') {
			out = append(out, text[from:i+1])
			from = i + 2
		}
	}
	return append(out, text[from:])
}

// axis is the time axis of the run.
func (r *results) axis() (chart.Axis, chart.TimeUnit) {
	u := chart.UnitFor(r.doc.Horizon.Seconds())
	return chart.Axis{Scale: chart.Scale{Hi: r.doc.Horizon.Seconds() / u.Seconds}, Name: u.Name, Format: chart.Number}, u
}

// in converts seconds to a unit.
func in(u chart.TimeUnit, seconds []float64) []float64 {
	out := make([]float64, len(seconds))
	for i, s := range seconds {
		out[i] = s / u.Seconds
	}
	return out
}

// events are the instants that charts over time mark: shocks, and the end of
// the warm-up.
func (r *results) events(u chart.TimeUnit) []chart.Mark {
	var out []chart.Mark
	if w := r.doc.Warmup.Seconds(); w > 0.02*r.doc.Horizon.Seconds() {
		out = append(out, chart.Mark{At: w / u.Seconds, Label: "warm-up ends"})
	}
	if r.doc.Demand == nil {
		return out
	}
	together := 0
	for i := range r.doc.Demand.Shocks {
		k := &r.doc.Demand.Shocks[i]
		mark := chart.Mark{At: k.At.Seconds() / u.Seconds, Label: shockLabel(k)}
		if n := len(out); i > 0 && k.At == r.doc.Demand.Shocks[i-1].At {
			together++ // their labels would lie on each other
			out[n-1].Label = fmt.Sprintf("%d changes", together)
			continue
		}
		together = 1
		out = append(out, mark)
	}
	return out
}

// shockLabel says in a few words what a shock changes.
func shockLabel(k *scenario.Shock) string {
	switch {
	case k.SwapModel != nil:
		return k.Deployment + " → " + k.SwapModel.Model
	case k.CostFactor > 0:
		return fmt.Sprintf("%s: cost × %.3g", k.Deployment, k.CostFactor)
	case k.PriceFactor > 0:
		return fmt.Sprintf("%s: price × %.3g", k.Deployment, k.PriceFactor)
	case k.VolumeFactor > 0:
		return fmt.Sprintf("%s: requests × %.3g", k.Deployment, k.VolumeFactor)
	case k.RemoveDemandShare > 0:
		return fmt.Sprintf("%s: %s of requests leave", k.Deployment, report.Percent(float64(k.RemoveDemandShare)))
	}
	return fmt.Sprintf("%d nodes delivered", k.AddNodes)
}

// most returns the greatest value of series, 0 without values.
func most(series []chart.Series) float64 {
	top := 0.0
	for _, s := range series {
		for _, values := range [][]float64{s.Values, s.Hi} {
			for _, v := range values {
				if v > top { // not NaN
					top = v
				}
			}
		}
	}
	return top
}

// anything reports whether a series has a value other than zero.
func anything(values []float64) bool {
	return slices.ContainsFunc(values, func(v float64) bool { return v != 0 && v == v })
}
