package validate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
)

// rlRun is a published job and what its simulation came to.
type rlRun struct {
	*publishedRL
	handover float64    // s of a step's samples, each time
	figures  *rlFigures // nil = could not be run
	// whole is figures again, with the mean length of the job's own updates
	// instead of that assumed for all jobs: of the whole run. meanTokens is that
	// length.
	whole      *rlFigures
	meanTokens float64
	row        Row // what all its comparisons have in common
}

// rlWarmup is the steps that fill an asynchronous job's pipeline.
const rlWarmup = 4

func (j *publishedRL) run(ctx context.Context, o *RLOptions) *rlRun {
	r := &rlRun{publishedRL: j, row: Row{ID: j.name(), Group: map[string]string{"source": j.source, "model": j.model, "gpu": j.gpu}, OK: true}}
	job, assumed, err := j.job()
	r.row.Assumed = strings.Join(assumed, "; ")
	var incomplete incompleteError
	switch {
	case errors.As(err, &incomplete):
		r.row.NotComparable = err.Error()
		return r
	case err != nil:
		r.row.Skipped, r.row.OK = err.Error(), false
		return r
	}
	r.handover = job.handover.Seconds()
	r.figures, err = job.simulate(ctx, o)
	if err == nil {
		r.whole, err = r.ownLength(ctx, o, job)
	}
	if err != nil && ctx.Err() == nil {
		r.row.Infeasible, r.row.OK = err.Error(), false
	}
	return r
}

// ownLength simulates the job again with the mean length that makes its update
// as long as is published, over the whole run, if that is: nothing else says how
// lengths have drifted, and updates follow tokens.
func (r *rlRun) ownLength(ctx context.Context, o *RLOptions, base *rlJob) (*rlFigures, error) {
	published, ok := r.byMetric["update_actor_s"]
	if _, given := r.byMetric["mean_output_tokens"]; given || !ok || r.figures == nil {
		return r.figures, nil
	}
	now, _ := r.predict(r.figures, &publishedFigure{metric: "update_actor_s"})
	fixed := 0.0
	if r.synchronous() {
		fixed = r.handover
	}
	again := *r.publishedRL
	again.byMetric = maps.Clone(r.byMetric)
	r.meanTokens = float64(base.outputMean) * (published - fixed) / (now - fixed)
	again.byMetric["mean_output_tokens"] = r.meanTokens
	job, _, err := again.job()
	if err != nil {
		return nil, err
	}
	return job.simulate(ctx, o)
}

// simulate runs the job for as many steps as are wanted.
func (r *rlJob) simulate(ctx context.Context, o *RLOptions) (*rlFigures, error) {
	r.config.Steps = o.Steps + rlWarmup
	c, err := r.configure(o.Calibration, o.Seed)
	if err != nil {
		return nil, err
	}
	return runRLAfter(ctx, r.gpu, c, rlWarmup)
}

// of returns the figures of so many steps: of the whole run, if it has no more.
func (r *rlRun) of(steps int) (f *rlFigures, assumed string) {
	for i := range r.values {
		if n, ok := r.values[i].hours(); ok && n > steps {
			return r.figures, r.row.Assumed
		}
	}
	assumed = r.row.Assumed
	if r.meanTokens > 0 {
		assumed = fmt.Sprintf("mean length %.0f tokens, of the run's own update time; %s", r.meanTokens, assumed)
	}
	return r.whole, assumed
}
