package main

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/sim/stats"
)

// goal is a limit that a figure is to keep: ttft_p99<2s.
type goal struct {
	flag  string // that it comes from
	text  string
	name  string   // of the figure, as written
	paths []string // where the figure may be
	below bool     // the figure is to be below the limit, else above
	limit float64
}

// quantities are the figures that goals may name in short: the start of their
// name and their place in the summary.
var quantities = map[string]string{
	"ttft": "requests.ttft_s", "tpot": "requests.tpot_s", "itl": "requests.itl_s", "e2e": "requests.e2e_s", "queue": "requests.queue_s",
	"job_wait": "jobs.wait_s", "job_jct": "jobs.jct_s", "job_slowdown": "jobs.bounded_slowdown",
}

// dropped is the share of requests that were refused or given up, of those
// whose end is known. Percentiles are those of completed requests, so that a
// fleet that drops many may look fast.
const dropped = "dropped"

// gpuHoursRatio is inference's GPU-hours after the shock, relative to before.
const gpuHoursRatio = "gpu_hours_ratio"

// leastServed is the goal that goes without saying.
const leastServed = "dropped<1%"

var goalForm = regexp.MustCompile(`^\s*([^<>=\s]+)\s*(<=|>=|<|>)\s*([^<>=\s]+)\s*$`)

// goalOf reads a goal of a flag, which runs of a scenario may have.
func goalOf(flag, text string, doc *scenario.Document) (*goal, error) {
	g, err := parseGoal(flag, text)
	if err != nil {
		return nil, err
	}
	return g, g.check(doc.Outputs.Windows)
}

// parseGoal reads a goal of a flag.
func parseGoal(flag, text string) (*goal, error) {
	m := goalForm.FindStringSubmatch(text)
	if m == nil {
		return nil, usageErrorf("%s %s: want figure<limit or figure>limit, such as ttft_p99<2s", flag, text)
	}
	g := &goal{flag: flag, text: strings.TrimSpace(text), name: m[1], below: m[2][0] == '<'}
	limit, err := parseShare(m[3])
	if err != nil {
		t, wrong := units.ParseDuration(m[3])
		if wrong != nil {
			return nil, usageErrorf("%s %s: %q is no limit: want a number, a share such as 95%%, or a time such as 2s", flag, text, m[3])
		}
		limit = t.Seconds()
	}
	g.limit = limit
	window, short := "", m[1]
	if i := strings.LastIndexByte(short, '.'); i >= 0 {
		window, short = "windows."+short[:i]+".", short[i+1:]
	}
	if name, statistic, ok := cutLast(short, "_"); ok && quantities[name] != "" {
		g.paths = append(g.paths, window+quantities[name]+"."+statistic)
	}
	switch short {
	case "slo_attainment":
		g.paths = append(g.paths, window+"requests.slo_attainment")
	case dropped:
		g.paths = append(g.paths, window+dropped)
	case gpuHoursRatio:
		g.paths = append(g.paths, demandChange)
	}
	g.paths = append(g.paths, m[1], "windows."+m[1])
	return g, nil
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// value returns the goal's figure in a run.
func (g *goal) value(figures []result.Figure) (float64, bool) {
	for _, path := range g.paths {
		if window, ok := strings.CutSuffix(path, dropped); ok {
			return droppedShare(figures, window)
		}
		if x, ok := result.ValueOf(figures, path); ok {
			return x, true
		}
	}
	return 0, false
}

func droppedShare(figures []result.Figure, window string) (float64, bool) {
	var n [4]float64
	for i, name := range []string{"arrived", "unfinished", "rejected", "cancelled"} {
		x, ok := result.ValueOf(figures, window+"requests."+name)
		if !ok {
			return 0, false
		}
		n[i] = x
	}
	if n[0] > 0 && n[0] == n[1] {
		return 1, true // nothing got through
	}
	shed, _ := result.ValueOf(figures, window+"requests.shed") // absent when there is none
	return (n[2] + n[3] + shed) / math.Max(1, n[0]-n[1]), true
}

// check refuses a goal whose figure no run of the scenario has, before any is
// played.
func (g *goal) check(windows []scenario.Window) error {
	for _, path := range g.paths {
		rest, inWindow := strings.CutPrefix(path, "windows.")
		if inWindow && !slices.ContainsFunc(windows, func(w scenario.Window) bool { return strings.HasPrefix(rest, w.Name+".") }) {
			continue
		}
		if strings.HasSuffix(path, dropped) || result.MayHave(path) {
			return nil
		}
	}
	var prefixes []string
	for _, w := range windows {
		prefixes = append(prefixes, w.Name+".")
	}
	return g.unknown(result.Paths(), prefixes...)
}

// unknown reports a goal whose figure no run has, or none of those with the given
// figures; the prefixes are those of windows.
func (g *goal) unknown(figures []string, prefixes ...string) error {
	names := figures
	for _, prefix := range append(prefixes, "") {
		names = append(names, prefix+"slo_attainment", prefix+dropped)
		for q := range quantities {
			for _, s := range []string{"mean", "p50", "p90", "p95", "p99", "max"} {
				names = append(names, prefix+q+"_"+s)
			}
		}
	}
	names = append(names, gpuHoursRatio)
	return usageErrorf("%s %s: the run has no figure %s.%s (short names: ttft, tpot, itl, e2e, queue, job_wait, job_jct, job_slowdown with _mean, _p50, _p90, _p95, _p99 or _max; slo_attainment; dropped; all behind a window's name and a point; gpu_hours_ratio; or a path of summary.json)",
		g.flag, g.text, g.name, suggest.Hint(g.name, names))
}

// standing is how a goal stands at a value.
type standing struct {
	Goal    string         `json:"goal"`
	Figure  stats.Interval `json:"figure"`
	Verdict string         `json:"verdict"` // met, missed or unclear
	excess  float64        // how far the figure's bound is beyond the limit, relative to it
}

// judge holds a goal against the values of replications. It is met, or missed,
// when the one-sided bound of the mean at the confidence is on that side.
func (g *goal) judge(xs []float64, confidence float64) standing {
	i := stats.MeanInterval(xs, 2*confidence-1) // each end is a one-sided bound
	s := standing{Goal: g.text, Figure: i, Verdict: "unclear"}
	worst, best := i.Hi, i.Lo
	sign := 1.0
	if !g.below {
		worst, best, sign = i.Lo, i.Hi, -1
	}
	switch {
	case sign*worst <= sign*g.limit:
		s.Verdict = "met"
	case sign*best > sign*g.limit:
		s.Verdict = "missed"
	}
	s.excess = sign * (worst - g.limit) / math.Max(math.Abs(g.limit), 1e-12)
	return s
}

// describe prints a figure in the unit of its goal.
func (g *goal) describe(x stats.Interval) string {
	scale, unit := 1.0, ""
	switch {
	case strings.Contains(g.paths[0], "_s."):
		unit = " s"
	case strings.HasSuffix(g.paths[0], dropped) || strings.HasSuffix(g.paths[0], "slo_attainment"):
		scale, unit = 100, " %"
	}
	x.Mean, x.Lo, x.Hi = x.Mean*scale, x.Lo*scale, x.Hi*scale
	return fmt.Sprintf("%s%s", plusMinus(x), unit)
}
