package scheduler

import (
	"cmp"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
)

// plan is when and where a waiting gang will start, under conservative backfill.
type plan struct {
	made       bool
	start, end event.Time
	broken     bool   // not in the profile
	overlaps   bool   // others plan to hold the same at the same time
	overQuota  bool   // it would have started earlier, had its tenant had quota
	mark       uint64 // the last search that took what it needs
	reservation
}

// plans are the plans of all waiting gangs.
type plans struct {
	list  []*Gang // that have one, in order of submission
	stale bool    // something has changed that may let plans move up, or break them
	freed freed   // where it has
}

// setPlan gives a gang a plan.
func (s *Scheduler) setPlan(g *Gang, p plan) {
	p.made = true
	g.plan = p
	i, _ := slices.BinarySearchFunc(s.plans.list, g, byID)
	s.plans.list = slices.Insert(s.plans.list, i, g)
	s.agenda.plan(g)
}

// dropPlan forgets a gang's plan.
func (s *Scheduler) dropPlan(g *Gang) {
	if !g.plan.made {
		return
	}
	s.agenda.unplan(g)
	i, _ := slices.BinarySearchFunc(s.plans.list, g, byID)
	s.plans.list, g.plan = slices.Delete(s.plans.list, i, i+1), plan{}
}

func byID(a, b *Gang) int { return cmp.Compare(a.ID, b.ID) }
