package failure

import "github.com/jevons-sim/jevons/sim/event"

var _ event.Handler = (*Process)(nil)

// Event kinds of a process; the argument is the drain.
const (
	drainStarts event.Kind = iota
	drainEnds
)

// Handle implements event.Handler: a drain starts or ends.
func (p *Process) Handle(e *event.Engine, ev event.Event) {
	d := &p.config.Drains[ev.Arg]
	x := extent{lo: d.First, hi: d.First + d.Nodes, host: true}
	if ev.Kind == drainEnds {
		p.tell(ev.Time, "returned", "drain", x, 0)
		p.letGo(ev.Time, x)
		return
	}
	p.stats.Drained += int64(d.Nodes)
	gangs := p.cluster.On(p.config.Pool, x.lo, x.hi, 0, true)
	p.tell(ev.Time, "drained", "drain", x, len(gangs))
	for _, g := range gangs {
		p.cluster.Evict(ev.Time, g)
		p.stats.Evictions++
	}
	p.hold(ev.Time, x)
	p.replace(ev.Time)
	e.At(ev.Time+d.Duration, event.ClassFault, p, drainEnds, ev.Arg)
	if next := ev.Time + d.Every; d.Every > 0 && next <= p.config.Until {
		e.At(next, event.ClassFault, p, drainStarts, ev.Arg)
	}
}
