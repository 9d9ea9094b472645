package main

import (
	"context"
	"math"

	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/traces"
	"github.com/jevons-sim/jevons/workloads"
)

// generateFlags describe a synthetic trace.
type generateFlags struct {
	rate       float64
	duration   string
	process    string
	cv         float64
	promptMean float64
	outputMean float64
	lengthCV   float64
	seed       uint64
	output     outputFlags
}

// processes are the values of --process.
var processes = []string{"poisson", "gamma", "weibull", "deterministic"}

func traceGenerateCommand(a *app) *cobra.Command {
	var f generateFlags
	cmd := &cobra.Command{
		Use:     "generate OUT",
		Short:   "Write a synthetic trace of requests",
		Example: "  sim trace generate bursty.csv --rate 10 --duration 1h --process gamma --cv 3",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.generateTrace(cmd.Context(), args[0], &f) },
	}
	flags := cmd.Flags()
	flags.Float64Var(&f.rate, "rate", 1, "requests per second")
	flags.StringVar(&f.duration, "duration", "1h", "span of the trace")
	flags.StringVar(&f.process, "process", "poisson", "arrivals: poisson, gamma, weibull or deterministic")
	flags.Float64Var(&f.cv, "cv", 1, "coefficient of variation of the gaps between arrivals (gamma, weibull)")
	flags.Float64Var(&f.promptMean, "prompt-mean", 1000, "mean prompt, in tokens")
	flags.Float64Var(&f.outputMean, "output-mean", 200, "mean output, in tokens")
	flags.Float64Var(&f.lengthCV, "length-cv", 1, "coefficient of variation of the lengths, which are lognormal")
	flags.Uint64Var(&f.seed, "seed", 1, "of the random streams")
	f.output.add(cmd, "")
	return cmd
}

func (a *app) generateTrace(ctx context.Context, path string, f *generateFlags) error {
	stream, err := f.stream()
	if err != nil {
		return err
	}
	return a.writeTrace(ctx, path, &f.output, requestCopy(stream, f.output.to))
}

// stream returns the requests that the flags describe.
func (f *generateFlags) stream() (traces.RequestStream, error) {
	end, err := units.ParseDuration(f.duration)
	if err != nil {
		return nil, usageErrorf("--duration: %w", err)
	}
	process, err := f.arrivals()
	if err != nil {
		return nil, err
	}
	prompt, err := tokenLengths("prompt-mean", f.promptMean, f.lengthCV)
	if err != nil {
		return nil, err
	}
	output, err := tokenLengths("output-mean", f.outputMean, f.lengthCV)
	if err != nil {
		return nil, err
	}
	stream, err := workloads.NewRequests(f.seed, workloads.RequestConfig{
		Name: "trace", Process: process, Rate: workloads.Rate{PerSecond: f.rate}, End: end, Prompt: prompt, Output: output,
	})
	if err != nil {
		return nil, usageErrorf("%w", err)
	}
	return stream, nil
}

func (f *generateFlags) arrivals() (p workloads.Process, err error) {
	switch f.process {
	case "poisson":
		return workloads.Poisson{}, nil
	case "deterministic":
		return workloads.Deterministic{}, nil
	case "gamma":
		p, err = workloads.NewGamma(f.cv)
	case "weibull":
		p, err = workloads.NewWeibull(f.cv)
	default:
		return nil, usageErrorf("--process %s: unknown process.%s", f.process, suggest.Hint(f.process, processes))
	}
	if err != nil {
		return nil, usageErrorf("--cv: %w", err)
	}
	return p, nil
}

// tokenLengths returns lognormal lengths; a CV of 0 makes them all equal.
func tokenLengths(flag string, mean, cv float64) (workloads.Length, error) {
	if !(mean >= 1 && mean <= math.MaxInt32) {
		return nil, usageErrorf("--%s %v: must be at least 1", flag, mean)
	}
	if cv == 0 {
		return workloads.Constant(mean), nil
	}
	l, err := workloads.NewLognormal(mean, cv)
	if err != nil {
		return nil, usageErrorf("--length-cv: %w", err)
	}
	return l, nil
}
