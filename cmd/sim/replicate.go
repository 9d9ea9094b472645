package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/stats"
)

// replicate runs a scenario under several seeds and summarises the figures.
// The rows of the results directory are those of the first replication.
func (a *app) replicate(ctx context.Context, v *variant, f *runFlags, goals []*goal) (err error) {
	rule, err := f.stopping()
	if err != nil {
		return err
	}
	most := f.replications
	if rule != nil && !f.limited {
		most = mostReplications
	}
	bar := a.newProgress(v.doc.Name, v.doc.Horizon*event.Time(most))
	defer func() { bar.done(err) }()
	first, err := a.build(v, 0, &f.engine, bar.run())
	if err != nil {
		return err
	}
	id := uuid.NewSHA1(first.RunID(), []byte(f.design(most))).String()
	dir, err := a.createResults(f, v.doc, id)
	if err != nil {
		return err
	}
	defer dir.abort()
	began := time.Now()
	r := &replications{app: a, variant: v, flags: f, first: first, dir: dir, bar: bar}
	stopped, err := r.play(ctx, rule, most)
	bar.done(err)
	if err != nil {
		return interrupted(ctx, err)
	}
	combined, err := combine(r.summaries, id)
	if err != nil {
		return err
	}
	if err := dir.commit(v.doc, combined, began, r.rows...); err != nil {
		return err
	}
	if err := a.printCombined(combined); err != nil {
		return fmt.Errorf("printing the results: %w", err)
	}
	if err := a.footer(dir, v.text, v.doc); err != nil {
		return err
	}
	if rule != nil && !stopped {
		x := stats.MeanInterval(r.watched, rule.Level)
		return goalMissedf("%s is known to ±%.2g %% after %d replications, not ±%g %%; --replications allows more",
			r.figure, x.Half()/math.Abs(x.Mean)*100, most, rule.Relative*100)
	}
	return missed(goals, r.summaries...)
}

// mostReplications ends sequential stopping where the user sets no limit.
const mostReplications = 100

// design says how many replications there are to be; it is part of their ID.
func (f *runFlags) design(most int) string {
	if f.precision == "" {
		return fmt.Sprintf("%d replications", most)
	}
	return fmt.Sprintf("up to %d replications, %s to %s", most, f.figure, f.precision)
}

// stopping returns the rule of --precision, nil without it.
func (f *runFlags) stopping() (*stats.Precision, error) {
	if f.precision == "" {
		return nil, nil
	}
	share, err := parseShare(f.precision)
	rule := &stats.Precision{Relative: share, Level: confidence}
	if err == nil {
		err = rule.Check()
	}
	if err != nil {
		return nil, usageErrorf("--precision %s: want a share of the mean above 0 and below 1, such as 2%% or 0.02", f.precision)
	}
	return rule, nil
}

// replications are runs of one scenario under seeds that count up.
type replications struct {
	app       *app
	variant   *variant
	flags     *runFlags
	first     *sim.Simulation // built already
	dir       results
	bar       *progressBar
	summaries []*result.Summary
	rows      []report.RunRow
	figure    string    // that the rule watches
	watched   []float64 // its values
}

// play plays up to most replications, in waves, and says whether the rule's
// precision was reached. It keeps as many as the rule would have stopped at had
// it been asked after each: the same number however many run at a time.
func (r *replications) play(ctx context.Context, rule *stats.Precision, most int) (bool, error) {
	wave := most
	if rule != nil {
		wave = min(most, stats.LeastReplications)
	}
	for {
		if err := r.extend(ctx, wave); err != nil {
			return false, err
		}
		if rule == nil {
			return true, nil
		}
		if err := r.watch(); err != nil {
			return false, err
		}
		if n := rule.Reached(r.watched); n > 0 {
			r.summaries, r.rows, r.watched = r.summaries[:n], r.rows[:n], r.watched[:n]
			return true, nil
		}
		if wave = min(r.flags.jobs, most-len(r.rows)); wave == 0 {
			return false, nil
		}
	}
}

// extend plays n further replications.
func (r *replications) extend(ctx context.Context, n int) error {
	from := len(r.rows)
	r.summaries = slices.Grow(r.summaries, n)[:from+n]
	r.rows = slices.Grow(r.rows, n)[:from+n]
	return inParallel(ctx, n, r.flags.jobs, func(ctx context.Context, i int) error {
		if err := r.one(ctx, from+i); err != nil {
			return fmt.Errorf("replication %d: %w", from+i+1, err)
		}
		return nil
	})
}

// one plays the replication i.
func (r *replications) one(ctx context.Context, i int) (err error) {
	run := r.first
	var rows result.Recorder
	if i == 0 {
		rows, r.first = r.dir.recorder(), nil // the run's memory is free once it ends
	} else if run, err = r.app.build(r.variant, i, &r.flags.engine, r.bar.run()); err != nil {
		return err
	}
	s, err := run.Run(ctx, rows)
	if err != nil {
		return err
	}
	figures, err := result.Figures(s)
	r.summaries[i] = s
	r.rows[i] = report.RunRow{Point: 1, Replication: i + 1, Seed: s.Seed, RunID: s.RunID, Figures: figures}
	return err
}

// watch collects the values of the figure that --precision is about.
func (r *replications) watch() error {
	if r.figure = r.flags.figure; r.figure == "" {
		r.figure = mainFigure(r.rows[0].Figures)
	}
	for i := len(r.watched); i < len(r.rows); i++ {
		x, ok := result.ValueOf(r.rows[i].Figures, r.figure)
		if !ok {
			return noSuchFigure("--precision-of", r.figure, r.rows[i].Figures)
		}
		r.watched = append(r.watched, x)
	}
	return nil
}

// printCombined prints the combined figures, one a line.
func (a *app) printCombined(combined map[string]any) error {
	if a.format == "json" {
		return a.printJSON(combined)
	}
	t := a.newTable()
	t.AppendHeader(table.Row{"figure", "mean", "95 % from", "to"})
	result.Walk("", combined, func(path string, leaf any) {
		if x, ok := leaf.(stats.Interval); ok {
			t.AppendRow(table.Row{path, sixDigits(x.Mean), sixDigits(x.Lo), sixDigits(x.Hi)})
		}
	})
	return a.printTable(t, fmt.Sprintf("Means over %v replications with 95 %% confidence bounds (Student t).", combined["replications"]))
}

func sixDigits(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }
