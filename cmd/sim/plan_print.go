package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/jevons-sim/jevons/sim"
)

// plan is a search with its outcome.
type plan struct {
	search     *search
	maximise   bool
	current    string            // the scenario's own value
	gpus       int               // the scenario's own fleet
	bound      *sim.PerfectFleet // nil: no requests, or no such system
	impossible string            // why there is no perfect system either
	answer     int               // index of the last value that meets, −1 = none
	farthest   int               // index of the last value that may meet, −1 = none
}

// scenarioHasNone reports a parameter without a value to start from.
func scenarioHasNone(path string) error {
	return fmt.Errorf("%s: the scenario writes no number there to start from; give a range, %s=LO:HI", path, path)
}

// find searches the last value that meets the goals, and the last that may.
func (p *plan) find(ctx context.Context) (err error) {
	s := p.search
	if p.answer, err = s.last(ctx, p.guess(), (*trial).meets); err != nil {
		return err
	}
	if p.farthest, err = s.last(ctx, p.answer+1, (*trial).mayMeet); err != nil {
		return err
	}
	p.farthest = max(p.farthest, p.answer)
	return nil
}

// guess returns where to begin: for a fleet, a little more than a perfect
// system needs; else the scenario's own value.
func (p *plan) guess() int {
	s := p.search
	want := p.current
	if pools := s.base.doc.Fleet.Pools; p.bound != nil && len(pools) == 1 && (s.path == "nodes" || s.path == "fleet.pools[0].nodes") && pools[0].Nodes > 0 {
		perNode := p.gpus / pools[0].Nodes
		want = fmt.Sprint(max(1, p.bound.PeakGPUs*5/4/max(1, perNode)))
	}
	if i := slices.Index(s.ladder, want); i >= 0 {
		return i
	}
	return len(s.ladder) / 2
}

// planJSON is a plan as --format json prints it.
type planJSON struct {
	Path       string            `json:"parameter"`
	Feasible   bool              `json:"feasible"`
	Value      string            `json:"value,omitempty"`    // meets all goals with confidence
	Farthest   string            `json:"farthest,omitempty"` // beyond it, a goal is missed for certain
	GPUs       int               `json:"gpus,omitempty"`
	Binding    string            `json:"binding,omitempty"`
	Current    string            `json:"current,omitempty"`
	Confidence float64           `json:"confidence"`
	Perfect    *sim.PerfectFleet `json:"perfect,omitempty"`
	Trials     []*trial          `json:"trials"`
	Runs       int               `json:"runs"`
}

// json returns the plan as --format json prints it.
func (p *plan) json() planJSON {
	s := p.search
	out := planJSON{Path: s.path, Feasible: p.answer >= 0, Current: p.current, Confidence: s.confidence, Perfect: p.bound, Runs: s.runs}
	for _, i := range slices.Sorted(maps.Keys(s.tried)) {
		out.Trials = append(out.Trials, s.tried[i])
	}
	if out.Feasible {
		out.Value, out.Farthest, out.GPUs = s.ladder[p.answer], s.ladder[p.farthest], s.tried[p.answer].GPUs
	}
	if b := p.limit().binding(); b != nil && b.Verdict != "met" {
		out.Binding = b.Goal
	}
	return out
}

// limit returns the trial beyond the answer, or at the end of the range.
func (p *plan) limit() *trial {
	return p.search.tried[min(p.answer+1, len(p.search.ladder)-1)]
}

// printPlan prints a plan, and writes its report if there is a place for it; one
// that is infeasible is a goal missed.
func (a *app) printPlan(p *plan, page string) error {
	s, out, limit := p.search, p.json(), p.limit()
	if page != "" {
		if err := writePlan(page, a.command(), p, &out, limit); err != nil {
			return err
		}
	}
	if a.format == "json" {
		if err := a.printJSON(out); err != nil {
			return err
		}
	} else if err := a.printTrials(p, out.Trials, limit); err != nil {
		return err
	}
	if !out.Feasible {
		return goalMissedf("no %s from %s to %s meets the goals", s.path, s.ladder[len(s.ladder)-1], s.ladder[0])
	}
	return nil
}

// printTrials prints the answer in words and the values that were tried.
func (a *app) printTrials(p *plan, trials []*trial, limit *trial) error {
	s := p.search
	t := a.newTable()
	header := table.Row{s.path, "GPUs"}
	for _, g := range s.goals {
		header = append(header, g.text, "")
	}
	t.AppendHeader(header)
	for _, x := range trials {
		row := table.Row{x.Value}
		if x.Refused != "" {
			row = append(row, "", "cannot be: "+x.Refused)
		} else {
			row = append(row, x.GPUs)
			for i, st := range x.Standings {
				row = append(row, s.goals[i].describe(st.Figure), st.Verdict)
			}
		}
		t.AppendRow(row)
	}
	if a.format == "csv" {
		return a.printTable(t, "")
	}
	if _, err := fmt.Fprintf(a.stdout, "%s\n\n", strings.Join(p.story(limit), "\n")); err != nil {
		return err
	}
	return a.printTable(t, fmt.Sprintf("Means over %d replications with one-sided bounds, at a confidence of %.4g %% for all goals together; %d runs.", s.replications, s.confidence*100, s.runs))
}

// story says what the plan comes to.
func (p *plan) story(limit *trial) []string {
	s := p.search
	var lines []string
	if p.answer >= 0 {
		lines = append(lines, p.found(limit)...)
	} else {
		lines = append(lines, p.missing(limit)...)
	}
	if p.impossible != "" {
		lines = append(lines, "Not even a perfect system could: "+p.impossible+".")
	}
	if b := p.bound; b != nil {
		line := fmt.Sprintf("A perfect system (instant scaling, no fragmentation, full batches) would serve the scenario's requests with %s at the peak and %.1f on average", gpus(b.PeakGPUs), b.MeanGPUs)
		switch {
		case p.maximise || p.answer < 0:
			line += fmt.Sprintf(", as written; it has %d.", p.gpus)
		default:
			line += fmt.Sprintf("; imperfection and other work take the other %d.", max(0, s.tried[p.answer].GPUs-b.PeakGPUs))
		}
		lines = append(lines, line)
	}
	return lines
}

// found describes an answer.
func (p *plan) found(limit *trial) []string {
	s := p.search
	at := s.tried[p.answer]
	what := "smallest"
	if p.maximise {
		what = "largest"
	}
	line := fmt.Sprintf("%s=%s (%s) is the %s that meets %s with %.4g %% confidence", s.path, at.Value, gpus(at.GPUs), what, s.list(), s.confidence*100)
	if p.current != "" {
		line += fmt.Sprintf("; the scenario has %s", p.current)
	}
	lines := []string{line + "."}
	if p.farthest > p.answer {
		lines = append(lines, fmt.Sprintf("Within the intervals %s may do already; more --replications narrow that.", s.ladder[p.farthest]))
	}
	switch b := limit.binding(); {
	case p.answer == len(s.ladder)-1:
		lines = append(lines, "That is the end of the range: the answer may lie beyond.")
	case limit.Refused != "":
		lines = append(lines, fmt.Sprintf("What binds is the scenario: at %s, %s.", limit.Value, limit.Refused))
	default:
		lines = append(lines, fmt.Sprintf("What binds is %s: at %s it is %s.", b.Goal, limit.Value, s.describe(b)))
	}
	return lines
}

// missing describes why there is no answer.
func (p *plan) missing(easiest *trial) []string {
	s := p.search
	b := easiest.binding()
	lines := []string{fmt.Sprintf("Infeasible: even %s=%s (%s) does not meet %s with %.4g %% confidence.", s.path, easiest.Value, gpus(easiest.GPUs), s.list(), s.confidence*100),
		fmt.Sprintf("What binds is %s: there it is %s.", b.Goal, s.describe(b))}
	if p.farthest >= 0 {
		lines = append(lines, "Within the intervals it may do; more --replications narrow that.")
	}
	return lines
}

// gpus prints a number of GPUs.
func gpus(n int) string {
	if n == 1 {
		return "1 GPU"
	}
	return fmt.Sprintf("%d GPUs", n)
}

// describe prints how a goal stands.
func (s *search) describe(st *standing) string {
	for _, g := range s.goals {
		if g.text == st.Goal {
			return g.describe(st.Figure)
		}
	}
	return ""
}

// list names the goals.
func (s *search) list() string {
	var texts []string
	for _, g := range s.goals {
		texts = append(texts, g.text)
	}
	return strings.Join(texts, " and ")
}
