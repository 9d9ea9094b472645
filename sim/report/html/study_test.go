package html

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/stats"
)

func TestNobodyBeatsTheFrontAndTheFrontBeatsTheOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		more := rapid.Bool().Draw(t, "more is better")
		all := make([]candidate, rapid.IntRange(1, 30).Draw(t, "candidates"))
		for i := range all {
			all[i].cost.Mean = float64(rapid.IntRange(0, 9).Draw(t, "cost"))
			all[i].good.Mean = float64(rapid.IntRange(0, 9).Draw(t, "good"))
		}
		as := func(a, b candidate) bool { // a is at least as good as b
			return a.cost.Mean <= b.cost.Mean && (a.good.Mean == b.good.Mean || (a.good.Mean > b.good.Mean) == more)
		}
		on := pareto(all, more)
		for i := range all {
			covered := slices.ContainsFunc(on, func(k int) bool { return as(all[k], all[i]) })
			beaten := slices.ContainsFunc(all, func(c candidate) bool {
				return as(c, all[i]) && (c.cost.Mean != all[i].cost.Mean || c.good.Mean != all[i].good.Mean)
			})
			if !covered || slices.Contains(on, i) && beaten {
				t.Errorf("front %v of %v: candidate %d is covered %v, beaten %v", on, all, i, covered, beaten)
			}
		}
	})
}

// sweepOf returns a sweep with a row for each pair of values and replication.
func sweepOf(axes []string, values [][]string, replications int) *Sweep {
	s := &Sweep{Study: Study{Name: "small", Version: "dev", Command: "sim sweep small"}, Axes: axes, Figures: []string{"requests.ttft_s.p99", "cost_usd"}, Level: 0.95}
	points := [][]string{{}}
	for _, v := range values {
		var next [][]string
		for _, p := range points {
			for _, x := range v {
				next = append(next, append(slices.Clone(p), x))
			}
		}
		points = next
	}
	for i, p := range points {
		for r := range replications {
			s.Rows = append(s.Rows, report.RunRow{Point: i + 1, Replication: r + 1, Parameters: p, Figures: []result.Figure{
				{Path: "requests.ttft_s.p99", Value: 10/float64(i+1) + float64(r)}, {Path: "cost_usd", Value: float64(i)},
			}})
		}
	}
	return s
}

func TestASweepIsDrawnAsItsParametersAllow(t *testing.T) {
	many := make([]string, 9)
	for i := range many {
		many[i] = strconv.Itoa(i * i)
	}
	for _, c := range []struct {
		name   string
		axes   []string
		values [][]string
		want   []string
		not    []string
	}{
		{"one number", []string{"nodes"}, [][]string{{"1", "2", "4"}}, []string{`id="curve-requests-ttft-s-p99" data-kind="lines"`, `id="front-requests-ttft-s-p99"`}, []string{`data-kind="matrix"`}},
		{"one name", []string{"router"}, [][]string{{"a", "b"}}, []string{`id="curve-requests-ttft-s-p99" data-kind="forest"`}, []string{`data-kind="lines"`}},
		{"two numbers", []string{"nodes", "rate"}, [][]string{{"1", "2"}, {"5", "10"}}, []string{`id="map-cost-usd" data-kind="matrix"`, "rate = 10"}, nil},
		{"with units", []string{"rate"}, [][]string{{"1/s", "2/s"}}, []string{`data-kind="lines"`}, nil},
		{"with mixed units", []string{"ttl"}, [][]string{{"500ms", "2s"}}, []string{`data-kind="forest"`}, []string{`data-kind="lines"`}},
		{"too many lines", []string{"nodes", "rate"}, [][]string{{"1", "2"}, many}, []string{`data-kind="points"`, `data-kind="matrix"`}, []string{`data-kind="lines"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, replications := range []int{1, 3} {
				html, err := sweepOf(c.axes, c.values, replications).Render()
				must(t, err)
				for _, want := range append(c.want, `id="all-points"`, "sim sweep small") {
					if !strings.Contains(string(html), want) {
						t.Errorf("the report lacks %s", want)
					}
				}
				for _, not := range append(c.not, "NaN", "Inf") {
					if strings.Contains(string(html), not+`"`) {
						t.Errorf("the report has %s", not)
					}
				}
			}
		})
	}
}

func TestASampledSweepHasADotForEveryPoint(t *testing.T) {
	s := sweepOf([]string{"x"}, [][]string{{"1", "2", "3", "4", "5"}}, 1)
	s.Axes = []string{"x", "y"}
	for i := range s.Rows {
		s.Rows[i].Parameters = []string{fmt.Sprint(i), fmt.Sprint(math.Sqrt(float64(i)))}
	}
	html, err := s.Render()
	must(t, err)
	for _, id := range []string{"scatter-0-cost-usd", "scatter-1-cost-usd"} {
		_, chart, _ := strings.Cut(string(html), `id="`+id+`"`)
		chart, _, _ = strings.Cut(chart, "</svg>")
		if n := strings.Count(chart, `class="dot"`); n != len(s.Rows) {
			t.Errorf("%s has %d dots, want %d", id, n, len(s.Rows))
		}
	}
}

func TestComparisonsAndPlansSayWhatTheyFound(t *testing.T) {
	x := stats.MeanInterval([]float64{1, 2, 3}, 0.95)
	zero := stats.Interval{N: 3}
	c := Comparison{A: "old", B: "new", Level: 0.95, Seeds: []uint64{1, 2, 3}, Figures: []Compared{
		{Path: "requests.e2e_s.mean", A: x, B: x, Difference: stats.Interval{Mean: 0.5, Lo: 0.4, Hi: 0.6, N: 3}, Verdict: "higher in B", Significant: true, RunsA: []float64{1, 2, 3}, RunsB: []float64{1.5, 2.5, 3.5}},
		{Path: "jobs.submitted", A: zero, B: zero, Difference: zero, Verdict: "the same", RunsA: []float64{0, 0, 0}, RunsB: []float64{0, 0, 0}},
	}}
	page, err := c.Render()
	must(t, err)
	for _, want := range []string{`id="forest"`, ">0.25<", `id="pairs-requests-e2e-s-mean"`, "jobs.submitted"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the comparison lacks %s", want)
		}
	}
	p := Plan{Parameter: "nodes", Answer: "4", Level: 0.95, Perfect: 20, Goals: []PlanGoal{{Text: "ttft_p99<2s", Figure: "requests.ttft_s.p99", Limit: 2, Below: true}}, Trials: []PlanTrial{
		{Value: "2", GPUs: 16, Refused: "too small"}, {Value: "3", GPUs: 24, Figures: []stats.Interval{x}, Verdicts: []string{"missed"}},
		{Value: "4", GPUs: 32, Figures: []stats.Interval{x}, Verdicts: []string{"met"}},
	}}
	page, err = p.Render()
	must(t, err)
	for _, want := range []string{`id="goal-nodes-ttft-p99-2s"`, `id="goal-GPUs-ttft-p99-2s"`, "&lt; 2 s", "perfect system", "cannot be: too small", ">answer<"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the plan lacks %s", want)
		}
	}
}
