package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/scenario"
)

// replicate runs a scenario under several seeds and summarises the figures.
// The rows of the results directory are those of the first replication.
func (a *app) replicate(ctx context.Context, text *scenarioText, overrides []scenario.Override, doc *scenario.Document, f *runFlags) (err error) {
	bar := a.newProgress(doc.Name, doc.Horizon*event.Time(f.replications))
	defer func() { bar.done(err) }()
	runs := make([]*sim.Simulation, f.replications)
	for i := range runs {
		seed := scenario.Override{Path: "seed", Value: strconv.FormatUint(doc.Seed+uint64(i), 10)}
		seeded, err := scenario.Parse(text.name, text.yaml, append(overrides[:len(overrides):len(overrides)], seed)...)
		if err != nil {
			return err
		}
		if runs[i], err = sim.New(seeded, a.options(text, f, bar)); err != nil {
			return err
		}
	}
	id := uuid.NewSHA1(runs[0].RunID(), fmt.Appendf(nil, "%d replications", f.replications)).String()
	dir, err := a.createResults(f, doc, id)
	if err != nil {
		return err
	}
	defer dir.abort()
	began := time.Now()
	summaries, err := playAll(ctx, runs, dir, f.jobs)
	bar.done(err)
	if err != nil {
		return interrupted(ctx, err)
	}
	combined, err := combine(summaries, id)
	if err != nil {
		return err
	}
	if err := dir.commit(doc, combined, began); err != nil {
		return err
	}
	if err := a.printCombined(combined); err != nil {
		return fmt.Errorf("printing the results: %w", err)
	}
	return a.footer(dir, text, doc)
}

// playAll plays the runs, at most atOnce at a time. The first error ends all.
func playAll(ctx context.Context, runs []*sim.Simulation, dir results, atOnce int) ([]*result.Summary, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	summaries := make([]*result.Summary, len(runs))
	slots := make(chan struct{}, atOnce)
	var group sync.WaitGroup
	for i := range runs {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			var rows result.Recorder
			if i == 0 {
				rows = dir.recorder()
			}
			s, err := runs[i].Run(ctx, rows)
			if err != nil {
				cancel(fmt.Errorf("replication %d: %w", i+1, err))
				return
			}
			summaries[i], runs[i] = s, nil // the run's memory is free again
		})
	}
	group.Wait()
	return summaries, context.Cause(ctx)
}

// printCombined prints the combined figures, one a line.
func (a *app) printCombined(combined map[string]any) error {
	if a.format == "json" {
		return a.printJSON(combined)
	}
	t := a.newTable()
	t.AppendHeader(table.Row{"figure", "mean", "95 % from", "to"})
	appendFigures(t, "", combined)
	return a.printTable(t, "Means over replications with 95 % confidence bounds (Student t).")
}

// appendFigures adds a row for each interval below v, in order of path.
func appendFigures(t table.Writer, path string, v any) {
	switch v := v.(type) {
	case interval:
		number := func(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }
		t.AppendRow(table.Row{path, number(v.Mean), number(v.Lo), number(v.Hi)})
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			below := k
			if path != "" {
				below = path + "." + k
			}
			appendFigures(t, below, v[k])
		}
	case []any:
		for i, item := range v {
			name := strconv.Itoa(i)
			if object, ok := item.(map[string]any); ok {
				if given, ok := object["name"].(string); ok {
					name = given
				}
			}
			appendFigures(t, path+"."+name, item)
		}
	}
}
