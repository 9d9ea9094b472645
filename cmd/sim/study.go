package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/report/html"
)

// drawnFigures is how many figures the report of a sweep draws where the user
// names none.
const drawnFigures = 8

// commandLine is how the process was called, quoted for a shell.
func commandLine(args []string) string {
	out := []string{"sim"}
	for _, arg := range args {
		if strings.ContainsAny(arg, " \t\n'\"\\$`&|;<>()[]{}*?#~!") || arg == "" {
			arg = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
		out = append(out, arg)
	}
	return strings.Join(out, " ")
}

// drawn returns the figures to draw of runs: those asked for, else headline
// ones that differ between runs.
func drawn(rows []report.RunRow, asked []string) []string {
	if asked != nil {
		return asked
	}
	var out []string
	for _, path := range headline {
		first, there := rows[0].Figure(path)
		varies := slices.ContainsFunc(rows, func(r report.RunRow) bool { x, _ := r.Figure(path); return x != first })
		if there && (varies || len(rows) == 1) && len(out) < drawnFigures {
			out = append(out, path)
		}
	}
	return out
}

// sweepLog is run.log.json in a sweep's directory: what differs between sweeps
// of the same runs.
type sweepLog struct {
	Version string `json:"version"`
	Command string `json:"command"`
}

const logFile = "run.log.json"

func writeSweepLog(dir, command string) error {
	text, err := report.JSON(sweepLog{version(), command})
	if err != nil {
		return err
	}
	return html.WriteFile(filepath.Join(dir, logFile), text)
}

// readSweepLog returns the command that made a sweep, as far as is known.
func readSweepLog(dir string) string {
	var log sweepLog
	text, err := os.ReadFile(filepath.Join(dir, logFile))
	if err != nil || json.Unmarshal(text, &log) != nil {
		return "sim sweep"
	}
	return log.Command
}

// writeSweepReport writes the report of a sweep from its Parquet file into its
// directory.
func writeSweepReport(dir string, figures []string) error {
	runs, err := report.ReadRuns(filepath.Join(dir, sweepFile))
	if err != nil {
		return err
	}
	s := html.Sweep{
		Study: html.Study{Name: runs.Meta.Scenario, Version: runs.Meta.Version, ID: runs.Meta.RunID, Command: readSweepLog(dir)},
		Axes:  runs.Parameters, Rows: runs.Rows, Figures: drawn(runs.Rows, figures), Level: confidence,
	}
	points := runs.Rows[len(runs.Rows)-1].Point
	s.Story = []string{fmt.Sprintf("%s was run at %d points over %s, %d runs in all.", s.Name, points, strings.Join(s.Axes, ", "), len(runs.Rows))}
	if len(s.Figures) == 0 {
		s.Story = append(s.Story, "None of the headline figures differs between the points.")
	}
	s.Story = append(s.Story, s.Extremes()...)
	text, err := s.Render()
	if err != nil {
		return err
	}
	return html.WriteFile(filepath.Join(dir, html.Name), text)
}

// writeComparison writes the report of a comparison.
func writeComparison(path, command string, c *comparison) error {
	lines := strings.Split(c.story(), "\n")
	out := html.Comparison{
		Study: html.Study{Name: c.A + " and " + c.B, Version: version(), Command: command, Story: lines},
		A:     c.A, B: c.B, Level: c.Confidence, Seeds: c.Seeds,
	}
	for _, f := range c.Figures {
		out.Figures = append(out.Figures, html.Compared{
			Path: f.Path, A: f.A, B: f.B, Difference: f.Difference, Adjusted: f.Adjusted, Verdict: f.Verdict, Significant: f.significant(),
			RunsA: columnOf(c.onlyA, f.Path), RunsB: columnOf(c.onlyB, f.Path),
		})
	}
	return writeStudy(path, out.Render)
}

// writePlan writes the report of a plan.
func writePlan(path, command string, p *plan, out *planJSON, limit *trial) error {
	s := p.search
	page := html.Plan{
		Study:     html.Study{Name: s.base.doc.Name, Version: version(), Command: command, Story: p.story(limit)},
		Parameter: s.path, Answer: out.Value, Level: s.confidence,
	}
	if p.bound != nil {
		page.Perfect = float64(p.bound.PeakGPUs)
	}
	for _, g := range s.goals {
		page.Goals = append(page.Goals, html.PlanGoal{Text: g.text, Figure: g.paths[0], Limit: g.limit, Below: g.below})
	}
	for _, t := range out.Trials {
		row := html.PlanTrial{Value: t.Value, GPUs: t.GPUs, Refused: t.Refused}
		for _, st := range t.Standings {
			row.Figures, row.Verdicts = append(row.Figures, st.Figure), append(row.Verdicts, st.Verdict)
		}
		page.Trials = append(page.Trials, row)
	}
	return writeStudy(path, page.Render)
}

func writeStudy(path string, render func() ([]byte, error)) error {
	text, err := render()
	if err != nil {
		return err
	}
	if dir := filepath.Dir(path); dir != "." {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
	}
	return html.WriteFile(path, text)
}
