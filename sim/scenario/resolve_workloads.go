package scenario

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/event"
)

func (r *resolver) deploymentNames() []string {
	return names(r.Deployments, func(d *Deployment) string { return d.Name })
}

func (r *resolver) requests() {
	list := r.Workloads.Requests
	unique(r, "workloads.requests", "request workload", list, func(w *RequestWorkload) string { return w.Name })
	for i := range list {
		w := &list[i]
		path := fmt.Sprintf("workloads.requests[%d]", i)
		r.reference(path+".deployment", "deployment", &w.Deployment, r.deploymentNames())
		r.span(path, "start", "end", w.Start, w.End)
		if w.Trace != nil {
			r.trace(path+".trace", w.Trace)
			r.exclude(path, "trace", given{"arrivals", w.Arrivals != nil}, given{"prompt", w.Prompt != nil},
				given{"output", w.Output != nil}, given{"thinking", w.Thinking != nil}, given{"sessions", w.Sessions != nil})
			continue
		}
		r.need(path, "or a trace", given{"arrivals", w.Arrivals != nil}, given{"prompt", w.Prompt != nil}, given{"output", w.Output != nil})
		if w.Class == "" {
			w.Class = w.Name
		}
		r.arrivals(path+".arrivals", w.Arrivals)
		r.lengths(path+".prompt", w.Prompt)
		r.lengths(path+".output", w.Output)
		if t := w.Thinking; t != nil {
			if t.Probability > 1 {
				r.fail(path+".thinking.probability", "%v is more than 1", t.Probability)
			}
			r.lengths(path+".thinking.tokens", &t.Tokens)
		}
		if s := w.Sessions; s != nil {
			r.lengths(path+".sessions.turns", &s.Turns)
			r.durations(path+".sessions.gap", &s.Gap)
		}
	}
}

// given is a key and whether it was written.
type given struct {
	key string
	is  bool
}

// exclude reports keys that do not go with another.
func (r *resolver) exclude(path, with string, keys ...given) {
	for _, k := range keys {
		if k.is {
			r.fail(path+"."+k.key, "%s and %s exclude each other", k.key, with)
		}
	}
}

// need reports the first key that is missing.
func (r *resolver) need(path, instead string, keys ...given) {
	for _, k := range keys {
		if !k.is {
			r.fail(path, "%s is missing (%s)", k.key, instead)
			return
		}
	}
}

func (r *resolver) trace(path string, t *Trace) {
	if t.TimeScale == 0 {
		r.fail(path+".time_scale", "must be more than 0")
	}
	switch {
	case len(t.Columns) > 0 && t.Format == "auto":
		t.Format = "csv"
	case len(t.Columns) > 0 && t.Format != "csv":
		r.fail(path+".columns", "columns are for files of format csv, not %s", t.Format)
	case len(t.Columns) == 0 && t.Format == "csv":
		r.fail(path, "columns is missing: which column holds which field (such as {at: submitted, duration: runtime, gpus: n})")
	}
	r.within(path+".start", t.Start)
	if w := t.Window; w != nil && w.To != 0 && w.To <= w.From {
		r.fail(path+".window.to", "%s is not after from, %s", duration(w.To), duration(w.From))
	}
}

func (r *resolver) arrivals(path string, a *Arrivals) {
	if a == nil {
		return
	}
	switch a.Process {
	case "gamma", "weibull":
		if a.CV == 0 {
			r.fail(path, "cv is missing: %s arrivals need the coefficient of variation", a.Process)
		}
	default:
		if a.CV != 0 {
			r.fail(path+".cv", "%s arrivals have no cv; gamma and weibull have", a.Process)
		}
	}
	if a.Process == "mmpp" {
		r.states(path, a)
	} else {
		if a.Rate == 0 {
			r.fail(path, "rate is missing (such as rate: 20/s)")
		}
		if len(a.States) > 0 {
			r.fail(path+".states", "%s arrivals have no states; mmpp has", a.Process)
		}
	}
	if a.Daily != nil && (a.Daily.Amplitude > 1 || a.Daily.Peak >= event.Day) {
		r.fail(path+".daily", "amplitude is at most 1, and peak a time of day before 24h")
	}
	if n := len(a.Weekly); n != 0 && n != daysPerWeek {
		r.fail(path+".weekly", "has %d factors, want one for each day of the week", n)
	}
	r.weights(path+".weekly", a.Weekly)
}

const daysPerWeek = 7

func (r *resolver) states(path string, a *Arrivals) {
	if a.Rate != 0 {
		r.fail(path+".rate", "the rates of mmpp arrivals are those of its states")
	}
	if len(a.States) < 2 {
		r.fail(path, "mmpp arrivals need at least two states")
	}
	busy := false
	for i, s := range a.States {
		busy = busy || s.Rate > 0
		if s.Mean == 0 {
			r.fail(fmt.Sprintf("%s.states[%d].mean", path, i), "must be longer than 0s")
		}
	}
	if !busy && len(a.States) > 0 {
		r.fail(path+".states", "no state has a rate above 0")
	}
}

// weights checks relative weights: none negative, not all zero.
func (r *resolver) weights(path string, weights []float64) {
	sum := 0.0
	for i, w := range weights {
		if w < 0 {
			r.fail(fmt.Sprintf("%s[%d]", path, i), "%v is negative", w)
		}
		sum += w
	}
	if len(weights) > 0 && sum == 0 {
		r.fail(path, "all are 0")
	}
}
