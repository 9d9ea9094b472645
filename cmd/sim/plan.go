package main

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/design"
	"github.com/jevons-sim/jevons/sim/scenario"
)

// planFlags are the flags of `sim plan`.
type planFlags struct {
	slos, sets         []string
	over, maximise     string
	minimise           string
	gpus               []string
	replications, jobs int
	confidence         float64
	report             string
}

func planCommand(a *app) *cobra.Command {
	var f planFlags
	cmd := &cobra.Command{
		Use:   "plan SCENARIO --slo figure<limit",
		Short: "Find the smallest fleet that meets goals",
		Long: `Find the smallest fleet, or value of another parameter, at which a scenario meets
all its goals, or the largest load that it bears.

  --slo 'ttft_p99<2s'          TTFT, TPOT, ITL, E2E, queue; _mean, _p50 … _max
  --slo 'job_wait_p90<4h'      job_wait, job_jct, job_slowdown
  --slo 'slo_attainment>99%'   or any path of summary.json
  --slo 'after.ttft_p99<2s'    in the scenario's window "after"
  --slo 'gpu_hours_ratio<1'    inference after the shock, relative to before

A goal is met when the mean over replications keeps the limit with the stated
confidence, all goals together. Where goals are about requests, few of them may
be dropped either, unless a goal says otherwise: dropped<1%. All values see the same random numbers; the
search halves the range, so goals should get harder in one direction.

With --gpu each GPU type is planned in turn, and the one whose smallest fleet takes
the least GPUs, cost or energy is named.

Beside it stands what a perfect system would need: one that scales at once,
fragments nothing and fills every batch.`,
		Example: `  sim plan r1-shock --slo 'after.ttft_p99<2s'
  sim plan my.yaml --slo 'e2e_p95<30s' --over deployments.chat.replicas=1:64
  sim plan bench-short --slo 'ttft_p99<1s' --maximise rate
  sim plan r1-shock --slo 'ttft_p99<2s' --maximise workloads.chat.rate
  sim plan my.yaml --slo 'ttft_p99<2s' --minimise cost --gpu H100,H200,B200
  sim plan jevons --slo 'gpu_hours_ratio<1' --maximise elasticity=0.5:1.5:0.05 --set nodes=40`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completePresets,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.plan(cmd.Context(), args[0], &f) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.slos, "slo", nil, "a goal: figure<limit or figure>limit (repeatable)")
	flags.StringArrayVar(&f.sets, "set", nil, "change a value of the scenario: --set path=value (repeatable)")
	flags.StringVar(&f.over, "over", "", "search the least of another parameter: path=lo:hi, or a list (default the fleet's nodes, up to 16 times as many)")
	flags.StringVar(&f.maximise, "maximise", "", "search the most instead: path, or path=lo:hi (default from a 16th to 16 times its value)")
	flags.IntVar(&f.replications, "replications", 5, "runs at each value, with seeds that count up")
	flags.IntVarP(&f.jobs, "jobs", "j", runtime.GOMAXPROCS(0), "runs at a time")
	flags.Float64Var(&f.confidence, "confidence", confidence, "that all goals are met")
	flags.StringVar(&f.report, "report", "", "also write a report: one HTML file that needs no network")
	flags.StringVar(&f.minimise, "minimise", "gpus", "what the choice among GPU types minimises: gpus, cost or energy")
	flags.StringSliceVar(&f.gpus, "gpu", nil, "GPU types to choose from, such as H100,H200,B200 (default the scenario's own)")
	cmd.MarkFlagsMutuallyExclusive("over", "maximise")
	return cmd
}

// searchShare is how close neighbouring values of a search are where they are
// not whole numbers.
const searchShare = 0.01

// plan executes `sim plan`.
func (a *app) plan(ctx context.Context, arg string, f *planFlags) error {
	switch {
	case len(f.slos) == 0:
		return usageErrorf("no goal: --slo is needed, such as --slo 'ttft_p99<2s'")
	case f.replications < 2 || f.jobs < 1:
		return usageErrorf("--replications %d and --jobs %d: want at least 2 replications, for an interval, and 1 run at a time", f.replications, f.jobs)
	case !(f.confidence > 0.5 && f.confidence < 1):
		return usageErrorf("--confidence %v: want a level above 0.5 and below 1, such as 0.95", f.confidence)
	}
	if err := f.checkMinimise(); err != nil {
		return err
	}
	base, err := a.newVariant(arg, f.sets)
	if err != nil {
		return err
	}
	if len(f.gpus) > 0 {
		return a.choose(ctx, base, f)
	}
	p, err := a.newPlan(base, f)
	if err != nil {
		return err
	}
	if err := p.find(ctx); err != nil {
		return interrupted(ctx, err)
	}
	return a.printPlan(p, f.report)
}

// newPlan prepares a search, with the perfect system for the scenario as it is.
func (a *app) newPlan(base *variant, f *planFlags) (*plan, error) {
	s := &search{
		campaign: &campaign{app: a, jobs: f.jobs}, base: base,
		replications: f.replications, confidence: f.confidence, tried: map[int]*trial{},
	}
	s.run = s.simulate
	var err error
	if s.goals, err = f.goals(base); err != nil {
		return nil, err
	}
	current, err := s.lay(f)
	if err != nil {
		return nil, err
	}
	p := &plan{search: s, maximise: f.maximise != "", current: current}
	return p, p.perfect(a)
}

// goals reads the goals, with the one that goes without saying where they are
// not about the size of demand alone.
func (f *planFlags) goals(base *variant) ([]*goal, error) {
	var goals []*goal
	served := len(base.doc.Workloads.Requests) == 0
	aboutDemand := true
	for _, text := range f.slos {
		g, err := goalOf("--slo", text, base.doc)
		if err != nil {
			return nil, err
		}
		goals = append(goals, g)
		served = served || strings.Contains(text, dropped)
		aboutDemand = aboutDemand && strings.HasPrefix(g.paths[0], "demand.")
	}
	if served || aboutDemand {
		return goals, nil
	}
	g, err := parseGoal("--slo", leastServed)
	return append(goals, g), err
}

// lay lays out the values to search and returns the scenario's own, "" if it has
// none.
func (s *search) lay(f *planFlags) (current string, err error) {
	flag, spec := "--over", f.over
	if f.maximise != "" {
		flag, spec = "--maximise", f.maximise
	}
	if spec == "" {
		if spec, err = s.fleetPath(); err != nil {
			return "", err
		}
	}
	s.flag = flag
	path, _, given := strings.Cut(spec, "=")
	if known := s.knownPath(strings.TrimSpace(path)); known != path {
		path, spec = known, strings.Replace(spec, path, known, 1)
	}
	s.path = strings.TrimSpace(path)
	current, _, err = scenario.Lookup(s.base.text.name, s.base.text.yaml, s.base.overrides, s.path)
	if err != nil {
		return "", err
	}
	if !given {
		if spec, err = around(s.path, current, f.maximise == "" && f.over == ""); err != nil {
			return "", usageErrorf("%s %w", flag, err)
		}
	}
	axis, err := design.ParseAxis(spec)
	if err != nil {
		return "", usageErrorf("%s %w", flag, err)
	}
	if s.ladder = axis.Ladder(searchShare); f.maximise == "" {
		slices.Reverse(s.ladder)
	}
	return current, nil
}

// fleetPath returns the parameter that sizes the fleet: the one called nodes, or
// the only pool's number of nodes.
func (s *search) fleetPath() (string, error) {
	if _, ok, err := scenario.Lookup(s.base.text.name, s.base.text.yaml, s.base.overrides, "parameters.nodes"); ok || err != nil {
		return "nodes", err
	}
	if len(s.base.doc.Fleet.Pools) > 1 {
		return "", usageErrorf("the fleet has %d pools; --over says which to size, such as --over fleet.pools.%s.nodes=1:100", len(s.base.doc.Fleet.Pools), s.base.doc.Fleet.Pools[0].Name)
	}
	return "fleet.pools[0].nodes", nil
}

// around returns a range of 16 times less and more than a value; a fleet may
// have a single node.
func around(path, current string, fleet bool) (string, error) {
	n := len(current)
	for n > 0 {
		if _, err := strconv.ParseFloat(current[:n], 64); err == nil {
			break
		}
		n--
	}
	x, err := strconv.ParseFloat(current[:n], 64)
	if err != nil || !(x > 0) {
		return "", scenarioHasNone(path)
	}
	unit := current[n:]
	if x == math.Trunc(x) && unit == "" && fleet {
		return path + "=1:" + strconv.FormatFloat(16*x, 'f', -1, 64), nil
	}
	end := func(x float64) string {
		text := strconv.FormatFloat(x, 'f', -1, 64)
		if !strings.Contains(text, ".") {
			text += ".0" // not in whole numbers
		}
		return text + unit
	}
	return path + "=" + end(x/16) + ":" + end(16*x), nil
}

// perfect works out what a perfect system needs, for the scenario as it is.
func (p *plan) perfect(a *app) error {
	run, err := a.build(p.search.base, 0, &engineFlags{}, nil)
	if err != nil {
		return err
	}
	p.gpus = run.GPUs()
	if len(p.search.base.doc.Deployments) == 0 {
		return nil
	}
	step := 0.0
	for _, g := range p.search.goals {
		if g.below && strings.Contains(g.paths[0], "requests.tpot_s.") && !strings.HasSuffix(g.paths[0], ".max") {
			step = g.limit
		}
	}
	bound, err := run.Perfect(step)
	if errors.Is(err, sim.ErrUnforeseen) {
		return nil // no bound
	}
	if err != nil {
		p.impossible = err.Error()
		return nil
	}
	p.bound = &bound
	return nil
}
