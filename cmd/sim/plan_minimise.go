package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/sim/stats"
)

// minimised are what plans may minimise, and the figure of a run that says how
// much of it a fleet takes.
var minimised = map[string]struct{ figure, unit string }{
	"gpus":   {"", "GPUs"},
	"cost":   {"cost_usd", "USD"},
	"energy": {"energy_kwh", "kWh"},
}

// option is the smallest fleet of one GPU type that meets the goals.
type option struct {
	GPU     string            `json:"gpu"`
	Plan    *planJSON         `json:"plan,omitempty"`
	Takes   *stats.Interval   `json:"takes,omitempty"` // of what is minimised; nil = no fleet of it meets
	Perfect *sim.PerfectFleet `json:"perfect,omitempty"`
	Refused string            `json:"refused,omitempty"` // why the scenario cannot run on it
}

// choiceJSON is a choice among GPU types as --format json prints it.
type choiceJSON struct {
	Minimise string    `json:"minimise"`
	Unit     string    `json:"unit"`
	Best     string    `json:"best,omitempty"`
	Options  []*option `json:"options"`
}

// checkMinimise checks the flags of a choice among GPU types, and gives the
// types the catalogue's names.
func (f *planFlags) checkMinimise() error {
	if _, ok := minimised[f.minimise]; !ok {
		return usageErrorf("--minimise %s: want gpus, cost or energy", f.minimise)
	}
	if len(f.gpus) == 0 {
		if f.minimise != "gpus" {
			return usageErrorf("--minimise %s chooses among GPU types: give them with --gpu, such as --gpu H100,H200,B200", f.minimise)
		}
		return nil
	}
	if f.maximise != "" {
		return usageErrorf("--gpu chooses the smallest fleet among GPU types; it does not go with --maximise")
	}
	if f.report != "" {
		return usageErrorf("--report shows one plan; it does not go with --gpu")
	}
	for i, name := range f.gpus {
		g, err := fleet.LookupGPU(strings.TrimSpace(name))
		if err != nil {
			return usageErrorf("--gpu %w", err)
		}
		f.gpus[i] = g.Name
	}
	return nil
}

// on returns the scenario on another GPU type, at the catalogue's price.
func (v *variant) on(gpu string) (*variant, error) {
	pools := v.doc.Fleet.Pools
	if len(pools) != 1 || pools[0].NodesFrom != nil {
		return nil, usageErrorf("--gpu changes the GPUs of the only pool; the fleet has %d, or a list of nodes", len(pools))
	}
	priced, _, err := scenario.Lookup(v.text.name, v.text.yaml, v.overrides, "fleet.pools[0].price")
	if err != nil {
		return nil, err
	}
	if priced != "" {
		return nil, usageErrorf("fleet.pools[0].price is %s for every GPU type: take it away, and each has its own", priced)
	}
	o := scenario.Override{Path: "fleet.pools[0].gpu", Value: gpu}
	if _, node, err := scenario.Lookup(v.text.name, v.text.yaml, v.overrides, "fleet.pools[0].node"); err != nil {
		return nil, err
	} else if node {
		o = scenario.Override{Path: "fleet.pools[0].node", Value: fmt.Sprintf("%dx%s", pools[0].GPUsPerNode, gpu)}
	}
	return v.with(o)
}

// choose finds the smallest fleet of each GPU type, and the best of them.
func (a *app) choose(ctx context.Context, base *variant, f *planFlags) error {
	out := choiceJSON{Minimise: f.minimise, Unit: minimised[f.minimise].unit}
	var best *option
	for _, gpu := range f.gpus {
		o := &option{GPU: gpu}
		v, err := base.on(gpu)
		if err == nil {
			err = a.consider(ctx, o, v, f)
		}
		var problems scenario.Problems
		if errors.As(err, &problems) {
			o.Refused = problems[0].Err.Error()
		} else if err != nil {
			return interrupted(ctx, err)
		}
		if o.Takes != nil && (best == nil || o.Takes.Mean < best.Takes.Mean) {
			best = o
		}
		out.Options = append(out.Options, o)
	}
	if best != nil {
		out.Best = best.GPU
	}
	if a.format == "json" {
		if err := a.printJSON(out); err != nil {
			return err
		}
	} else if err := a.printChoice(&out, best); err != nil {
		return err
	}
	if best == nil {
		return goalMissedf("no fleet of %s meets the goals", strings.Join(f.gpus, ", "))
	}
	return nil
}

// consider plans one GPU type.
func (a *app) consider(ctx context.Context, o *option, v *variant, f *planFlags) error {
	p, err := a.newPlan(v, f)
	if err != nil {
		return err
	}
	o.Perfect = p.bound
	if err := p.find(ctx); err != nil {
		return err
	}
	j := p.json()
	o.Plan = &j
	if p.answer < 0 {
		return nil
	}
	t := p.search.tried[p.answer]
	switch takes := minimised[f.minimise]; takes.figure {
	case "":
		o.Takes = &stats.Interval{Mean: float64(t.GPUs), Lo: float64(t.GPUs), Hi: float64(t.GPUs), N: 1}
	default:
		i := stats.MeanInterval(t.takes[takes.figure], confidence)
		o.Takes = &i
	}
	return nil
}

// printChoice prints the options side by side.
func (a *app) printChoice(c *choiceJSON, best *option) error {
	t := a.newTable()
	t.AppendHeader(table.Row{"GPU", "smallest fleet", "GPUs", c.Unit, "perfect system, peak", "mean", "binds"})
	for _, o := range c.Options {
		row := table.Row{o.GPU}
		switch {
		case o.Refused != "":
			row = append(row, "cannot be: "+o.Refused)
		case o.Takes == nil:
			row = append(row, "none meets the goals", "", "")
		default:
			row = append(row, o.Plan.Path+"="+o.Plan.Value, o.Plan.GPUs, plusMinus(*o.Takes))
		}
		if o.Perfect != nil {
			row = append(row, o.Perfect.PeakGPUs, fmt.Sprintf("%.1f", o.Perfect.MeanGPUs))
		}
		if o.Plan != nil {
			for len(row) < 6 {
				row = append(row, "")
			}
			row = append(row, o.Plan.Binding)
		}
		t.AppendRow(row)
	}
	if a.format == "csv" {
		return a.printTable(t, "")
	}
	if best != nil {
		if _, err := fmt.Fprintf(a.stdout, "%s takes the least %s: %s %s over the run, with %s.\n\n", best.GPU, c.words(), plusMinus(*best.Takes), c.Unit, gpus(best.Plan.GPUs)); err != nil {
			return err
		}
	}
	return a.printTable(t, "Each fleet is the smallest of its GPU type that meets all goals. A perfect system scales at once, fragments nothing and fills every batch.")
}

// words says what is minimised.
func (c *choiceJSON) words() string {
	if c.Minimise == "gpus" {
		return "hardware"
	}
	return c.Minimise
}

// knownPath returns the path that a short name stands for: workloads.NAME.rate
// is the rate at which the requests of a workload arrive.
func (s *search) knownPath(path string) string {
	parts := strings.Split(path, ".")
	if len(parts) != 3 || parts[0] != "workloads" || parts[2] != "rate" {
		return path
	}
	named := func(w scenario.RequestWorkload) bool { return w.Name == parts[1] }
	if !slices.ContainsFunc(s.base.doc.Workloads.Requests, named) {
		return path
	}
	return "workloads.requests." + parts[1] + ".arrivals.rate"
}
