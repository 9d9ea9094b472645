package scheduler

import (
	"github.com/jevons-sim/jevons/sim/event"
)

// DominantShare serves the tenant first whose dominant share is least: the
// largest of the shares of GPUs, CPU and memory of the fleet that its running
// gangs hold, divided by its weight. A tenant's own gangs go in order of
// submission. (DRF: Ghodsi et al., NSDI 2011.)
type DominantShare struct{}

var _ ByTenant = DominantShare{}

// Rank implements Order.
func (d DominantShare) Rank(now event.Time, g *Gang) int64 { return d.RankTenant(now, g.Tenant) }

// RankTenant implements ByTenant: billionths of the fleet.
func (DominantShare) RankTenant(_ event.Time, t *Tenant) int64 {
	share := 0.0
	for r, have := range t.fleet {
		if have > 0 {
			share = max(share, float64(t.Holds[r])/float64(have))
		}
	}
	return int64(share / t.Weight * 1e9)
}

// String returns "least dominant share first".
func (DominantShare) String() string { return "least dominant share first" }
