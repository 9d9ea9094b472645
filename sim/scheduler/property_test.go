package scheduler_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/placement"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

func drawSize(t *rapid.T) (nodes, gpus int) {
	return rapid.IntRange(2, 5).Draw(t, "nodes"), rapid.SampledFrom([]int{1, 4, 8}).Draw(t, "gpus")
}

// TestAnyPolicyRunsAnything plays random workloads with wrong estimates under
// any combination: the fleet panics on double allocation, play fails on partial
// gangs and on jobs that never end.
func TestAnyPolicyRunsAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, gpus := drawSize(t)
		p := drawPolicy(t, scheduler.NoBackfill, scheduler.EASY, scheduler.Conservative)
		newPlay(t, p, testFleet(t, nodes, gpus), drawJobs(t, gpus, nodes, true)).run()
	})
}

func TestNoPolicyLeavesAFittingHeadWaiting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, gpus := drawSize(t)
		p := drawPolicy(t, scheduler.NoBackfill, scheduler.EASY)
		p.Grace = 0 // else the head may leave alone what is claimed for a preemptor
		y := newPlay(t, p, testFleet(t, nodes, gpus), drawJobs(t, gpus, nodes, true))
		y.check = func(now event.Time, _ scheduler.Decisions) {
			head := y.head(now)
			if head == nil {
				return
			}
			if pl, ok := placement.New(y.fleet, placement.FirstFit{}).Place([]int{0}, head.Request); ok {
				t.Fatalf("at %v the head %+v waits although it fits at %+v", now, head.Request, pl)
			}
		}
		y.run()
	})
}

// head returns the waiting gang whose turn it is.
func (y *play) head(now event.Time) *scheduler.Gang {
	var head *scheduler.Gang
	var rank int64
	for g := range y.sched.Waiting() {
		if r := y.policy.Order.Rank(now, g); head == nil || r < rank || (r == rank && g.ID < head.ID) {
			head, rank = g, r
		}
	}
	return head
}

// TestEASYNeverDelaysItsReservation: what is promised to the head is kept, when
// estimates are upper bounds and nobody ahead of it comes later.
func TestEASYNeverDelaysItsReservation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, gpus := drawSize(t)
		jobs := drawJobs(t, gpus, nodes, false)
		overestimate(t, jobs)
		y := newPlay(t, scheduler.Policy{Order: scheduler.FIFO{}, Backfill: scheduler.EASY, Placement: drawPlacement(t)}, testFleet(t, nodes, gpus), jobs)
		promised := map[*scheduler.Gang]event.Time{}
		y.check = func(_ event.Time, d scheduler.Decisions) {
			if d.Reserved == nil {
				return
			}
			if at, ok := promised[d.Reserved]; !ok || d.ReservedFor < at {
				promised[d.Reserved] = d.ReservedFor
			}
		}
		y.run()
		for g, at := range promised {
			if start := y.byGang[g].starts[0]; start > at {
				t.Fatalf("gang %d was promised %v and started at %v", g.ID, at, start)
			}
		}
	})
}

// overestimate makes estimates upper bounds of what jobs run.
func overestimate(t *rapid.T, jobs []*job) {
	for _, j := range jobs {
		j.Estimate = j.runs + event.Time(rapid.IntRange(0, 10).Draw(t, "margin"))*tick
	}
}

// TestConservativeNeverDelaysAnyReservation: every gang starts by what it was
// promised first, whoever comes later and whatever ends early.
func TestConservativeNeverDelaysAnyReservation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, gpus := drawSize(t)
		jobs := drawJobs(t, gpus, nodes, false)
		overestimate(t, jobs)
		p := drawPolicy(t, scheduler.Conservative)
		p.Preempt = scheduler.NoPreemption
		y := newPlay(t, p, testFleet(t, nodes, gpus), jobs)
		promised := map[*scheduler.Gang]event.Time{}
		y.check = func(now event.Time, _ scheduler.Decisions) {
			for g := range y.sched.Waiting() {
				at, ok := y.sched.Planned(g)
				switch {
				case !ok:
					t.Fatalf("at %v gang %d waits without a reservation", now, g.ID)
				case promised[g] != 0 && at > promised[g]:
					t.Fatalf("at %v the reservation of gang %d moves from %v back to %v", now, g.ID, promised[g], at)
				}
				promised[g] = at
			}
		}
		y.run()
		for g, at := range promised {
			if start := y.byGang[g].starts[0]; start > at {
				t.Fatalf("gang %d was promised %v and started at %v", g.ID, at, start)
			}
		}
	})
}

// TestPassesByLinesDecideAsPassesOverAll: leaving out gangs that cannot start,
// and continuing the last pass, change nothing.
func TestPassesByLinesDecideAsPassesOverAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, gpus := drawSize(t)
		p := scheduler.Policy{
			Order:    rapid.SampledFrom([]scheduler.Order{scheduler.FIFO{}, scheduler.ByPriority{}, scheduler.ShortestFirst{}}).Draw(t, "order"),
			Backfill: rapid.SampledFrom([]scheduler.Backfill{scheduler.NoBackfill, scheduler.EASY}).Draw(t, "backfill"),
			Preempt:  rapid.SampledFrom([]scheduler.Preemption{scheduler.NoPreemption, scheduler.PriorityPreemption}).Draw(t, "preempt"),
		}
		jobs := drawJobs(t, gpus, nodes, rapid.Bool().Draw(t, "wrong"))
		again := make([]*job, len(jobs))
		for i, j := range jobs {
			c := *j
			again[i] = &c
		}
		newPlay(t, p, testFleet(t, nodes, gpus), jobs).run()
		plain := newPlay(t, p, testFleet(t, nodes, gpus), again)
		plain.sched.Plainly()
		plain.check = func(event.Time, scheduler.Decisions) { plain.sched.Changed() }
		plain.run()
		for i := range jobs {
			if !slices.Equal(jobs[i].starts, again[i].starts) {
				t.Fatalf("gang %d starts at %v, by looking at all at %v", jobs[i].ID, jobs[i].starts, again[i].starts)
			}
		}
	})
}
