package scheduler

import (
	"math/bits"

	"github.com/jevons-sim/jevons/sim/event"
)

// lineKey is what decides, apart from the estimate, whether a gang can start:
// what is true of one gang of a line is true of all.
type lineKey struct {
	shape    int32
	pools    int32
	anyPool  bool
	priority int32 // where it decides who may be preempted
	estimate int   // its magnitude: the number of bits
}

// line is the waiting gangs that are alike, in the queue's order.
type line struct {
	sorted
	key   lineKey
	index int // among those that are not empty
}

// lines sorts the queue into lines, so that a pass looks at one gang of each
// rather than at all.
type lines struct {
	byKey  map[lineKey]*line
	active []*line // not empty
	heap   []turn
}

// turn is the next gang of a line.
type turn struct {
	gang *Gang
	cursor
	line *line
}

// grouped reports whether passes go by lines: where ranks are fixed, and nobody
// ahead of a gang matters to it but by what room is left.
func (s *Scheduler) grouped() bool {
	p := &s.policy
	return s.byTenant == nil && !s.shifts && p.Backfill != Conservative && p.Preempt != OrderPreemption && p.Grace == 0 && len(p.Tenants) == 0
}

func (s *Scheduler) keyOf(g *Gang) lineKey {
	k := lineKey{shape: g.shape, pools: g.types, anyPool: g.AnyPool, estimate: bits.Len64(uint64(g.Estimate))}
	if s.policy.Preempt != NoPreemption {
		k.priority = g.Priority
	}
	return k
}

// join puts a waiting gang into its line.
func (s *Scheduler) join(g *Gang) {
	l := &s.lines
	k := s.keyOf(g)
	row := l.byKey[k]
	if row == nil {
		row = &line{sorted: sorted{compare: byRank}, key: k}
		l.byKey[k] = row
	}
	if row.n == 0 {
		row.index = len(l.active)
		l.active = append(l.active, row)
	}
	row.add(g)
	g.line = row
}

// quit takes it out again.
func (s *Scheduler) quit(g *Gang) {
	l, row := &s.lines, g.line
	row.remove(g)
	g.line = nil
	if row.n == 0 {
		last := len(l.active) - 1
		l.active[row.index] = l.active[last]
		l.active[row.index].index = row.index
		l.active = l.active[:last]
	}
}

// byLines tries the waiting gangs in the queue's order, but leaves out those of
// which an earlier one of their line has shown that they cannot start.
func (p *pass) byLines() {
	l := &p.lines
	l.enter(nil)
	for len(l.heap) > 0 {
		t := &l.heap[0]
		g, epoch, starts := t.gang, p.epoch, len(p.out.Start)
		p.try(g)
		if p.epoch != epoch { // room was made: what was found no longer holds
			l.enter(g)
			continue
		}
		t.next()
		if len(p.out.Start) == starts {
			p.skip(t, g)
		}
		if t.gang = t.at(); t.gang == nil {
			last := len(l.heap) - 1
			l.heap[0] = l.heap[last]
			l.heap = l.heap[:last]
		}
		if len(l.heap) > 0 {
			l.sink(0)
		}
	}
}

// enter puts the first gang of each line into the heap, or the first one behind
// some gang.
func (l *lines) enter(g *Gang) {
	l.heap = l.heap[:0]
	for _, row := range l.active {
		c := cursor{list: &row.sorted}
		if g != nil {
			c = row.behind(g)
		}
		if first := c.at(); first != nil {
			l.heap = append(l.heap, turn{first, c, row})
		}
	}
	for i := len(l.heap)/2 - 1; i >= 0; i-- {
		l.sink(i)
	}
}

// skip moves a turn past those that cannot start, as g of the same line could
// not.
func (p *pass) skip(t *turn, g *Gang) {
	e := &p.easy
	window := e.at - p.now
	if e.gang == nil || len(e.hold) == 0 || (g != e.gang && p.endsBefore(g)) || least(t.line.key.estimate) > window {
		t.piece, t.item = len(t.list.pieces), 0
		return
	}
	// Only those that end before the reservation may use what is held for it.
	for w := t.at(); w != nil && (w.Estimate == 0 || w.Estimate > window); w = t.at() {
		t.next()
	}
}

// least returns the shortest estimate with so many bits.
func least(bits int) event.Time {
	if bits == 0 {
		return event.Forever // none
	}
	return 1 << (bits - 1)
}

// sink restores the order of the heap from one place down.
func (l *lines) sink(i int) {
	h := l.heap
	for {
		k := 2*i + 1
		if k >= len(h) {
			return
		}
		if k+1 < len(h) && byRank(h[k+1].gang, h[k].gang) < 0 {
			k++
		}
		if byRank(h[i].gang, h[k].gang) < 0 {
			return
		}
		h[i], h[k] = h[k], h[i]
		i = k
	}
}
