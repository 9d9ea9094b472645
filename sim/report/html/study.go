package html

import (
	"bytes"
	_ "embed" // template
	"fmt"
	"html/template"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/report/chart"
	"github.com/jevons-sim/jevons/sim/stats"
)

//go:embed study.html
var studyText string

var studyTemplate = template.Must(template.New("study").Parse(studyText))

// Study is what the reports of several runs have in common: a sweep, a plan, a
// comparison.
type Study struct {
	Name    string // of the scenario, or of both
	Version string
	ID      string // "" = none
	Command string // makes it again
	Story   []string
	Facts   []Fact
}

// Fact is a name and a value in the head of a report.
type Fact struct{ Name, Value string }

// study is what the template shows.
type study struct {
	*Study
	Kind, Title string
	Style       template.CSS
	Script      template.JS
	Sections    []section
}

// render returns the page of a study.
func (s *Study) render(kind, title string, sections ...section) ([]byte, error) {
	p := study{
		Study: s, Kind: kind, Title: title,
		Style: template.CSS(chart.Style + pageStyle), Script: template.JS(chart.Script + pageScript), //nolint:gosec // our own files
	}
	for _, x := range sections {
		if len(x.Parts) > 0 {
			p.Sections = append(p.Sections, x)
		}
	}
	var b bytes.Buffer
	if err := studyTemplate.Execute(&b, &p); err != nil {
		return nil, fmt.Errorf("rendering the report: %w", err)
	}
	return b.Bytes(), nil
}

// WriteFile writes a report, in place of an older one: a reader sees one or the
// other.
func WriteFile(path string, text []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".tmp-")
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	defer os.Remove(temp.Name()) // fails once it has its name
	_, err = temp.Write(text)
	for _, step := range []func() error{func() error { return temp.Chmod(0o644) }, temp.Sync} {
		if err == nil {
			err = step()
		}
	}
	if closing := temp.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// shares are the last names of figures that are shares of one.
var shares = []string{"allocated", "busy", "mfu", "mbu", "slo_attainment", "ettr", "availability", "rollout_idle", "trainer_idle", "reward_utilisation", "tail_share", "shortfall", "dropped"}

// formatOf says how people read a figure of summary.json.
func formatOf(path string) chart.Format {
	if report.UnitOf(path) == "s" {
		return chart.Seconds
	}
	for _, s := range shares {
		if path == s || strings.HasSuffix(path, "."+s) {
			return chart.Percent
		}
	}
	return chart.Number
}

// labelled returns the name of a figure with its unit.
func labelled(path string) string {
	if u := report.UnitOf(path); u != "" && u != "s" {
		return path + " (" + u + ")"
	}
	return path
}

// signedFigures may be below zero.
var signedFigures = []string{"demand.not_adopted", "demand.deterred", ""}

// axisFor returns an axis that holds values: from zero where they come near it,
// logarithmic where they span more than a power of ten and are times.
func axisFor(path string, values ...float64) chart.Axis {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	a := chart.Axis{Name: labelled(path), Format: formatOf(path)}
	// Bounds of intervals may lie where the figure itself cannot.
	if !slices.Contains(signedFigures, path) && hi > 0 {
		lo = max(lo, 0)
	}
	if a.Format == chart.Percent && lo < 1 {
		hi = min(hi, 1)
	}
	switch {
	case lo > hi:
		a.Scale = chart.Scale{Hi: 1}
	case a.Format == chart.Seconds && lo > 0 && hi > 10*lo:
		a.Scale = chart.NiceLog(lo, hi)
	case lo >= 0 && lo < 0.6*hi:
		a.Scale = chart.Nice(hi * 1.02)
		if a.Format == chart.Percent {
			a.Scale.Hi = min(a.Scale.Hi, 1)
		}
	default:
		room := max((hi-lo)*0.1, math.Abs(hi)*0.01, 1e-12)
		a.Scale = chart.Scale{Lo: lo - room, Hi: hi + room}
	}
	return a
}

// intervalColumns are the columns of a figure with its interval.
func intervalColumns(path string) []chart.Column {
	unit := report.UnitOf(path)
	f := formatOf(path)
	return []chart.Column{{Name: path, Unit: unit, Format: f}, {Name: "95 % from", Unit: unit, Format: f}, {Name: "to", Unit: unit, Format: f}}
}

// intervalCells are the cells of a figure with its interval.
func intervalCells(x stats.Interval) []string {
	if x.N == 0 {
		return []string{"", "", ""}
	}
	if !x.Known() {
		return []string{chart.Value(x.Mean), "", ""}
	}
	return []string{chart.Value(x.Mean), chart.Value(x.Lo), chart.Value(x.Hi)}
}

// anchor makes a text part of the ID of a chart: letters, digits and hyphens.
func anchor(prefix, text string) string {
	return prefix + "-" + strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z':
			return r
		}
		return '-'
	}, text)
}
