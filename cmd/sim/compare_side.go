package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/scenario"
)

// side is one of two systems that are compared: a scenario that is run, or the
// results of runs that have been.
type side struct {
	name    string
	variant *variant // nil: results
	seeds   []uint64
	runs    [][]result.Figure // by seed
}

// newSide returns what an argument of compare names. own are the changes meant
// for this side alone.
func (a *app) newSide(arg string, sets, own []string) (*side, error) {
	info, err := os.Stat(arg)
	if err != nil || !info.IsDir() {
		v, err := a.newVariant(arg, sets)
		if err != nil {
			return nil, err
		}
		return &side{name: v.name(), variant: v}, nil
	}
	if len(own) > 0 {
		return nil, usageErrorf("%s holds the results of a run that has been; %s cannot be set", arg, own[0])
	}
	return readResults(arg)
}

// readResults reads the figures of a results directory, replication by
// replication.
func readResults(dir string) (*side, error) {
	s := &side{name: dir}
	rows, err := report.ReadReplications(filepath.Join(dir, report.ReplicationsFile))
	if err == nil {
		for _, r := range rows {
			s.seeds, s.runs = append(s.seeds, r.Seed), append(s.runs, r.Figures)
		}
		return s, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usageErrorf("%s has no summary.json: it is not the results directory of a run", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("reading results: %w", err)
	}
	var head struct {
		Schema       int    `json:"schema"`
		Seed         uint64 `json:"seed"`
		Replications int    `json:"replications"`
	}
	if err := json.Unmarshal(text, &head); err != nil || head.Schema != result.Schema {
		return nil, usageErrorf("%s: want a summary of schema %d", filepath.Join(dir, "summary.json"), result.Schema)
	}
	if head.Replications > 1 {
		return nil, usageErrorf("%s has no %s: its replications cannot be told apart; run it again", dir, report.ReplicationsFile)
	}
	figures, err := result.ParseFigures(text)
	if err != nil {
		return nil, err
	}
	s.seeds, s.runs = []uint64{head.Seed}, [][]result.Figure{figures}
	return s, nil
}

// playSides runs the sides that are scenarios, both under the same seeds: those
// of the results they are compared with, or as many as asked for from A's on.
func (c *campaign) playSides(ctx context.Context, a, b *side, replications int) error {
	seeds := a.seeds
	switch {
	case a.variant != nil && b.variant != nil:
		for i := range replications {
			seeds = append(seeds, a.variant.seed(i))
		}
	case a.variant != nil:
		seeds = b.seeds
	}
	var tasks []*task
	for _, s := range []*side{a, b} {
		if s.variant == nil {
			continue
		}
		s.seeds = seeds
		for _, seed := range seeds {
			v, err := s.variant.with(scenario.Override{Path: "seed", Value: strconv.FormatUint(seed, 10)})
			if err != nil {
				return err
			}
			tasks = append(tasks, &task{variant: v})
		}
	}
	if _, err := c.play(ctx, a.name+" and "+b.name, tasks); err != nil {
		return err
	}
	for _, s := range []*side{a, b} {
		if s.variant == nil {
			continue
		}
		for range s.seeds {
			s.runs = append(s.runs, tasks[0].figures)
			tasks = tasks[1:]
		}
	}
	return nil
}
