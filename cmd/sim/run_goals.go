package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/sim/stats"
)

// leastAttained is the goal of a bare --fail-on-slo.
const leastAttained = "slo_attainment>=99%"

// goals reads the goals of --fail-on-slo.
func (f *runFlags) goals(v *variant) ([]*goal, error) {
	var goals []*goal
	for _, text := range f.failOn {
		g, err := goalOf("--fail-on-slo", text, v.doc)
		if err != nil {
			return nil, err
		}
		if strings.Contains(text, "slo_attainment") && !slices.ContainsFunc(v.doc.Deployments, func(d scenario.Deployment) bool { return d.SLO != scenario.SLO{} }) {
			return nil, usageErrorf("--fail-on-slo %s: no deployment has an slo, all that is served meets it (slo: {ttft: 2s, tpot: 100ms} gives it one)", text)
		}
		goals = append(goals, g)
	}
	return goals, nil
}

// missed says which goals the mean of some runs misses, nil if none.
func missed(goals []*goal, runs ...*result.Summary) error {
	if len(goals) == 0 {
		return nil
	}
	figures := make([][]result.Figure, len(runs))
	for i, s := range runs {
		var err error
		if figures[i], err = result.Figures(s); err != nil {
			return fmt.Errorf("looking for the goals' figures: %w", err)
		}
	}
	var out []string
	for _, g := range goals {
		var xs []float64
		for i := range runs {
			x, ok := g.value(figures[i])
			if !ok {
				return goalMissedf("--fail-on-slo %s: the run has no figure %s: nothing of the kind happened", g.text, g.name)
			}
			xs = append(xs, x)
		}
		x := stats.MeanInterval(xs, 0.95)
		excess := x.Mean - g.limit
		if !g.below {
			excess = -excess
		}
		if !(excess <= 0) {
			out = append(out, fmt.Sprintf("%s (it is %s)", g.text, g.describe(x)))
		}
	}
	if len(out) == 0 {
		return nil
	}
	return goalMissedf("missed: %s", strings.Join(out, "; "))
}
