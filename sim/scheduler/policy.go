package scheduler

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/placement"
)

// Policy is a complete set of scheduling rules.
type Policy struct {
	Order    Order
	Backfill Backfill
	// Preempt says which running preemptible gangs make way for a waiting one
	// that does not fit.
	Preempt Preemption
	// Placement chooses nodes and GPUs; nil = best fit.
	Placement placement.Policy
	// Unconstrained placement takes no notice of the network (see
	// placement.Placer).
	Unconstrained bool
	// Grace is how long a gang that is preempted keeps its GPUs, to save its
	// state.
	Grace event.Time
	// PreemptExempt is how long a gang runs before it may be preempted (Slurm's
	// PreemptExemptTime).
	PreemptExempt event.Time
	// HalfLife is that of usage in fair share; 0 = nothing is forgotten.
	HalfLife event.Time
	Tenants  []TenantSpec
	Cohorts  []CohortSpec
}

// Backfill says what gangs behind a waiting one may do.
type Backfill uint8

// The backfill rules.
const (
	NoBackfill Backfill = iota
	EASY
	Conservative
)

var backfills = []string{"none", "easy", "conservative"}

// String returns the rule's name in scenarios.
func (b Backfill) String() string { return backfills[b] }

// BackfillNames returns the names ParseBackfill knows.
func BackfillNames() []string { return slices.Clone(backfills) }

// ParseBackfill returns the backfill rule of that name.
func ParseBackfill(name string) (Backfill, error) {
	if i := slices.Index(backfills, name); i >= 0 {
		return Backfill(i), nil
	}
	return 0, fmt.Errorf("unknown backfill rule %q: want one of %s.%s", name, strings.Join(backfills, ", "), suggest.Hint(name, backfills))
}

// Preemption says who may take the place of whom.
type Preemption uint8

// The preemption rules.
const (
	NoPreemption       Preemption = iota
	PriorityPreemption            // of lower priority
	OrderPreemption               // of a higher rank in a queue order that displaces
)

var preemptions = []string{"none", "priority", "order"}

// String returns the rule's name in scenarios.
func (p Preemption) String() string { return preemptions[p] }

// ParsePreemption returns the preemption rule of that name.
func ParsePreemption(name string) (Preemption, error) {
	if i := slices.Index(preemptions, name); i >= 0 {
		return Preemption(i), nil
	}
	return 0, fmt.Errorf("unknown preemption rule %q: want one of %s.%s", name, strings.Join(preemptions, ", "), suggest.Hint(name, preemptions))
}

// reclaims are the rules of reclaim by their names in scenarios.
var reclaims = []string{"never", "lower-priority", "any"}

// ParseReclaim returns the rule of reclaim of that name.
func ParseReclaim(name string) (Reclaim, error) {
	if i := slices.Index(reclaims, name); i >= 0 {
		return Reclaim(i), nil
	}
	return 0, fmt.Errorf("unknown rule of reclaim %q: want one of %s.%s", name, strings.Join(reclaims, ", "), suggest.Hint(name, reclaims))
}

// Check says what of a policy does not go together.
func (p *Policy) Check() error {
	if _, ok := p.Order.(Displacing); p.Preempt == OrderPreemption && !ok {
		return fmt.Errorf("preemption by the queue's order needs an order by which gangs displace each other (srtf, las, 2d-las, priority, edf), this is %q", p.Order)
	}
	parents := map[string]string{}
	for _, c := range p.Cohorts {
		parents[c.Name] = c.Parent
	}
	for _, c := range p.Cohorts {
		at := c.Parent
		for range p.Cohorts {
			at = parents[at]
		}
		if at != "" {
			return fmt.Errorf("cohort %s is among its own parents, or among theirs", c.Name)
		}
	}
	return nil
}
