package scheduler

import (
	"math"

	"github.com/jevons-sim/jevons/internal/fmath"
	"github.com/jevons-sim/jevons/sim/event"
)

// FairShare serves the tenant first that has used the least GPU time for its
// weight, where use counts half after every half-life; a tenant's own gangs go
// in order of submission. The rank is usage ÷ weight, which sorts tenants as
// Slurm's fair-share factor 2^(−usage ÷ shares) does (multifactor plugin; the
// idea is that of Kay and Lauder, "A fair share scheduler", CACM 1988).
type FairShare struct {
	HalfLife event.Time // 0 = nothing is forgotten
}

var _ ByTenant = FairShare{}

// Rank implements Order.
func (f FairShare) Rank(now event.Time, g *Gang) int64 { return f.RankTenant(now, g.Tenant) }

// RankTenant implements ByTenant: GPU-milliseconds per unit of weight.
func (f FairShare) RankTenant(now event.Time, t *Tenant) int64 {
	return int64(min(f.used(now, t)/t.Weight*1000, math.MaxInt64/2))
}

// used returns the decayed use of a tenant in GPU-seconds. Use at a constant
// rate a from t₀ on comes to a·h/ln 2·(1 − 2^(−(t−t₀)/h)).
func (f FairShare) used(now event.Time, t *Tenant) float64 {
	gpus, span := float64(t.Holds[GPUs])/1000, (now - t.since).Seconds()
	if f.HalfLife == 0 {
		return t.used + float64(gpus*span)
	}
	life := f.HalfLife.Seconds() / math.Ln2
	left := fmath.Exp(-span / life)
	return float64(t.used*left) + float64(gpus*life*(1-left))
}

// String returns "least used of its share first".
func (FairShare) String() string { return "least used of its share first" }
