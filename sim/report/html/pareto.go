package html

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"

	"github.com/jevons-sim/jevons/sim/report/chart"
	"github.com/jevons-sim/jevons/sim/stats"
)

// costs are figures of which less is better and that somebody pays for; goods
// are what one gets for it, of which less or more is better.
var (
	costFigures = []string{"cost_usd", "energy_kwh"}
	goodFigures = []struct {
		path string
		more bool
	}{
		{"requests.slo_attainment", true}, {"requests.ttft_s.p99", false}, {"requests.e2e_s.mean", false},
		{"jobs.wait_s.p90", false}, {"jobs.jct_s.mean", false}, {"training.tokens", true}, {"rl.steps", true},
	}
)

// candidate is a system with its cost and what it gives.
type candidate struct {
	label      string
	cost, good stats.Interval
}

// fronts draws what points cost against what they give.
func (s *Sweep) fronts() []template.HTML {
	cost := ""
	for _, c := range costFigures {
		if cost == "" && s.varies(c) {
			cost = c
		}
	}
	var out []template.HTML
	for _, g := range goodFigures {
		if cost == "" || len(out) == mostFronts || !s.varies(g.path) {
			continue
		}
		var all []candidate
		for i := range s.points {
			c := candidate{s.name(0, s.points[i].at), s.at(&s.points[i], cost), s.at(&s.points[i], g.path)}
			if c.cost.N > 0 && c.good.N > 0 {
				all = append(all, c)
			}
		}
		out = append(out, front(cost, g.path, g.more, all))
	}
	return out
}

// varies reports whether a figure differs between points.
func (s *Sweep) varies(path string) bool {
	first := s.at(&s.points[0], path)
	return first.N > 0 && slices.ContainsFunc(s.points, func(p sweepPoint) bool { return s.at(&p, path).Mean != first.Mean })
}

// pareto returns the indexes of candidates that no other beats in cost and in
// what it gives at once, by cost.
func pareto(all []candidate, more bool) []int {
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	better := func(a, b float64) bool { return more && a > b || !more && a < b }
	slices.SortStableFunc(order, func(a, b int) int {
		if c := cmp.Compare(all[a].cost.Mean, all[b].cost.Mean); c != 0 {
			return c
		}
		if better(all[a].good.Mean, all[b].good.Mean) {
			return -1
		}
		return 1
	})
	var on []int
	for _, i := range order {
		if len(on) == 0 || better(all[i].good.Mean, all[on[len(on)-1]].good.Mean) {
			on = append(on, i)
		}
	}
	return on
}

// front draws candidates and the line through those that are not beaten.
func front(cost, good string, more bool, all []candidate) template.HTML {
	on := pareto(all, more)
	word := map[bool]string{true: "more", false: "less"}[more]
	c := chart.Scatter{
		Frame: chart.Frame{ID: anchor("front", good), Title: labelled(good) + " against " + labelled(cost), Half: true,
			Desc: fmt.Sprintf("%d of %d points are on the front: less %s and %s %s is better.", len(on), len(all), cost, word, good)},
		Keys: []chart.Series{{Name: "on the front", Color: "c-3"}, {Name: "beaten", Color: "c-0"}},
	}
	c.Data.Columns = slices.Concat([]chart.Column{{Name: "point", Format: chart.Text}}, intervalColumns(cost), intervalColumns(good), []chart.Column{{Name: "on the front", Format: chart.Category}})
	c.Data.Columns[2].Name, c.Data.Columns[3].Name = cost+" from", cost+" to"
	c.Data.Columns[5].Name, c.Data.Columns[6].Name = good+" from", good+" to"
	var xs, ys []float64
	for i, x := range all {
		p := chart.Point{X: x.cost.Mean, Y: x.good.Mean, Lo: x.good.Lo, Hi: x.good.Hi, Color: "c-0"}
		answer := "no"
		if slices.Contains(on, i) {
			p.Color, p.Strong, answer = "c-3", true, "yes"
		}
		c.Points = append(c.Points, p)
		c.Data.Rows = append(c.Data.Rows, slices.Concat([]string{x.label}, intervalCells(x.cost), intervalCells(x.good), []string{answer}))
		xs, ys = append(xs, p.X), append(ys, p.Y, p.Lo, p.Hi)
	}
	for _, i := range on {
		c.Line = append(c.Line, [2]float64{all[i].cost.Mean, all[i].good.Mean})
	}
	c.X, c.Y = axisFor(cost, xs...), axisFor(good, ys...)
	return c.HTML()
}
