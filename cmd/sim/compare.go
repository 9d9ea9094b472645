package main

import (
	"context"
	"runtime"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/stats"
)

// compareFlags are the flags of `sim compare`.
type compareFlags struct {
	sets, setsA, setsB []string
	figures            []string
	all                bool
	replications, jobs int
	confidence         float64
	report             string
}

func compareCommand(a *app) *cobra.Command {
	var f compareFlags
	cmd := &cobra.Command{
		Use:   "compare A B",
		Short: "Compare two scenarios, presets or results, with intervals",
		Long: `Compare B with A. Each is a scenario file, a preset, or a results directory of
sim run.

Scenarios are run under the same seeds, so that both see the same random
numbers, and the differences are those of pairs. A scenario is run under the
seeds of a results directory it is compared with; two directories are paired
where their seeds meet, and compared as independent where none do.

A difference counts as significant when it is so among all the figures shown
(Holm's adjustment): the more figures are looked at, the more each has to show.`,
		Example: `  sim compare r1-shock r1-shock --set-b elasticity=0
  sim compare old.yaml new.yaml --replications 10 --figure requests.ttft_s.p99
  sim compare results/monday results/tuesday --all`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: completePresets,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.compare(cmd.Context(), args[0], args[1], &f) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.sets, "set", nil, "change a value of both scenarios: --set path=value (repeatable)")
	flags.StringArrayVar(&f.setsA, "set-a", nil, "change a value of A (repeatable)")
	flags.StringArrayVar(&f.setsB, "set-b", nil, "change a value of B (repeatable)")
	flags.StringArrayVar(&f.figures, "figure", nil, "a figure to compare: a path of summary.json (repeatable)")
	flags.BoolVar(&f.all, "all", false, "compare every figure")
	flags.IntVar(&f.replications, "replications", 5, "runs of each, with seeds that count up from A's")
	flags.IntVarP(&f.jobs, "jobs", "j", runtime.GOMAXPROCS(0), "runs at a time")
	flags.Float64Var(&f.confidence, "confidence", confidence, "level of the intervals")
	flags.StringVar(&f.report, "report", "", "also write a report: one HTML file that needs no network")
	return cmd
}

// compare executes `sim compare`.
func (a *app) compare(ctx context.Context, argA, argB string, f *compareFlags) error {
	switch {
	case f.replications < 1 || f.jobs < 1:
		return usageErrorf("--replications %d and --jobs %d: both must be at least 1", f.replications, f.jobs)
	case !(f.confidence > 0 && f.confidence < 1):
		return usageErrorf("--confidence %v: want a level between 0 and 1, such as 0.95", f.confidence)
	case f.all && f.figures != nil:
		return usageErrorf("--all and --figure: want one or the other")
	}
	if err := checkFigures("--figure", f.figures...); err != nil {
		return err
	}
	sideA, err := a.newSide(argA, slices.Concat(f.sets, f.setsA), f.setsA)
	if err != nil {
		return err
	}
	sideB, err := a.newSide(argB, slices.Concat(f.sets, f.setsB), f.setsB)
	if err != nil {
		return err
	}
	if len(f.sets) > 0 && sideA.variant == nil && sideB.variant == nil {
		return usageErrorf("--set %s: both are results of runs that have been; nothing can be set", f.sets[0])
	}
	c := &campaign{app: a, jobs: f.jobs}
	if err := c.playSides(ctx, sideA, sideB, f.replications); err != nil {
		return interrupted(ctx, err)
	}
	out := newComparison(sideA, sideB, f.confidence)
	if err := out.choose(sideA, sideB, f); err != nil {
		return err
	}
	if f.report != "" {
		if err := writeComparison(f.report, a.command(), out); err != nil {
			return err
		}
	}
	return a.printComparison(out)
}

// comparison is B against A, figure by figure.
type comparison struct {
	A          string            `json:"a"`
	B          string            `json:"b"`
	Confidence float64           `json:"confidence"`
	Paired     bool              `json:"paired"`
	Seeds      []uint64          `json:"seeds,omitempty"` // of the pairs
	Figures    []comparedFigure  `json:"figures"`
	onlyA      [][]result.Figure // runs of A: those of the pairs, or all
	onlyB      [][]result.Figure //
}

// comparedFigure is a figure of both systems.
type comparedFigure struct {
	Path       string         `json:"figure"`
	A          stats.Interval `json:"a"`
	B          stats.Interval `json:"b"`
	Difference stats.Interval `json:"difference"` // B − A
	// P is the probability of such a difference if there were none, Adjusted
	// the same with all figures looked at together.
	P        float64 `json:"p"`
	Adjusted float64 `json:"p_adjusted"`
	Verdict  string  `json:"verdict"`
}

// newComparison pairs the runs of both sides by seed where seeds meet.
func newComparison(a, b *side, level float64) *comparison {
	c := &comparison{A: a.name, B: b.name, Confidence: level}
	if a.name == b.name {
		c.A, c.B = a.name+" (A)", b.name+" (B)"
	}
	for i, seed := range a.seeds {
		if k := slices.Index(b.seeds, seed); k >= 0 {
			c.Seeds = append(c.Seeds, seed)
			c.onlyA, c.onlyB = append(c.onlyA, a.runs[i]), append(c.onlyB, b.runs[k])
		}
	}
	c.Paired = len(c.Seeds) > 0
	if !c.Paired {
		c.onlyA, c.onlyB = a.runs, b.runs
	}
	return c
}

// add compares one figure, unless a run lacks it.
func (c *comparison) add(path string) {
	a, b := columnOf(c.onlyA, path), columnOf(c.onlyB, path)
	if len(a) < len(c.onlyA) || len(b) < len(c.onlyB) {
		return
	}
	var d stats.Difference
	if c.Paired {
		d = stats.Paired(a, b, c.Confidence)
	} else {
		d = stats.Unpaired(a, b, c.Confidence)
	}
	c.Figures = append(c.Figures, comparedFigure{
		Path: path, A: stats.MeanInterval(a, c.Confidence), B: stats.MeanInterval(b, c.Confidence), Difference: d.Interval, P: d.P,
	})
}

// digits are those of figures that are compared: sums of money and energy follow
// the order of events, which moves the last ones.
const digits = 13

// columnOf returns a figure of all runs that have it.
func columnOf(runs [][]result.Figure, path string) []float64 {
	var xs []float64
	for _, r := range runs {
		if x, ok := result.ValueOf(r, path); ok {
			x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'g', digits, 64), 64)
			xs = append(xs, x)
		}
	}
	return xs
}

// significant reports whether the difference was judged to be there.
func (f *comparedFigure) significant() bool { return f.Verdict == higherInB || f.Verdict == lowerInB }

// The verdicts on differences that are there.
const (
	higherInB = "higher in B"
	lowerInB  = "lower in B"
)

// judge says in words which differences are significant.
func (c *comparison) judge() {
	var ps []float64
	for i := range c.Figures {
		ps = append(ps, c.Figures[i].P)
	}
	for i, p := range stats.Holm(ps) {
		x := &c.Figures[i]
		x.Adjusted = p
		switch d := x.Difference; {
		case d.Lo == 0 && d.Hi == 0:
			x.Verdict = "the same"
		case !d.Known():
			x.Verdict = "one run: unknown"
		case p >= 1-c.Confidence:
			x.Verdict = "no difference shown"
		case d.Mean > 0:
			x.Verdict = higherInB
		default:
			x.Verdict = lowerInB
		}
	}
}
