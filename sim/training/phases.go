package training

import "github.com/jevons-sim/jevons/sim/event"

// Phases calls f for the parts of the current run up to now, or of the last run
// up to its end: init, load, steps, evaluations and checkpoints, in order. Of
// the steps it shows at most so many, evenly spread, the first and the last
// complete one among them; evaluations and checkpoints that follow these come
// with them. Steps count from 1 over all runs; those that are lost are run again
// under the same number.
func (j *Job) Phases(now event.Time, most int64, f func(name string, step int64, from, to event.Time)) {
	t, elapsed := &j.run, now-j.started
	part := func(name string, step int64, from, to event.Time) {
		if to = min(to, elapsed); from < to {
			f(name, step, j.started+from, j.started+to)
		}
	}
	part("init", 0, 0, t.init)
	begin := t.init + t.load
	part("load", 0, t.init, begin)
	steps := min(t.steps, t.most(max(elapsed-begin, 0), t.steps, 1)+1) // the one under way too
	shown := min(most, steps)
	for i := range shown {
		k := i
		if shown > 1 {
			k = i * (steps - 1) / (shown - 1)
		}
		at := begin + t.until(k)
		number := j.saved - j.counted + k + 1
		part("step", number, at, at+t.step)
		at += t.step
		evals := event.Time(t.evals(k+1)-t.evals(k)) * t.eval
		part("evaluation", 0, at, at+evals)
		part("checkpoint", 0, at+evals, begin+t.until(k+1))
	}
	if t.behind > 0 {
		part("checkpoint", 0, begin+t.training(), t.end())
	}
}
