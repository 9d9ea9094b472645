package sim

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

// Target is the job that an explanation is about: by its ID, or by its name
// where that is 0.
type Target struct {
	ID      int64
	Name    string
	ToStart bool // end with its first start
}

// mostHolders is how many holders an interval lists.
const mostHolders = 5

// Explain plays the run up to an instant, or to the job's end, and says why a job waited meanwhile.
// It asks the cluster after every scheduling pass, which changes nothing: a run
// is explained by playing it again.
func (s *Simulation) Explain(ctx context.Context, t Target, until event.Time) (*result.Explanation, error) {
	x := &explainer{sim: s, target: t, out: &result.Explanation{RunID: s.runID.String()}}
	s.cluster.AfterPass(x.after)
	s.jobs.heard = x.refused
	s.recorder = result.Discard{}
	until = min(until, s.doc.Horizon)
	done := func() bool { return ctx.Err() == nil && !x.over }
	if !s.engine.RunUntil(until, done) && !x.over {
		if s.err != nil {
			return nil, s.err
		}
		return nil, fmt.Errorf("simulated %v of %v: %w", s.engine.Now(), until, ctx.Err())
	}
	if s.err != nil {
		return nil, s.err
	}
	return x.finish(s.engine.Now()), nil
}

// explainer follows one gang.
type explainer struct {
	sim    *Simulation
	target Target
	gang   *cluster.Gang
	over   bool // the gang has ended, or was refused
	starts int
	turn   *result.Turn // under way; nil = it does not wait
	why    cluster.Obstacle
	// largest is the holder that the interval under way lists first, and since
	// when it held its GPUs: another interval begins when it has left.
	largest *cluster.Gang
	since   event.Time
	out     *result.Explanation
}

// refused hears of jobs that the fleet could never hold.
func (x *explainer) refused(now event.Time, spec *cluster.Spec, err error) {
	if x.gang != nil || x.target.ID > 0 || spec.Name != x.target.Name {
		return
	}
	x.over = true
	x.out.Job, x.out.Tenant, x.out.SubmitS, x.out.Refused = spec.Name, spec.Tenant, now.Seconds(), err.Error()
	x.out.GPUs, x.out.Workers = gpusOf(int64(spec.Workers)*int64(spec.GPUsPerWorker*ledger.MilliPerGPU+spec.GPUMilli)), spec.Workers
}

// after looks at the gang after a scheduling pass.
func (x *explainer) after(now event.Time, _ *scheduler.Scheduler, _ *scheduler.Decisions) {
	if x.over {
		return
	}
	if x.gang == nil && !x.find() {
		return
	}
	g := x.gang
	switch {
	case g.State == cluster.Waiting:
		x.waits(now)
	case x.turn != nil && g.Starts() > x.starts:
		x.begins(g)
	case x.turn != nil: // withdrawn
		x.close(now)
		x.turn = nil
	case g.State == cluster.Finished || g.State == cluster.Withdrawn:
		x.over = true
	case g.Starts() > x.starts: // it started in the pass that followed its coming
		x.openTurn(g.QueuedSince())
		x.begins(g)
	}
}

func (x *explainer) find() bool {
	x.gang = x.sim.cluster.Find(func(g *cluster.Gang) bool {
		if x.target.ID > 0 {
			return g.ID() == x.target.ID
		}
		return g.Spec.Name == x.target.Name && g.Spec.Class != ledger.Nobody
	})
	if x.gang == nil {
		return false
	}
	g := x.gang
	x.out.Job, x.out.ID, x.out.Tenant, x.out.SubmitS = g.Spec.Name, g.ID(), g.Spec.Tenant, g.Submitted.Seconds()
	x.out.GPUs, x.out.Workers = gpusOf(g.Milli()), g.Spec.Workers
	return true
}

func gpusOf(milli int64) float64 { return float64(milli) / ledger.MilliPerGPU }

func (x *explainer) openTurn(now event.Time) {
	x.out.Turns = append(x.out.Turns, result.Turn{FromS: now.Seconds(), ToS: now.Seconds()})
	x.turn = &x.out.Turns[len(x.out.Turns)-1]
}

// begins closes a turn with the gang's start.
func (x *explainer) begins(g *cluster.Gang) {
	x.starts = g.Starts()
	x.close(g.LastStart)
	x.turn.Started = true
	if g.State != cluster.Finished && g.State != cluster.Withdrawn {
		x.turn.Pool = x.sim.fleet.Pools[g.Pool()].Spec.Name
		x.turn.Nodes, _ = x.sim.fleet.Spread(g.Placement())
	}
	x.turn = nil
	x.over = x.over || x.target.ToStart
}

// waits notes what keeps the gang waiting from now on.
func (x *explainer) waits(now event.Time) {
	if x.turn == nil {
		x.openTurn(x.gang.QueuedSince())
	}
	o := x.sim.cluster.Obstacle(now, x.gang)
	if n := len(x.turn.Intervals); n > 0 {
		last := &x.turn.Intervals[n-1]
		left := x.largest != nil && (!x.largest.Holds() || x.largest.LastStart != x.since)
		if x.why.Cause == o.Cause && last.Ahead == nameOf(o.Ahead) && !left {
			return
		}
		last.ToS = now.Seconds()
	}
	from := now
	if len(x.turn.Intervals) == 0 {
		from = x.gang.QueuedSince()
	}
	x.why = o
	w := result.Waiting{FromS: from.Seconds(), ToS: from.Seconds(), Cause: o.Cause.String(), Detail: x.detail(&o), Ahead: nameOf(o.Ahead)}
	x.largest = nil
	for i, h := range x.sim.cluster.Holders(x.gang, &o, mostHolders) {
		w.Holders = append(w.Holders, holderOf(&h))
		if i == 0 {
			x.largest, x.since = h.Gang, h.Gang.LastStart
		}
	}
	x.turn.Intervals = append(x.turn.Intervals, w)
}

func holderOf(h *cluster.Holder) result.Holder {
	g := h.Gang
	out := result.Holder{Name: g.Spec.Name, ID: g.ID(), Tenant: g.Spec.Tenant, Class: g.Spec.Class.String(), GPUs: gpusOf(h.Milli), SinceS: g.LastStart.Seconds()}
	if h.Ends != event.Forever {
		ends := h.Ends.Seconds()
		out.EndsS = &ends
	}
	return out
}

func nameOf(g *cluster.Gang) string {
	if g == nil {
		return ""
	}
	return g.Spec.Name
}

// close ends the turn under way.
func (x *explainer) close(now event.Time) {
	x.turn.ToS = now.Seconds()
	if n := len(x.turn.Intervals); n > 0 {
		last := &x.turn.Intervals[n-1]
		last.ToS = max(last.FromS, now.Seconds())
	}
}

// finish sums up.
func (x *explainer) finish(now event.Time) *result.Explanation {
	if x.turn != nil {
		x.close(now)
	}
	out := x.out
	if x.gang != nil {
		out.Finished = x.gang.State == cluster.Finished
		out.EndS = now.Seconds()
		if out.Finished {
			out.EndS = x.gang.Ended.Seconds()
		}
	}
	for _, t := range out.Turns {
		out.WaitS += t.ToS - t.FromS
		for _, w := range t.Intervals {
			i := slices.IndexFunc(out.ByCause, func(c result.CauseSum) bool { return c.Cause == w.Cause })
			if i < 0 {
				i = len(out.ByCause)
				out.ByCause = append(out.ByCause, result.CauseSum{Cause: w.Cause})
			}
			out.ByCause[i].S += w.ToS - w.FromS
		}
	}
	slices.SortStableFunc(out.ByCause, func(a, b result.CauseSum) int { return cmp.Compare(b.S, a.S) })
	return out
}

// detail puts an obstacle in words.
func (x *explainer) detail(o *cluster.Obstacle) string {
	g, pools := x.gang, x.sim.fleet.Pools
	each := fmt.Sprintf("%g GPUs", gpusOf(o.Needed/int64(max(1, g.Spec.Workers))))
	free := fmt.Sprintf("needs %g GPUs, %g are free", gpusOf(o.Needed), gpusOf(o.Free))
	fits := fmt.Sprintf("there is room for %d of %d workers of %s", o.Fits, g.Spec.Workers, each)
	switch o.Cause {
	case cluster.ByQuota:
		var parts []string
		for _, q := range o.Quota {
			parts = append(parts, fmt.Sprintf("in pool %s the quota of %s leaves %s, it needs %s",
				pools[q.Pool].Spec.Name, q.Quota, amount(q.Resource, max(0, q.Available)), amount(q.Resource, q.Needed)))
		}
		if o.Ahead != nil {
			parts = append(parts, fmt.Sprintf("%s (%g GPUs) of the same tenant waits for quota before it", o.Ahead.Spec.Name, gpusOf(o.Ahead.Milli())))
		}
		return strings.Join(slices.Compact(parts), "; ")
	case cluster.ByOrder:
		if o.Ahead == nil {
			return free + "; the queue's policy does not start it yet"
		}
		return fmt.Sprintf("%s; %s (%g GPUs) comes first in the queue", free, o.Ahead.Spec.Name, gpusOf(o.Ahead.Milli()))
	case cluster.ByReservation:
		text := free + "; they are reserved"
		if o.Ahead != nil {
			text += fmt.Sprintf(" for %s (%g GPUs)", o.Ahead.Spec.Name, gpusOf(o.Ahead.Milli()))
		}
		if o.Until > 0 {
			text += fmt.Sprintf(" from %v", o.Until)
		}
		if g.Spec.Estimate == 0 {
			text += "; it has no estimate and so cannot go before"
		}
		return text
	case cluster.ByGPUType:
		p := pools[o.Pool]
		return fmt.Sprintf("%s of the kind it accepts; pool %s has room on %s", free, p.Spec.Name, p.Spec.GPU.Name)
	case cluster.ByTopology:
		return fmt.Sprintf("%s, with room for all %d workers, but in one %v only for %d of them", free, g.Spec.Workers, g.Spec.Within, o.Fits)
	case cluster.ByHost:
		return fmt.Sprintf("%s; with %g CPU cores and %d MiB each, %s", free, float64(g.Spec.CPUMilli)/1000, g.Spec.MemoryMiB, fits)
	case cluster.ByFragments:
		return fmt.Sprintf("%s, but scattered: %s", free, fits)
	case cluster.ByOutage:
		return fmt.Sprintf("%s and %g are out of service", free, gpusOf(o.Out))
	}
	return free
}

// amount writes so much of a resource.
func amount(r scheduler.Resource, n int64) string {
	switch r {
	case scheduler.GPUs:
		return fmt.Sprintf("%g GPUs", gpusOf(n))
	case scheduler.CPU:
		return fmt.Sprintf("%g CPU cores", float64(n)/1000)
	}
	return fmt.Sprintf("%d MiB", n)
}
