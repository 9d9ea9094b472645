package cluster

import "github.com/jevons-sim/jevons/sim/event"

// Watcher hears of gangs that get their GPUs.
type Watcher interface {
	// Seated is called before the owner hears of it. It must not change gangs.
	Seated(now event.Time, g *Gang)
}

// slowness is which nodes of a pool are slower than they should be.
type slowness struct {
	watcher Watcher
	by      []float64 // by node; nil = none ever was
}

// Watch makes a watcher hear of the gangs of a pool.
func (c *Cluster) Watch(pool int, w Watcher) { c.slow[pool].watcher = w }

// SetSlow makes work that needs a node take (1 + by) times as long, for gangs
// that are placed on it from now on.
func (c *Cluster) SetSlow(pool, node int, by float64) {
	s := &c.slow[pool]
	if s.by == nil {
		s.by = make([]float64, c.fleet.Pools[pool].Nodes())
	}
	s.by[node] = by
}

// Slow returns by how much the slowest node of a running gang is too slow; the
// others wait for it.
func (c *Cluster) Slow(g *Gang) float64 {
	most := 0.0
	if by := c.slow[g.Pool()].by; by != nil {
		for _, s := range g.sched.Placement.Slots {
			most = max(most, by[s.Node])
		}
	}
	return most
}
