package sim

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/result"
)

// jobSection sums the jobs submitted in a span, nil when there are none in the
// scenario.
func (s *Simulation) jobSection(from, to, measured event.Time) *result.Jobs {
	w := &s.doc.Workloads
	if len(w.Training)+len(w.RL)+len(w.Jobs) == 0 {
		return nil
	}
	lo, hi := s.segments.within(from, to)
	skip, _ := s.segments.within(measured, to)
	out := &result.Jobs{ByKind: map[string]*result.Jobs{}}
	var all jobCell
	for _, kind := range jobKindOrder {
		var sum jobCell
		for i := lo; i < hi; i++ {
			if c := s.jobs.cells[kind][i]; c != nil {
				sum.add(c, i >= skip)
			}
		}
		all.add(&sum, true)
		if sum.submitted > 0 {
			k := &result.Jobs{}
			sum.into(k)
			out.ByKind[jobKinds[kind]] = k
		}
	}
	all.into(out)
	out.MakespanS = s.jobs.lastEnd.Seconds()
	return out
}

func (t *jobCell) add(c *jobCell, measured bool) {
	t.submitted += c.submitted
	for i, n := range c.ended {
		t.ended[i] += n
	}
	t.preemptions += c.preemptions
	t.due += c.due
	t.late += c.late
	if measured {
		t.wait.Merge(&c.wait)
		t.jct.Merge(&c.jct)
		t.slowdown.Merge(&c.slowdown)
	}
}

func (t *jobCell) into(j *result.Jobs) {
	j.Submitted, j.Completed, j.Failed, j.Unfinished = t.submitted, t.ended[jobCompleted], t.ended[jobFailed], t.ended[jobUnfinished]
	j.Preemptions, j.WithDeadline, j.MissedDeadline = t.preemptions, t.due, t.late
	j.Wait, j.JCT, j.BoundedSlowdown = result.QuantilesOf(&t.wait, 1e9), result.QuantilesOf(&t.jct, 1e9), result.QuantilesOf(&t.slowdown, 1000)
}

// trainingSection sums the pre-training jobs, nil when there are none.
func (s *Simulation) trainingSection(now event.Time) *result.Training {
	if len(s.training) == 0 {
		return nil
	}
	out := &result.Training{}
	var flops, peak, stepping, productive, wall float64
	for _, j := range s.training {
		st := j.Stats(now)
		out.Tokens += st.Tokens
		out.Steps += st.Steps
		out.Preemptions += st.Preemptions
		out.Failures += st.Failures
		out.LostGPUS = out.LostGPUS.Add(st.Lost)
		if j.Gang() == nil || !j.Gang().Started() {
			continue
		}
		flops += st.FLOPs
		peak += float64(st.Held.Seconds() * s.fleet.Pools[j.Gang().Pool()].Spec.GPU.FLOPS(fleet.BF16))
		stepping += st.Stepping.Seconds()
		productive += st.Productive.Seconds()
		wall += st.Wall.Seconds()
	}
	out.StepS = ratio(stepping, float64(out.Steps))
	out.MFU, out.ETTR = ratio(flops, peak), ratio(productive, wall)
	return out
}
