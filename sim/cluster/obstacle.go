package cluster

import (
	"cmp"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

// Cause is what keeps a waiting gang from starting.
type Cause uint8

// The causes, the first that holds.
const (
	NoCause       Cause = iota
	ByQuota             // its tenant's quota is used up
	ByOrder             // there is room, but gangs ahead in the queue come first
	ByReservation       // there is room, but what is reserved ahead needs it
	ByGPUType           // there is room, but only in pools that it does not accept
	ByTopology          // there is room, but not in one unit of the tier that it keeps to
	ByHost              // GPUs are free, but not the CPU cores or memory beside them
	ByFragments         // enough GPUs are free, but not together on nodes
	ByOutage            // too few are free, and those out of service are missing
	ByCapacity          // too few GPUs are free
)

var causeNames = [...]string{"", "quota", "queue order", "reservation ahead", "GPU type", "topology", "CPU or memory", "fragmentation", "outage", "capacity"}

// String returns the cause's name in results.
func (c Cause) String() string { return causeNames[c] }

// Obstacle is what keeps a waiting gang from starting, as the fleet stands.
type Obstacle struct {
	Cause Cause
	Ahead *Gang      // ByOrder, ByReservation: who comes first; nil = nobody in particular
	Until event.Time // ByReservation: when that is to start; 0 = nobody knows
	Pool  int        // ByGPUType: the pool with room
	Quota []scheduler.Shortage
	// In the pools that the gang accepts, in milli-GPUs: what it needs in all,
	// and what is free or out of service.
	Needed, Free, Out int64
	// Fits is how many of its workers there is room for in the best pool, or in
	// the best unit of the tier that it keeps to.
	Fits int
}

// Starts returns how often the gang has got its GPUs.
func (g *Gang) Starts() int { return g.starts }

// Holds reports whether the gang has GPUs.
func (g *Gang) Holds() bool { return g.State == Running || g.State == Hung || g.State == Saving }

// QueuedSince returns since when the gang waits, or waited last.
func (g *Gang) QueuedSince() event.Time { return g.queued }

// Find returns the first gang, in order of submission, that is known to the
// cluster and that f accepts; nil if there is none.
func (c *Cluster) Find(f func(g *Gang) bool) *Gang {
	var found *Gang
	for _, g := range c.byID {
		if (found == nil || g.ID() < found.ID()) && f(g) {
			found = g
		}
	}
	return found
}

// Obstacle says what keeps a waiting gang from starting, after a scheduling pass.
// It never draws from the stream of random placement: a run that is asked stays
// the same run.
func (c *Cluster) Obstacle(now event.Time, g *Gang) Obstacle {
	o := Obstacle{Needed: g.Milli(), Quota: c.sched.Shortages(&g.sched)}
	bare := g.sched.Request
	bare.CPUMilli, bare.MemoryMiB = 0, 0
	apart := g.sched.Request
	apart.Within = fleet.Anywhere
	fits, bareFits, apartFits := 0, 0, 0
	for _, p := range g.sched.Pools {
		o.Free += c.fleet.Pools[p].FreeMilli()
		o.Out += c.out[p]
		fits = max(fits, c.fleet.Pools[p].Room(g.sched.Request))
		bareFits = max(bareFits, c.fleet.Pools[p].Room(bare))
		apartFits = max(apartFits, c.fleet.Pools[p].Room(apart))
	}
	o.Fits = fits
	workers := g.sched.Request.Workers
	if o.Quota != nil {
		o.Cause = ByQuota
		return o
	}
	if fits >= workers {
		return c.ahead(now, g, o)
	}
	for i, p := range c.fleet.Pools {
		if !slices.Contains(g.sched.Pools, i) && p.Room(g.sched.Request) >= workers {
			o.Cause, o.Pool = ByGPUType, i
			return o
		}
	}
	switch {
	case apartFits >= workers:
		o.Cause = ByTopology
	case bareFits >= workers:
		o.Cause = ByHost
	case o.Free >= o.Needed:
		o.Cause = ByFragments
	case o.Free+o.Out >= o.Needed:
		o.Cause = ByOutage
	default:
		o.Cause = ByCapacity
	}
	return o
}

// ahead says whose turn it is before a gang that there is room for.
func (c *Cluster) ahead(now event.Time, g *Gang, o Obstacle) Obstacle {
	o.Cause = ByOrder
	w := c.sched.RuledOut(now, &g.sched)
	switch w.Reason {
	case scheduler.OverQuota:
		o.Cause = ByQuota
	case scheduler.Reserved:
		o.Cause = ByReservation
		if w.Ahead == c.decided.Reserved {
			o.Until = c.decided.ReservedFor
		} else if at, ok := c.sched.Planned(w.Ahead); ok {
			o.Until = at
		}
	}
	if w.Ahead != nil {
		o.Ahead = c.byID[w.Ahead.ID]
	}
	return o
}

// Holder is a gang that holds what another one needs.
type Holder struct {
	Gang  *Gang
	Milli int64
	Ends  event.Time // as its estimate says; Forever = nobody knows
}

// Holders returns who holds GPUs of the pools that a gang accepts, or of the
// quota that it lacks, the largest first; at most n of them.
func (c *Cluster) Holders(g *Gang, o *Obstacle, n int) []Holder {
	var out []Holder
	for _, h := range c.byID {
		if !h.Holds() || h.Milli() == 0 || h.account == ledger.Absent || !slices.Contains(g.sched.Pools, h.Pool()) {
			continue
		}
		if o.Cause == ByQuota && !c.sched.ShareQuota(&g.sched, &h.sched, h.Pool()) {
			continue
		}
		ends := event.Forever
		if h.Spec.Estimate > 0 {
			ends = h.LastStart + h.Spec.Estimate
		}
		out = append(out, Holder{h, h.Milli(), ends})
	}
	slices.SortFunc(out, func(a, b Holder) int {
		return cmp.Or(cmp.Compare(b.Milli, a.Milli), cmp.Compare(a.Gang.ID(), b.Gang.ID()))
	})
	return out[:min(n, len(out))]
}
