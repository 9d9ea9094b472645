package training

import (
	"math/bits"
	"sort"

	"github.com/jevons-sim/jevons/sim/event"
)

// timeline is one run of a job as a function of the time since its start:
// init, load, then steps. An evaluation follows every evalEvery of the job's
// steps, a checkpoint every every of the run's, and the last one. After the last
// one, training waits until its checkpoint is written.
type timeline struct {
	init, load event.Time
	step       event.Time // length of a step, of which
	bubble     event.Time // waits in the pipeline and
	comm       event.Time // waits for communication
	write      event.Time // how long a checkpoint stops training
	behind     event.Time // from there until it can be loaded: it is written meanwhile
	steps      int64      // to do, at least 1
	every      int64      // steps between checkpoints, at least 1
	eval       event.Time // length of an evaluation
	evalEvery  int64      // steps between evaluations; 0 = none
	evalPhase  int64      // steps since the last evaluation, at the start
}

// spent is time by account.
type spent struct{ starting, checkpoint, eval, train, bubble, comm event.Time }

// position is where a run stands.
type position struct {
	spent   spent
	steps   int64      // complete
	saved   int64      // of these, covered by a complete checkpoint
	savedAt event.Time // end of that checkpoint or, without one, of the load
}

// end returns the length of the whole run.
func (t *timeline) end() event.Time { return t.init + t.load + t.training() + t.behind }

// training returns the time from the load to the end of the last checkpoint's
// stop.
func (t *timeline) training() event.Time { return t.until(t.steps) }

// writes and evals return how many checkpoints and evaluations the first steps
// of the run have.
func (t *timeline) writes(steps int64) int64 {
	if steps == t.steps {
		return (steps + t.every - 1) / t.every
	}
	return steps / t.every
}

func (t *timeline) evals(steps int64) int64 {
	if t.evalEvery == 0 {
		return 0
	}
	return (t.evalPhase + steps) / t.evalEvery
}

// until returns the time from the load until so many steps are done, and what
// follows them.
func (t *timeline) until(steps int64) event.Time {
	return event.Time(steps)*t.step + event.Time(t.evals(steps))*t.eval + event.Time(t.writes(steps))*t.write
}

// most returns the largest n up to limit with until(n·unit) ≤ training.
func (t *timeline) most(training event.Time, limit, unit int64) int64 {
	return int64(sort.Search(int(limit), func(i int) bool { return t.until(int64(i+1)*unit) > training }))
}

// at returns where the run stands after an elapsed time.
func (t *timeline) at(elapsed event.Time) position {
	rest := min(elapsed, t.end())
	starting := min(rest, t.init)
	rest -= starting
	loading := min(rest, t.load)
	rest -= loading
	saved := t.written(rest - t.behind)

	training := min(rest, t.training())
	waiting := rest - training
	done := t.most(training, t.steps, 1)
	training -= t.until(done) // in the step under way, and what follows it
	working := min(training, t.step)
	training -= working
	evaluating := event.Time(0)
	if done < t.steps {
		evaluating = min(training, event.Time(t.evals(done+1)-t.evals(done))*t.eval)
	}
	writing := training - evaluating

	p := position{
		steps:   done + int64(working/t.step),
		saved:   saved,
		savedAt: t.init + t.load + t.until(saved),
	}
	p.spent = t.split(event.Time(done)*t.step + working)
	p.spent.starting = starting
	p.spent.eval = event.Time(t.evals(done))*t.eval + evaluating
	p.spent.checkpoint = loading + event.Time(t.writes(done))*t.write + writing + waiting
	return p
}

// written returns the steps of the last checkpoint whose stop was over after
// a time in training.
func (t *timeline) written(training event.Time) int64 {
	if training >= t.training() {
		return t.steps
	}
	return t.most(training, t.steps/t.every, t.every) * t.every
}

// split divides time spent in steps, counted from the first one's start, over
// the accounts of a step.
func (t *timeline) split(work event.Time) spent {
	whole, part := work/t.step, work%t.step
	s := spent{
		bubble: whole*t.bubble + share(part, t.bubble, t.step),
		comm:   whole*t.comm + share(part, t.comm, t.step),
	}
	s.train = work - s.bubble - s.comm
	return s
}

// share returns ⌊part·of/whole⌋ for part < whole and of ≤ whole.
func share(part, of, whole event.Time) event.Time {
	hi, lo := bits.Mul64(uint64(part), uint64(of))
	q, _ := bits.Div64(hi, lo, uint64(whole))
	return event.Time(q)
}
