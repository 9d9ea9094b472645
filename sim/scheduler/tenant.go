package scheduler

import (
	"cmp"
	"math"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// Resource is one of what gangs hold and quotas limit.
type Resource uint8

// The resources and their units.
const (
	GPUs   Resource = iota // thousandths
	CPU                    // thousandths of cores
	Memory                 // MiB
	NumResources
)

var resourceNames = [NumResources]string{"GPUs", "CPU", "memory"}

// String returns the resource's name.
func (r Resource) String() string { return resourceNames[r] }

// Amounts is so much of every resource.
type Amounts [NumResources]int64

// Unlimited is an amount that nothing exceeds.
const Unlimited = math.MaxInt64 / 4

// amounts returns what a whole gang holds.
func amounts(r fleet.Request) Amounts {
	n := int64(r.Workers)
	return Amounts{r.TotalMilli(), n * r.CPUMilli, n * r.MemoryMiB}
}

func (a *Amounts) add(b Amounts, sign int64) {
	for r := range a {
		a[r] += sign * b[r]
	}
}

// Tenant is on whose behalf gangs run.
type Tenant struct {
	Name   string
	Weight float64 // in fair share and DRF
	Holds  Amounts // of its running gangs now

	number  int     // in order of appearance
	used    float64 // GPU-seconds, decayed, up to since
	since   event.Time
	fleet   Amounts
	quotas  []*quota // by pool; nil = no quota there
	reclaim Reclaim
	queue   []*Gang // its waiting gangs in order of submission, for ByTenant
	next    int     // of queue, within a pass
	barred  uint64  // the last pass in which one of its gangs waited for quota
}

// charge notes that the tenant's gangs hold more or less from now on.
func (t *Tenant) charge(now event.Time, halfLife event.Time, a Amounts, sign int64) {
	t.settle(now, halfLife)
	t.Holds.add(a, sign)
}

// settle brings the tenant's use up to now.
func (t *Tenant) settle(now event.Time, halfLife event.Time) {
	if t.since < now {
		t.used, t.since = FairShare{halfLife}.used(now, t), now
	}
}

// byRank compares gangs by rank, then in order of submission.
func byRank(a, b *Gang) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.ID, b.ID)) }
