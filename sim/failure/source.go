package failure

import (
	"github.com/jevons-sim/jevons/internal/variate"
	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
)

// source is the components of one kind in a pool.
type source struct {
	process *Process
	kind    Kind
	law     Law
	scale   float64
	// By component: what is left of its three sequences.
	life, detection, repair []event.Rand
	// hung is the gangs that components have stopped and nobody has noticed.
	hung map[int64][]*cluster.Gang
}

var _ event.Handler = (*source)(nil)

// Event kinds of a source; the argument is the component.
const (
	fails event.Kind = iota
	isNoticed
	isMended
)

func newSource(p *Process, k Kind, seed uint64, name string, components int) *source {
	s := &source{process: p, kind: k, law: p.config.Laws[k], hung: map[int64][]*cluster.Gang{}}
	s.scale = s.law.scale()
	s.life = sequences(seed, name, k.String(), "life", components)
	s.detection = sequences(seed, name, k.String(), "detection", components)
	s.repair = sequences(seed, name, k.String(), "repair", components)
	for i := range components {
		s.live(0, int64(i))
	}
	return s
}

// sequences returns the random sequences of a pool's components for one
// purpose.
func sequences(seed uint64, pool, kind, what string, components int) []event.Rand {
	stream := event.NewStream(seed, "failures/"+pool+"/"+kind+"/"+what)
	all := make([]event.Rand, components)
	for i := range all {
		all[i] = stream.Entity(uint64(i))
	}
	return all
}

// live starts the life of component i.
func (s *source) live(now event.Time, i int64) {
	span := event.FromSeconds(variate.Weibull(&s.life[i], s.law.shape(), s.scale))
	s.after(now, span, fails, i)
}

// after plans an event of component i, unless it comes after the horizon.
func (s *source) after(now, span event.Time, kind event.Kind, i int64) {
	if span <= s.process.config.Until-now {
		s.process.engine.At(now+span, event.ClassFault, s, kind, i)
	}
}

// draw returns a span of a distribution, nil being at once.
func draw(d Span, r *event.Rand) event.Time {
	if d == nil {
		return 0
	}
	return max(0, event.FromSeconds(d.Sample(r)))
}

// Handle implements event.Handler.
func (s *source) Handle(_ *event.Engine, ev event.Event) {
	now, i, p := ev.Time, ev.Arg, s.process
	switch ev.Kind {
	case fails:
		p.stats.Failures[s.kind]++
		part := p.extent(s.kind, i)
		gangs := p.cluster.On(p.config.Pool, part.lo, part.hi, part.gpus, part.host)
		p.tell(now, "fails", s.kind.String(), part, len(gangs))
		if len(gangs) > 0 {
			s.hung[i] = gangs
			p.stats.Interruptions += int64(len(gangs))
			for _, g := range gangs {
				p.cluster.Fail(now, g)
			}
		}
		p.hold(now, part)
		s.after(now, draw(s.law.Detection, &s.detection[i]), isNoticed, i)
	case isNoticed:
		p.tell(now, "detected", s.kind.String(), p.extent(s.kind, i), len(s.hung[i]))
		for _, g := range s.hung[i] {
			p.cluster.Detect(now, g)
		}
		delete(s.hung, i)
		if repair := draw(s.law.Repair, &s.repair[i]); repair > 0 {
			p.replace(now)
			s.after(now, repair, isMended, i)
			return
		}
		s.mended(now, i)
	case isMended:
		s.mended(now, i)
	}
}

func (s *source) mended(now event.Time, i int64) {
	part := s.process.extent(s.kind, i)
	s.process.tell(now, "repaired", s.kind.String(), part, 0)
	s.process.letGo(now, part)
	s.live(now, i)
}
