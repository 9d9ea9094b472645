package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/jevons-sim/jevons/sim/report/chart"
	"github.com/jevons-sim/jevons/sim/report/html"
)

// plot draws a sweep's first printed figure over its first parameter, with a
// line and the band of its intervals for every combination of the others.
func (s *sweepResult) plot(scenario string) ([]byte, error) {
	if len(s.figures) == 0 {
		return nil, usageErrorf("--plot: no figure differs between the runs; --figure names one")
	}
	figure, across := s.figures[0], s.axes[0].Path
	at, lines := map[float64]bool{}, map[string]map[float64]int{}
	var names []string
	for i, p := range s.points {
		x, err := strconv.ParseFloat(p[0], 64)
		if err != nil {
			return nil, usageErrorf("--plot: %s is drawn from left to right, but %q is no number; let another --vary come first", across, p[0])
		}
		var rest []string
		for k := 1; k < len(p); k++ {
			rest = append(rest, s.axes[k].Path+" = "+p[k])
		}
		name := strings.Join(rest, ", ")
		if lines[name] == nil {
			lines[name] = map[float64]int{}
			names = append(names, name)
		}
		at[x], lines[name][x] = true, i
	}
	var xs []float64
	for x := range at {
		xs = append(xs, x)
	}
	slices.Sort(xs)
	if len(xs) < 2 {
		return nil, usageErrorf("--plot: %s has one value; a line takes two", across)
	}
	p := &chart.Plot{
		Frame: chart.Frame{ID: "sweep", Title: scenario + ": " + figure, Desc: fmt.Sprintf("%s over %s, with 95 %% intervals", figure, across)},
		X:     chart.Axis{Scale: chart.Scale{Lo: xs[0], Hi: xs[len(xs)-1]}, Name: across, Format: chart.Number},
		Y:     chart.Axis{Format: chart.Number}, At: xs,
	}
	top := 0.0
	for i, name := range names {
		line := chart.Series{Name: name, Color: fmt.Sprintf("c-%d", i%6)}
		for _, x := range xs {
			mean, lo, hi := math.NaN(), math.NaN(), math.NaN()
			if point, ok := lines[name][x]; ok {
				if v := s.at(point, figure); v.N > 0 {
					mean, lo, hi = v.Mean, v.Mean, v.Mean
					if v.Known() {
						lo, hi = max(0, v.Lo), v.Hi
					}
					top = max(top, mean, hi)
				}
			}
			line.Values, line.Lo, line.Hi = append(line.Values, mean), append(line.Lo, lo), append(line.Hi, hi)
		}
		p.Series = append(p.Series, line)
	}
	p.Y.Scale = chart.Nice(top)
	if strings.HasSuffix(figure, "_ratio") {
		p.Levels = []chart.Mark{{At: 1, Label: "as before"}}
	}
	return p.SVG(html.Color), nil
}

// writePlot draws the sweep into a file.
func (s *sweepResult) writePlot(path, scenario string) error {
	svg, err := s.plot(scenario)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, svg, 0o666); err != nil {
		return fmt.Errorf("drawing the sweep: %w", err)
	}
	return nil
}
