package main

import (
	"strconv"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/sim/result"
)

// confidence is the level of intervals where the user sets none.
const confidence = 0.95

// headline are the figures that are shown where not all are asked for.
var headline = []string{
	"requests.arrived", "requests.ttft_s.p50", "requests.ttft_s.p99", "requests.e2e_s.mean", "requests.slo_attainment",
	"jobs.wait_s.mean", "jobs.wait_s.p90", "jobs.jct_s.mean", "training.tokens", "rl.steps",
	"utilization.allocated", "utilization.busy", "energy_kwh", "cost_usd",
}

// mainFigure returns the figure that says most of how a run went: the mean time
// of a request, else of a job, else how busy the fleet was.
func mainFigure(figures []result.Figure) string {
	for _, path := range []string{"requests.e2e_s.mean", "jobs.jct_s.mean"} {
		if _, ok := result.ValueOf(figures, path); ok {
			return path
		}
	}
	return "utilization.busy"
}

// noSuchFigure reports a figure that the run does not have.
func noSuchFigure(flag, path string, figures []result.Figure) error {
	return usageErrorf("%s %s: the run has no such figure.%s (figures are paths of summary.json, such as %s)", flag, path, suggest.Hint(path, result.PathsOf(figures)), mainFigure(figures))
}

// checkFigures refuses figures that no run has, before any is played.
func checkFigures(flag string, paths ...string) error {
	for _, path := range paths {
		if !result.MayHave(path) {
			return usageErrorf("%s %s: no run has such a figure.%s (figures are paths of summary.json, such as %s)", flag, path, suggest.Hint(path, result.Paths()), headline[2])
		}
	}
	return nil
}

// parseShare reads a share: 0.02 or 2%.
func parseShare(text string) (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		x /= 100
	}
	return x, err
}
