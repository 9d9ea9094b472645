package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/sim/design"
	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/result"
)

// watchFlags are the flags of `sim watch`.
type watchFlags struct {
	once     bool
	interval time.Duration
}

func watchCommand(a *app) *cobra.Command {
	var f watchFlags
	cmd := &cobra.Command{
		Use:   "watch DIR",
		Short: "Watch a running sweep",
		Long: `Show how far a sweep is, from its directory: the runs that have ended, the time
to go, and the figures of the points so far. It ends with the sweep; stopping it
leaves the sweep alone.`,
		Example: `  sim watch results/r1-shock-sweep
  sim watch results/r1-shock-sweep --once --format json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.watch(cmd.Context(), args[0], &f) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.once, "once", false, "show the state once and end")
	flags.DurationVar(&f.interval, "interval", 2*time.Second, "how often to look")
	return cmd
}

// sweepState is how far a sweep is.
type sweepState struct {
	Scenario string       `json:"scenario"`
	Runs     int          `json:"runs"`
	Done     int          `json:"done"`
	Points   []sweepPoint `json:"points"`
	result   *sweepResult
	plan     *sweepPlan
}

// watch executes `sim watch`.
func (a *app) watch(ctx context.Context, dir string, f *watchFlags) error {
	if f.interval <= 0 {
		return usageErrorf("--interval %v: want more than 0", f.interval)
	}
	seen := &watcher{app: a, dir: dir, began: time.Now(), known: map[string][]result.Figure{}, first: -1}
	for {
		s, err := seen.look()
		if err != nil {
			return err
		}
		done := s.Done == s.Runs
		if f.once && a.format == "json" {
			return a.printJSON(s)
		}
		if err := seen.show(s, done || f.once); err != nil || done || f.once {
			return err
		}
		select {
		case <-ctx.Done():
			return &exitError{exitInterrupted, fmt.Errorf("watching ended; the sweep goes on")}
		case <-time.After(f.interval):
		}
	}
}

// watcher looks at a sweep again and again.
type watcher struct {
	app   *app
	dir   string
	began time.Time
	known map[string][]result.Figure // by key: a run's figures do not change
	first int                        // runs done at the first look
	last  int                        // runs done at the last
	lines int                        // on the terminal, to draw over
}

// look reads what has ended.
func (w *watcher) look() (*sweepState, error) {
	p, err := readSweepPlan(w.dir)
	if err != nil {
		return nil, err
	}
	store := report.NewStore(filepath.Join(w.dir, sweepPoints))
	r := &sweepResult{replications: p.Replications, figures: p.Figures}
	for _, axis := range p.Axes {
		r.axes = append(r.axes, design.Axis{Path: axis})
	}
	s := &sweepState{Scenario: p.Scenario, Runs: len(p.Keys), result: r, plan: p}
	for i, key := range p.Keys {
		figures, ok := w.known[key]
		if !ok {
			if figures, ok, err = store.Get(key); err != nil {
				return nil, err
			}
			if ok {
				w.known[key] = figures
			}
		}
		if ok {
			s.Done++
		}
		r.rows = append(r.rows, report.RunRow{Point: i/p.Replications + 1, Replication: i%p.Replications + 1, Figures: figures})
	}
	for _, point := range p.Points {
		r.points = append(r.points, point)
	}
	if s.Done > 0 {
		r.chooseHeadline()
		s.Points = r.json()
	}
	if w.first < 0 {
		w.first, w.last = s.Done, -1
	}
	return s, nil
}

// show prints the state: on a terminal over the one before, else a line when
// something has changed; the last one with the points.
func (w *watcher) show(s *sweepState, last bool) error {
	a := w.app
	terminal := isTerminal(a.stdout)
	if !terminal && !last {
		if s.Done == w.last {
			return nil
		}
		w.last = s.Done
		_, err := fmt.Fprintln(a.stdout, w.headline(s))
		return err
	}
	var out strings.Builder
	out.WriteString(w.headline(s) + "\n")
	if s.Done > 0 {
		t := a.newTable()
		header := s.result.header(false)
		t.AppendHeader(append(header, "runs"))
		shown := min(len(s.result.points), printedPoints)
		for i := range shown {
			t.AppendRow(append(s.result.line(i, false), fmt.Sprintf("%d/%d", s.result.runs(i), s.plan.Replications)))
		}
		out.WriteString("\n" + render(t, a.format) + "\n")
		if shown < len(s.result.points) {
			fmt.Fprintf(&out, "The first %d of %d points.\n", shown, len(s.result.points))
		}
	}
	text := out.String()
	if terminal && w.lines > 0 {
		text = fmt.Sprintf("\x1b[%dA\x1b[J", w.lines) + text
	}
	w.lines = strings.Count(out.String(), "\n")
	_, err := fmt.Fprint(a.stdout, text)
	return err
}

// headline says in a line how far the sweep is.
func (w *watcher) headline(s *sweepState) string {
	line := fmt.Sprintf("%s  %d of %d runs", s.Scenario, s.Done, s.Runs)
	elapsed := time.Since(w.began).Seconds()
	switch gone := s.Done - w.first; {
	case s.Done == s.Runs:
		line += ", complete"
	case gone > 0:
		left := time.Duration(float64(s.Runs-s.Done) / float64(gone) * elapsed * float64(time.Second)).Round(time.Second)
		line += fmt.Sprintf(" · %.3g runs/min · ETA %s", float64(gone)/elapsed*60, left)
	}
	return line
}

// runs returns how many runs of a point there are.
func (s *sweepResult) runs(point int) int {
	n := 0
	for _, r := range s.rows[point*s.replications : (point+1)*s.replications] {
		if r.Figures != nil {
			n++
		}
	}
	return n
}

// chooseHeadline picks the figures of a sweep that is not complete: those asked
// for, or headline ones that differ between the runs there are.
func (s *sweepResult) chooseHeadline() {
	var there []report.RunRow
	for _, r := range s.rows {
		if r.Figures != nil {
			there = append(there, r)
		}
	}
	if s.figures == nil {
		s.figures = drawn(there, nil)
		s.figures = s.figures[:min(len(s.figures), printedFigures)]
	}
}
