package main

import (
	"context"
	"strconv"
	"sync"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/scenario"
)

// variant is a scenario with changes, ready to be run under several seeds. Two
// variants under one seed see the same random numbers: streams are named, so
// what one changes leaves the draws of everything else alone.
type variant struct {
	text      *scenarioText
	overrides []scenario.Override
	doc       *scenario.Document
}

// newVariant reads the scenario that an argument names and changes it.
func (a *app) newVariant(arg string, sets []string) (*variant, error) {
	text, err := a.readScenario(arg)
	if err != nil {
		return nil, err
	}
	overrides, err := parseOverrides(sets)
	if err != nil {
		return nil, err
	}
	return parseVariant(text, overrides)
}

func parseVariant(text *scenarioText, overrides []scenario.Override) (*variant, error) {
	doc, err := scenario.Parse(text.name, text.yaml, overrides...)
	if err != nil {
		return nil, err
	}
	return &variant{text, overrides, doc}, nil
}

// with returns the variant with further changes.
func (v *variant) with(more ...scenario.Override) (*variant, error) {
	return parseVariant(v.text, append(v.overrides[:len(v.overrides):len(v.overrides)], more...))
}

// name is how the user may name the scenario again.
func (v *variant) name() string {
	if v.text.preset != "" {
		return v.text.preset
	}
	return v.text.name
}

// seed is that of a replication, counted from 0.
func (v *variant) seed(replication int) uint64 { return v.doc.Seed + uint64(replication) }

// build prepares a replication, counted from 0.
func (a *app) build(v *variant, replication int, f *engineFlags, progress func(now, horizon event.Time)) (*sim.Simulation, error) {
	if replication > 0 {
		var err error
		if v, err = v.with(scenario.Override{Path: "seed", Value: strconv.FormatUint(v.seed(replication), 10)}); err != nil {
			return nil, err
		}
	}
	return sim.New(v.doc, sim.Options{
		Inputs: newInputs(v.text.dir, a.note), Version: version(), StepMode: f.stepMode, Check: f.check, Progress: progress,
	})
}

// engineFlags are settings of a run that do not change its results.
type engineFlags struct {
	check, stepMode bool
}

// inParallel calls do for 0 to n−1, at most atOnce at a time and in order of
// beginning. The first error ends all.
func inParallel(ctx context.Context, n, atOnce int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	slots := make(chan struct{}, atOnce)
	var group sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		group.Go(func() {
			defer func() { <-slots }()
			if err := do(ctx, i); err != nil {
				cancel(err)
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}
