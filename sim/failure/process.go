package failure

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// Process is what befalls one pool of a cluster.
type Process struct {
	engine  *event.Engine
	cluster *cluster.Cluster
	pool    *fleet.Pool
	config  Config
	nodes   []node
	serving int     // nodes in service
	owner   []int32 // by GPU of the pool: its node; nil unless GPUs fail
	stats   Stats
	heard   Observer // nil = nobody
}

// node is what keeps a node out of service.
type node struct {
	gpus  int   // it has
	first int   // its first GPU's number in the pool
	holds int32 // failures and drains of the whole node
	dead  uint64
	spare bool
}

func (n *node) serves() bool { return n.holds == 0 && !n.spare }

// Stats counts what has happened.
type Stats struct {
	Failures      [NumKinds]int64
	Interruptions int64 // gangs stopped by failures
	Evictions     int64 // gangs preempted by drains, or off slow nodes
	Stragglers    int64 // slow nodes found
	Drained       int64 // nodes drained
	Replacements  int64 // spares that joined
}

// New lets a pool of the cluster break from time zero on, under a seed.
func New(e *event.Engine, c *cluster.Cluster, seed uint64, config Config) (*Process, error) {
	p := &Process{engine: e, cluster: c, pool: c.Fleet().Pools[config.Pool], config: config}
	spec := &p.pool.Spec
	if err := config.validate(p.pool.Nodes(), spec.NodesPerRack); err != nil {
		return nil, fmt.Errorf("failures of pool %s: %w", spec.Name, err)
	}
	first := 0
	for _, s := range spec.Nodes {
		for range s.Count {
			p.nodes = append(p.nodes, node{gpus: s.GPUs, first: first})
			first += s.GPUs
		}
	}
	if config.Laws[GPU].MTBF > 0 {
		for i := range p.nodes {
			for range p.nodes[i].gpus {
				p.owner = append(p.owner, int32(i))
			}
		}
	}
	p.serving = len(p.nodes)
	p.pool.HoldBack(config.Spares)
	for i := len(p.nodes) - config.Spares; i < len(p.nodes); i++ {
		p.change(0, i, func(n *node) { n.spare = true })
	}
	for k, law := range config.Laws {
		if law.MTBF > 0 {
			newSource(p, Kind(k), seed, spec.Name, p.components(Kind(k)))
		}
	}
	if config.Stragglers.Share > 0 {
		newStragglers(p, seed, spec.Name)
	}
	for i, d := range config.Drains {
		if d.At <= config.Until {
			e.At(d.At, event.ClassFault, p, drainStarts, int64(i))
		}
	}
	return p, nil
}

// Stats returns what has happened so far.
func (p *Process) Stats() Stats { return p.stats }

// Observer hears of what breaks and is mended, in its field's words: an event
// (fails, detected, repaired, drained, returned) of a component (gpu, node,
// rack, software, straggler, drain) that takes nodes first … last along and
// stops or preempts so many gangs.
type Observer interface {
	Incident(now event.Time, what, component string, pool, first, last, gangs int)
}

// Observe makes an observer hear of everything from now on.
func (p *Process) Observe(o Observer) { p.heard = o }

func (p *Process) tell(now event.Time, what, component string, x extent, gangs int) {
	if p.heard != nil {
		p.heard.Incident(now, what, component, p.config.Pool, x.lo, x.hi-1, gangs)
	}
}

// components returns how many components of a kind the pool has.
func (p *Process) components(k Kind) int {
	switch k {
	case GPU:
		return p.pool.GPUs()
	case Rack:
		per := p.pool.Spec.NodesPerRack
		return (len(p.nodes) + per - 1) / per
	}
	return len(p.nodes)
}

// extent is what fails together: nodes lo … hi−1, all of them or some GPUs.
type extent struct {
	lo, hi int
	gpus   uint64
	host   bool
}

// extent returns what a component takes along.
func (p *Process) extent(k Kind, i int64) extent {
	switch k {
	case GPU:
		n := int(p.owner[i])
		if p.config.Laws[GPU].NodeWide {
			return extent{lo: n, hi: n + 1, host: true}
		}
		return extent{lo: n, hi: n + 1, gpus: 1 << (int(i) - p.nodes[n].first)}
	case Rack:
		per := p.pool.Spec.NodesPerRack
		return extent{lo: int(i) * per, hi: min((int(i)+1)*per, len(p.nodes)), host: true}
	}
	return extent{lo: int(i), hi: int(i) + 1, host: true}
}

// hold takes an extent out of service.
func (p *Process) hold(now event.Time, x extent) {
	for i := x.lo; i < x.hi; i++ {
		p.change(now, i, func(n *node) {
			if x.host {
				n.holds++
			}
			n.dead |= x.gpus
		})
	}
}

// letGo ends what hold began. A node that is whole again, but no longer needed,
// becomes a spare.
func (p *Process) letGo(now event.Time, x extent) {
	for i := x.lo; i < x.hi; i++ {
		p.change(now, i, func(n *node) {
			if x.host {
				n.holds--
			}
			n.dead &^= x.gpus
			if n.holds == 0 && p.serving >= p.target() {
				n.spare = n.spare || x.host
			}
		})
	}
	p.replace(now)
}

// target is the number of nodes meant to be in service.
func (p *Process) target() int { return len(p.nodes) - p.config.Spares }

// replace lets spares that work join while fewer nodes than meant serve.
func (p *Process) replace(now event.Time) {
	for i := 0; p.config.Spares > 0 && i < len(p.nodes); i++ {
		if p.serving >= p.target() {
			return
		}
		if n := &p.nodes[i]; n.spare && n.holds == 0 {
			p.change(now, i, func(n *node) { n.spare = false })
			p.stats.Replacements++
		}
	}
}

// change changes what keeps a node out of service, and tells the cluster.
func (p *Process) change(now event.Time, i int, f func(*node)) {
	n := &p.nodes[i]
	before := n.serves()
	f(n)
	switch after := n.serves(); {
	case before && !after:
		p.serving--
	case after && !before:
		p.serving++
	}
	out := cluster.Outage{GPUs: n.dead, Account: ledger.Down}
	if !n.serves() {
		out.GPUs, out.Host = 1<<n.gpus-1, true
		if n.holds == 0 {
			out.Account = ledger.IdleReserved
		}
	}
	p.cluster.SetOutage(now, p.config.Pool, i, out)
}
