package scheduler

import (
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/placement"
)

// pass is one scheduling pass.
type pass struct {
	policy    Policy
	now       event.Time
	fleet     *fleet.Fleet
	placer    *placement.Placer
	trial     *fleet.Trial
	running   []*Gang
	out       Decisions
	failed    map[shape]bool
	open      []int        // pools to look in; reused
	closed    map[int]bool // pools that a waiting gang closes to those behind it
	preempted map[*Gang]bool
	// hold is what the reserved gang will need and is free now. It stays
	// allocated in the trial, so that others cannot take it.
	hold     []reservation
	reserved reservation
}

// shape is what decides whether a gang fits: equal shapes fit equally.
type shape struct {
	request fleet.Request
	pool    int
}

// reservation is a placement and the request that takes it: all that the
// reserved gang will need, or the free part of it on one node.
type reservation struct {
	placement fleet.Placement
	request   fleet.Request
}

// Decide makes one pass over the waiting gangs, which must be in the policy's
// order. It leaves the placer's fleet as it found it.
func (p Policy) Decide(now event.Time, waiting, running []*Gang, placer *placement.Placer) Decisions {
	f := placer.Fleet()
	s := pass{policy: p, now: now, fleet: f, placer: placer, trial: f.Try(), running: running,
		failed: map[shape]bool{}, closed: map[int]bool{}, preempted: map[*Gang]bool{}}
	for _, g := range waiting {
		if pl, ok := s.place(g); ok {
			s.start(g, pl)
			continue
		}
		if p.Preempt {
			if pl, ok := s.preempt(g); ok {
				s.start(g, pl)
				continue
			}
		}
		s.wait(g)
	}
	s.trial.UndoTo(0)
	return s.out
}

// start decides that g starts.
func (s *pass) start(g *Gang, pl fleet.Placement) {
	s.trial.Allocate(pl, g.Request)
	s.out.Start = append(s.out.Start, Start{g, pl})
}

// wait decides what a gang that does not fit means for those behind it.
func (s *pass) wait(g *Gang) {
	if s.policy.Backfill == EASY {
		if s.out.Reserved == nil {
			s.reserve(g)
		}
		return
	}
	for _, pool := range g.Pools {
		s.closed[pool] = true
	}
}

// place finds room for a gang in the first of its pools that has any, or in
// the best of them.
func (s *pass) place(g *Gang) (fleet.Placement, bool) {
	if g.AnyPool {
		return s.placeAmong(g, g.Pools)
	}
	for i := range g.Pools {
		if pl, ok := s.placeAmong(g, g.Pools[i:i+1]); ok {
			return pl, true
		}
	}
	return fleet.Placement{}, false
}

// placeAmong finds room for a gang in the best of some pools.
func (s *pass) placeAmong(g *Gang, pools []int) (fleet.Placement, bool) {
	s.open = s.open[:0]
	for _, pool := range pools {
		if !s.closed[pool] && !s.failed[shape{g.Request, pool}] {
			s.open = append(s.open, pool)
		}
	}
	if len(s.open) > 0 {
		if pl, ok := s.placer.Place(s.open, g.Request); ok {
			return pl, true
		}
		for _, pool := range s.open {
			s.failed[shape{g.Request, pool}] = true
		}
	}
	for _, pool := range pools {
		if s.closed[pool] {
			continue
		}
		if pl, ok := s.placeBefore(g, pool); ok {
			return pl, true
		}
	}
	return fleet.Placement{}, false
}

// placeBefore finds room for a gang that will be gone by the time of the
// reservation, and may use what is held for it.
func (s *pass) placeBefore(g *Gang, pool int) (fleet.Placement, bool) {
	if len(s.hold) == 0 || g.Estimate == 0 || s.now+g.Estimate > s.out.ReservedFor {
		return fleet.Placement{}, false
	}
	for _, h := range s.hold {
		s.trial.Release(h.placement, h.request)
	}
	s.hold = s.hold[:0]
	pl, ok := s.placer.Place([]int{pool}, g.Request)
	if ok {
		// What it leaves free stays held: a gang that runs longer must not
		// have it. place's caller starts g, so take it before holding again.
		s.trial.Allocate(pl, g.Request)
		s.holdFree()
		s.trial.Release(pl, g.Request)
		return pl, true
	}
	s.holdFree()
	return fleet.Placement{}, false
}

// preempt finds preemptible gangs of lower priority whose going makes room for
// g: the lowest priority and the youngest first, and none that is not needed.
func (s *pass) preempt(g *Gang) (fleet.Placement, bool) {
	var victims []*Gang
	for _, r := range s.running {
		if r.Preemptible && r.Priority < g.Priority && !s.preempted[r] && slices.Contains(g.Pools, r.Placement.Pool) {
			victims = append(victims, r)
		}
	}
	slices.SortFunc(victims, func(a, b *Gang) int {
		switch {
		case a.Priority != b.Priority:
			return int(a.Priority) - int(b.Priority)
		case a.Started != b.Started:
			return cmpTime(b.Started, a.Started)
		}
		return int(b.ID - a.ID)
	})
	for _, pool := range g.Pools {
		if pl, ok := s.preemptIn(g, pool, victims); ok {
			return pl, true
		}
	}
	return fleet.Placement{}, false
}

func cmpTime(a, b event.Time) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// preemptIn tries one pool.
func (s *pass) preemptIn(g *Gang, pool int, victims []*Gang) (fleet.Placement, bool) {
	mark := s.trial.Mark()
	var chosen []*Gang
	fits := false
	for _, v := range victims {
		if v.Placement.Pool != pool {
			continue
		}
		s.trial.Release(v.Placement, v.Request)
		chosen = append(chosen, v)
		if _, fits = s.placer.Place([]int{pool}, g.Request); fits {
			break
		}
	}
	if !fits {
		s.trial.UndoTo(mark)
		return fleet.Placement{}, false
	}
	// Spare those that turn out not to be needed, the most important first.
	for i := len(chosen) - 1; i >= 0; i-- {
		v := chosen[i]
		before := s.trial.Mark()
		s.trial.Allocate(v.Placement, v.Request)
		if _, still := s.placer.Place([]int{pool}, g.Request); still {
			chosen = slices.Delete(chosen, i, i+1)
			continue
		}
		s.trial.UndoTo(before)
	}
	for _, v := range chosen {
		s.preempted[v] = true
	}
	s.out.Preempt = append(s.out.Preempt, chosen...)
	clear(s.failed) // room has been made
	return s.placer.Place([]int{pool}, g.Request)
}

// reserve finds the earliest time at which g fits if running gangs, and those
// that start in this pass, end as estimated, and holds what it will need.
func (s *pass) reserve(g *Gang) {
	var ends []*Gang
	for _, r := range s.running {
		if r.Estimate > 0 && !s.preempted[r] && slices.Contains(g.Pools, r.Placement.Pool) {
			ends = append(ends, r)
		}
	}
	for _, st := range s.out.Start {
		if st.Gang.Estimate > 0 && slices.Contains(g.Pools, st.Placement.Pool) {
			started := *st.Gang
			started.Started, started.Placement = s.now, st.Placement
			ends = append(ends, &started)
		}
	}
	slices.SortFunc(ends, func(a, b *Gang) int {
		if c := cmpTime(a.end(s.now), b.end(s.now)); c != 0 {
			return c
		}
		return int(a.ID - b.ID)
	})
	mark := s.trial.Mark()
	for i, r := range ends {
		s.trial.Release(r.Placement, r.Request)
		if i+1 < len(ends) && ends[i+1].end(s.now) == r.end(s.now) {
			continue // several end at once: look when all have
		}
		if pl, ok := s.placer.Place([]int{r.Placement.Pool}, g.Request); ok {
			s.trial.UndoTo(mark)
			s.out.Reserved, s.out.ReservedFor = g, r.end(s.now)
			s.reserved, s.out.ReservedFree = reservation{pl, g.Request}, map[int]int64{}
			s.holdFree()
			return
		}
	}
	s.trial.UndoTo(mark)
}

// holdFree allocates, in the trial, the part of the reservation's placement that
// is free now.
func (s *pass) holdFree() {
	clear(s.out.ReservedFree)
	for _, slot := range s.reserved.placement.Slots {
		for _, part := range s.fleet.FreeParts(s.reserved.placement.Pool, slot, s.reserved.request) {
			h := reservation{fleet.Placement{Pool: s.reserved.placement.Pool, Slots: []fleet.Slot{part.Slot}}, part.Request}
			s.trial.Allocate(h.placement, h.request)
			s.hold = append(s.hold, h)
			s.out.ReservedFree[h.placement.Pool] += part.Request.TotalMilli()
		}
	}
}
