package training

import (
	"math/bits"

	"github.com/jevons-sim/jevons/sim/event"
)

// timeline is one run of a job as a function of the time since its start:
// init, load, then cycles of every steps and a checkpoint, the last of which
// may hold fewer steps. After the last one, training waits until its checkpoint
// is written.
type timeline struct {
	init, load event.Time
	step       event.Time // length of a step, of which
	bubble     event.Time // waits in the pipeline and
	comm       event.Time // waits for communication
	write      event.Time // how long a checkpoint stops training
	behind     event.Time // from there until it can be loaded: it is written meanwhile
	steps      int64      // to do, at least 1
	every      int64      // steps between checkpoints, at least 1
}

// spent is time by account.
type spent struct{ starting, checkpoint, train, bubble, comm event.Time }

// work returns the time in steps.
func (s spent) work() event.Time { return s.train + s.bubble + s.comm }

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
func (t *timeline) training() event.Time {
	writes := (t.steps + t.every - 1) / t.every
	return event.Time(t.steps)*t.step + event.Time(writes)*t.write
}

// cycle returns the length of a full cycle.
func (t *timeline) cycle() event.Time { return event.Time(t.every)*t.step + t.write }

// at returns where the run stands after an elapsed time.
func (t *timeline) at(elapsed event.Time) position {
	rest := min(elapsed, t.end())
	starting := min(rest, t.init)
	rest -= starting
	loading := min(rest, t.load)
	rest -= loading
	saved, upTo := t.written(rest - t.behind)

	training := min(rest, t.training())
	waiting := rest - training
	cycles := min(training/t.cycle(), event.Time(t.steps/t.every))
	training -= cycles * t.cycle()
	done := int64(cycles) * t.every
	left := min(t.every, t.steps-done) // steps of the cycle under way
	working := min(training, event.Time(left)*t.step)
	writing := training - working

	p := position{
		steps:   done + int64(working/t.step),
		saved:   saved,
		savedAt: t.init + t.load + upTo,
	}
	p.spent = t.split(event.Time(done)*t.step + working)
	p.spent.starting = starting
	p.spent.checkpoint = loading + cycles*t.write + writing + waiting
	return p
}

// written returns the steps of the last checkpoint whose stop was over after
// a time in training, and when it was.
func (t *timeline) written(training event.Time) (steps int64, upTo event.Time) {
	if training <= 0 {
		return 0, 0
	}
	if all := t.training(); training >= all {
		return t.steps, all
	}
	cycles := min(training/t.cycle(), event.Time(t.steps/t.every))
	return int64(cycles) * t.every, cycles * t.cycle()
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
