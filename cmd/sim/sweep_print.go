package main

import (
	"fmt"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/jevons-sim/jevons/sim/design"
	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/stats"
)

// sweepResult is a finished sweep: the rows of its points, replication by
// replication.
type sweepResult struct {
	axes         []design.Axis
	points       []design.Point
	replications int
	figures      []string // to print
	rows         []report.RunRow
}

// printedFigures is how many figures fit beside the parameters where the user
// names none.
const printedFigures = 5

// printedPoints is how many points people are shown; the file has all.
const printedPoints = 25

// choose checks the figures to print, or picks headline ones that differ
// between runs.
func (s *sweepResult) choose() error {
	for _, path := range s.figures {
		if !s.has(path) {
			return noSuchFigure("--figure", path, s.rows[0].Figures)
		}
	}
	if s.figures != nil {
		return nil
	}
	for _, path := range headline {
		if s.has(path) && s.varies(path) && len(s.figures) < printedFigures {
			s.figures = append(s.figures, path)
		}
	}
	return nil
}

func (s *sweepResult) has(path string) bool {
	return slices.ContainsFunc(s.rows, func(r report.RunRow) bool { _, ok := result.ValueOf(r.Figures, path); return ok })
}

func (s *sweepResult) varies(path string) bool {
	first, _ := result.ValueOf(s.rows[0].Figures, path)
	return len(s.rows) == 1 || slices.ContainsFunc(s.rows, func(r report.RunRow) bool { x, _ := result.ValueOf(r.Figures, path); return x != first })
}

// at returns the interval of a figure at a point.
func (s *sweepResult) at(point int, path string) stats.Interval {
	var xs []float64
	for _, r := range s.rows[point*s.replications : (point+1)*s.replications] {
		if x, ok := result.ValueOf(r.Figures, path); ok {
			xs = append(xs, x)
		}
	}
	return stats.MeanInterval(xs, confidence)
}

// sweepPoint is one point of a sweep as --format json prints it.
type sweepPoint struct {
	Parameters map[string]string         `json:"parameters"`
	Figures    map[string]stats.Interval `json:"figures"`
}

// printSweep prints the points with the chosen figures.
func (a *app) printSweep(s *sweepResult, path string, played int) error {
	if a.format == "json" {
		return a.printJSON(s.json())
	}
	shown := len(s.points)
	if a.format == "table" {
		shown = min(shown, printedPoints)
	}
	t := a.newTable()
	t.AppendHeader(s.header(a.format == "csv"))
	for i := range shown {
		t.AppendRow(s.line(i, a.format == "csv"))
	}
	note := ""
	if s.replications > 1 {
		note = fmt.Sprintf("Means over %d replications ± half-widths of 95 %% intervals; all points saw the same random numbers.\n", s.replications)
	}
	if shown < len(s.points) {
		note += fmt.Sprintf("The first %d of %d points.\n", shown, len(s.points))
	}
	note += fmt.Sprintf("%s   %d runs: %d played now, %d were there", path, len(s.rows), played, len(s.rows)-played)
	return a.printTable(t, note)
}

func (s *sweepResult) json() []sweepPoint {
	var out []sweepPoint
	for i, p := range s.points {
		q := sweepPoint{map[string]string{}, map[string]stats.Interval{}}
		for k, v := range p {
			q.Parameters[s.axes[k].Path] = v
		}
		for _, path := range s.figures {
			if x := s.at(i, path); x.N > 0 {
				q.Figures[path] = x
			}
		}
		out = append(out, q)
	}
	return out
}

// header names the columns; programs get bounds in columns of their own.
func (s *sweepResult) header(bounds bool) table.Row {
	var row table.Row
	for i := range s.axes {
		row = append(row, s.axes[i].Path)
	}
	for _, path := range s.figures {
		row = append(row, path)
		if bounds && s.replications > 1 {
			row = append(row, path+" lo", path+" hi")
		}
	}
	return row
}

func (s *sweepResult) line(point int, bounds bool) table.Row {
	var row table.Row
	for _, v := range s.points[point] {
		row = append(row, v)
	}
	for _, path := range s.figures {
		x := s.at(point, path)
		text := ""
		if x.N > 0 {
			text = sixDigits(x.Mean)
		}
		switch {
		case bounds && s.replications > 1:
			row = append(row, text, sixDigits(x.Lo), sixDigits(x.Hi))
		case x.Known():
			row = append(row, plusMinus(x))
		default:
			row = append(row, text)
		}
	}
	return row
}
