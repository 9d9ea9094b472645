package failure

import (
	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// Stragglers are nodes that work, but slower than the others. A node is one
// or not from its repair on.
type Stragglers struct {
	Share     float64 // of nodes; 0 = none
	Slowdown  float64 // 0.1 = takes 10 % longer
	Stay      bool    // nobody looks for them
	Detection Span    // from the start of a training gang on it, at least a second; nil = that
	Repair    Span    // nil = at once
}

// stragglers follows the slow nodes of a pool.
type stragglers struct {
	process *Process
	law     Stragglers
	// By node: what is left of its sequences, and whether it is slow or found.
	fate, detection, repair []event.Rand
	slow, found             []bool
}

var (
	_ event.Handler   = (*stragglers)(nil)
	_ cluster.Watcher = (*stragglers)(nil)
)

func newStragglers(p *Process, seed uint64, pool string) {
	n := len(p.nodes)
	s := &stragglers{process: p, law: p.config.Stragglers, slow: make([]bool, n), found: make([]bool, n)}
	s.fate = sequences(seed, pool, "straggler", "fate", n)
	s.detection = sequences(seed, pool, "straggler", "detection", n)
	s.repair = sequences(seed, pool, "straggler", "repair", n)
	for i := range n {
		s.renew(i)
	}
	p.cluster.Watch(p.config.Pool, s)
}

// renew draws whether a node is slow.
func (s *stragglers) renew(i int) {
	s.slow[i], s.found[i] = s.fate[i].Float64() <= s.law.Share, false
	by := 0.0
	if s.slow[i] {
		by = s.law.Slowdown
	}
	s.process.cluster.SetSlow(s.process.config.Pool, i, by)
}

// Seated implements cluster.Watcher: a training gang on slow nodes will find
// them.
func (s *stragglers) Seated(now event.Time, g *cluster.Gang) {
	if g.Spec.Class != ledger.Training || s.law.Stay {
		return
	}
	for _, slot := range g.Placement().Slots {
		if i := slot.Node; s.slow[i] && !s.found[i] {
			s.found[i] = true
			s.after(now, max(draw(s.law.Detection, &s.detection[i]), event.Second), isNoticed, i)
		}
	}
}

func (s *stragglers) after(now, span event.Time, kind event.Kind, i int) {
	if span <= s.process.config.Until-now {
		s.process.engine.At(now+span, event.ClassFault, s, kind, int64(i))
	}
}

// Handle implements event.Handler: a slow node is found, or mended.
func (s *stragglers) Handle(_ *event.Engine, ev event.Event) {
	now, i, p := ev.Time, int(ev.Arg), s.process
	x := extent{lo: i, hi: i + 1, host: true}
	if ev.Kind == isMended {
		s.renew(i)
		p.tell(now, "repaired", "straggler", x, 0)
		p.letGo(now, x)
		return
	}
	p.stats.Stragglers++
	gangs := p.cluster.On(p.config.Pool, x.lo, x.hi, 0, true)
	p.tell(now, "detected", "straggler", x, len(gangs))
	for _, g := range gangs {
		p.cluster.Evict(now, g)
		p.stats.Evictions++
	}
	p.hold(now, x)
	p.replace(now)
	s.after(now, draw(s.law.Repair, &s.repair[i]), isMended, i)
}
