package scheduler

import "github.com/jevons-sim/jevons/sim/event"

// stop takes a running gang off the lists.
func (s *Scheduler) stop(now event.Time, g *Gang) {
	g.served += now - g.Started
	g.stopped = now + 1
	s.running = unlist(s.running, g)
	if g.ends != event.Forever {
		s.unexpect(g)
	}
}

func unlist(list []*Gang, g *Gang) []*Gang {
	last := len(list) - 1
	list[g.index] = list[last]
	list[g.index].index = g.index
	list[last] = nil
	return list[:last]
}

func byEnd(a, b *Gang) int {
	switch {
	case a.ends < b.ends:
		return -1
	case a.ends > b.ends:
		return 1
	}
	return int(a.ID - b.ID)
}

func (s *Scheduler) expect(g *Gang, at event.Time) {
	g.ends = at
	s.ends.add(g)
}

func (s *Scheduler) unexpect(g *Gang) {
	s.ends.remove(g)
	g.ends = event.Forever
}
