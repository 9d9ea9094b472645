package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/sim/stats"
)

// whatifFlags are the flags of `sim whatif`.
type whatifFlags struct {
	job, at      string
	sets         []string
	replications int
	jobs         int
}

func whatifCommand(a *app) *cobra.Command {
	var f whatifFlags
	cmd := &cobra.Command{
		Use:   "whatif SCENARIO --job job.yaml --at T",
		Short: "Say whether and when a job would start that is not submitted yet",
		Long: `Say whether a job that is not submitted yet would be admitted, when it would
start, with an interval over replications, and what blocks it.

The job is an entry of workloads as in a scenario, without its submission: a
batch job (name, gpus, duration, and pool, tenant, priority, preemptible,
estimate_factor as need be), or one of training or rl under that key.`,
		Example: `  sim whatif cluster.yaml --job job.yaml --at 8h --replications 20
  # job.yaml:  {name: probe, gpus: 64, duration: 6h, tenant: vision}
  # or:        training: {name: llm, model: Llama-3.1-8B, gpus: 64, tokens: 1B}`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completePresets,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.whatif(cmd.Context(), args[0], &f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.job, "job", "", "file of the job (required)")
	flags.StringVar(&f.at, "at", "0s", "instant of the run at which it is submitted")
	flags.StringArrayVar(&f.sets, "set", nil, "change a value of the scenario: --set path=value (repeatable)")
	flags.IntVar(&f.replications, "replications", 5, "independent runs, with seeds that count up")
	flags.IntVarP(&f.jobs, "jobs", "j", runtime.GOMAXPROCS(0), "runs at a time")
	return cmd
}

// whatif executes `sim whatif`.
func (a *app) whatif(ctx context.Context, arg string, f *whatifFlags) error {
	if f.replications < 1 || f.jobs < 1 {
		return usageErrorf("--replications %d and --jobs %d: both must be at least 1", f.replications, f.jobs)
	}
	at, err := units.ParseDuration(f.at)
	if err != nil {
		return usageErrorf("--at: %w", err)
	}
	base, err := a.newVariant(arg, f.sets)
	if err != nil {
		return err
	}
	if at >= base.doc.Horizon {
		return usageErrorf("--at %s: the run ends at %s", f.at, units.FormatDuration(base.doc.Horizon))
	}
	name, override, err := readJob(f.job, f.at)
	if err != nil {
		return err
	}
	v, err := base.with(override)
	if err != nil {
		return fmt.Errorf("%s: %w", f.job, err)
	}
	out := result.WhatIf{Job: name, AtS: at.Seconds(), Runs: f.replications}
	answers := make([]*result.Explanation, f.replications)
	err = inParallel(ctx, f.replications, f.jobs, func(ctx context.Context, i int) error {
		s, err := a.build(v, i, &engineFlags{}, nil)
		if err != nil {
			return err
		}
		answers[i], err = s.Explain(ctx, sim.Target{Name: name, ToStart: true}, base.doc.Horizon)
		return err
	})
	if err != nil {
		if ctx.Err() == nil && refusal(err) {
			out.Refused = err.Error()
			return a.printWhatIf(&out)
		}
		return interrupted(ctx, err)
	}
	sumUp(&out, answers)
	return a.printWhatIf(&out)
}

// refusal reports whether an error says that the fleet could never hold a job:
// training and RL jobs are checked before the run.
func refusal(err error) bool { return strings.Contains(err.Error(), "can never start") }

// readJob reads a job's file and returns its name and the change that adds it
// to a scenario.
func readJob(path, at string) (string, scenario.Override, error) {
	none := scenario.Override{}
	if path == "" {
		return "", none, usageErrorf("--job is missing: a file with the job")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", none, usageErrorf("--job: %w", err)
	}
	var job map[string]any
	if err := yaml.Unmarshal(text, &job); err != nil {
		return "", none, usageErrorf("--job: %s: %s", path, yaml.FormatError(err, false, false))
	}
	list := "jobs"
	for _, kind := range []string{"training", "rl"} {
		if inner, ok := job[kind].(map[string]any); ok && len(job) == 1 {
			list, job = kind, inner
		}
	}
	name, _ := job["name"].(string)
	if name == "" {
		return "", none, usageErrorf("--job: %s: name is missing", path)
	}
	for _, key := range []string{"arrivals", "trace", "submit", "every", "count"} {
		if _, given := job[key]; given {
			return "", none, usageErrorf("--job: %s: %s: --at says when the job is submitted; leave it out", path, key)
		}
	}
	if n, ok := job["gpus"]; ok && list == "jobs" {
		if _, listed := n.([]any); !listed {
			job["gpus"] = []any{map[string]any{"gpus": n}}
		}
	}
	job["submit"] = at
	flow, err := yaml.MarshalWithOptions(job, yaml.Flow(true))
	if err != nil {
		return "", none, fmt.Errorf("--job: %s: %w", path, err)
	}
	return name, scenario.Override{Path: "workloads." + list + "[+]", Value: strings.TrimSpace(string(flow))}, nil
}

// sumUp puts the runs together.
func sumUp(out *result.WhatIf, runs []*result.Explanation) {
	var starts, waits []float64
	waited, byCause := 0.0, map[string]float64{}
	out.Earliest = math.Inf(1)
	for _, x := range runs {
		if x.Refused != "" {
			out.Refused = x.Refused
		}
		for _, c := range x.ByCause {
			byCause[c.Cause] += c.S
			waited += c.S
		}
		if len(x.Turns) == 0 || !x.Turns[0].Started {
			continue
		}
		at := x.Turns[0].ToS
		starts, waits = append(starts, at), append(waits, at-x.SubmitS)
		out.Earliest, out.Latest = min(out.Earliest, at), max(out.Latest, at)
	}
	out.Started, out.First = len(starts), runs[0]
	out.Admitted = out.Refused == ""
	if len(starts) > 0 {
		start, wait := stats.MeanInterval(starts, 0.95), stats.MeanInterval(waits, 0.95)
		out.StartS, out.WaitS = &start, &wait
	} else {
		out.Earliest = 0
	}
	for cause, s := range byCause {
		if waited > 0 {
			out.ByCause = append(out.ByCause, result.CauseShare{Cause: cause, Share: s / waited})
		}
	}
	slices.SortFunc(out.ByCause, func(a, b result.CauseShare) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), strings.Compare(a.Cause, b.Cause))
	})
}

// printWhatIf prints what would become of a job.
func (a *app) printWhatIf(w *result.WhatIf) error {
	if a.format == "json" {
		e := json.NewEncoder(a.stdout)
		e.SetIndent("", "  ")
		return e.Encode(w)
	}
	var b strings.Builder
	if !w.Admitted {
		fmt.Fprintf(&b, "%s would not be admitted: %s\n", w.Job, w.Refused)
		_, err := fmt.Fprint(a.stdout, b.String())
		return err
	}
	fmt.Fprintf(&b, "%s, submitted at %s, would be admitted.\n", w.Job, instant(w.AtS))
	switch {
	case w.Started == 0:
		fmt.Fprintf(&b, "It would not start before the end of the run, in any of %d runs.\n", w.Runs)
	case w.StartS.Known():
		fmt.Fprintf(&b, "It would start at %s (95 %% of the mean: %s – %s; %s – %s over %d runs), after %s.\n", instant(w.StartS.Mean),
			instant(max(w.AtS, w.StartS.Lo)), instant(w.StartS.Hi), instant(w.Earliest), instant(w.Latest), w.Started, span(w.WaitS.Mean))
	default:
		fmt.Fprintf(&b, "It would start at %s, after %s.\n", instant(w.StartS.Mean), span(w.WaitS.Mean))
	}
	if 0 < w.Started && w.Started < w.Runs {
		fmt.Fprintf(&b, "In %d of %d runs it would not start before the end.\n", w.Runs-w.Started, w.Runs)
	}
	for i, c := range w.ByCause {
		sep := ", "
		if i == 0 {
			sep = "What blocks it: "
		}
		fmt.Fprintf(&b, "%s%s %.0f %%", sep, c.Cause, 100*c.Share)
	}
	if len(w.ByCause) > 0 {
		b.WriteString("\n\nIn the first run:\n")
		for i := range w.First.Turns {
			printTurn(&b, &w.First.Turns[i], i, w.First)
		}
	}
	_, err := fmt.Fprint(a.stdout, b.String())
	return err
}
