package main

import (
	"context"
	"fmt"

	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/sim/serving"
	"github.com/jevons-sim/jevons/sim/stats"
)

// autoWarmup is the --warmup that is found by a first run.
const autoWarmup = "auto"

// pilotMeans is how many means the pilot run keeps of its requests: enough to
// place the end of a warm-up within a thousandth of the run.
const pilotMeans = 4096

// withWarmup returns the variant with the warm-up that --warmup asks for. For
// auto, it plays the scenario once and lets MSER-5 find where the times of
// requests, or of jobs where there are none, have settled.
func (a *app) withWarmup(ctx context.Context, v *variant, f *runFlags) (*variant, error) {
	if f.warmup != autoWarmup {
		return v.with(scenario.Override{Path: "warmup", Value: f.warmup, Flag: "--warmup"})
	}
	bar := a.newProgress(v.doc.Name+", pilot for the warm-up", v.doc.Horizon)
	all, err := v.with(scenario.Override{Path: "outputs.requests", Value: "true"})
	if err != nil {
		return nil, err
	}
	run, err := a.build(all, 0, &f.engine, bar.run())
	if err != nil {
		return nil, err
	}
	p := newPilot()
	_, err = run.Run(ctx, p)
	bar.done(err)
	if err != nil {
		return nil, interrupted(ctx, err)
	}
	warmup, err := a.judgePilot(p, v)
	if err != nil {
		return nil, err
	}
	return v.with(scenario.Override{Path: "warmup", Value: units.FormatDuration(warmup)})
}

// judgePilot returns the warm-up, to the next minute, and tells what the rest of
// the run says of the steady state.
func (a *app) judgePilot(p *pilot, v *variant) (event.Time, error) {
	s, what := p.requests, "request"
	if len(s.Means()) == 0 {
		s, what = p.jobs, "job"
	}
	steady, err := stats.SteadyState(s.Means(), confidence)
	if _, settled := stats.MSER5(s.Means()); !settled {
		return 0, &exitError{exitFailed, fmt.Errorf("--warmup auto: the mean time of a %s had not settled by the end of the run; a longer horizon or a --warmup of your own is needed", what)}
	}
	warmup := event.Time(s.End(steady.Cut))
	if over := warmup % event.Minute; over > 0 {
		warmup += event.Minute - over
	}
	if warmup >= v.doc.Horizon {
		warmup = event.Time(s.End(steady.Cut))
	}
	text := fmt.Sprintf("warm-up %s (MSER-5); from then on the mean time of a %s is %.4g s ± %.2g s (95 %%, %d batch means); %d %ss are worth %.0f independent ones",
		units.FormatDuration(warmup), what, steady.Mean, steady.Half(), steady.N,
		(len(s.Means())-steady.Cut)*s.Size(), what, s.EffectiveSize(steady.Cut))
	if err != nil {
		text += "; the batches are still correlated, so the interval is too narrow"
	}
	a.note("%s", text)
	return warmup, nil
}

// pilot is a recorder that keeps the times of requests and jobs, in order of
// their end.
type pilot struct {
	result.Discard
	requests, jobs *stats.Series
}

var _ result.Recorder = (*pilot)(nil)

func newPilot() *pilot {
	return &pilot{requests: stats.NewSeries(pilotMeans), jobs: stats.NewSeries(pilotMeans)}
}

// Request implements result.Recorder.
func (p *pilot) Request(r *result.RequestRow) error {
	if r.Outcome == serving.Completed.String() {
		p.requests.Add(r.Arrive, event.Time(r.Finish-r.Arrive).Seconds())
	}
	return nil
}

// Job implements result.Recorder.
func (p *pilot) Job(r *result.JobRow) error {
	if r.State == "completed" {
		p.jobs.Add(r.Submit, event.Time(r.End-r.Submit).Seconds())
	}
	return nil
}
