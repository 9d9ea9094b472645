package scheduler

import (
	"fmt"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/sim/event"
)

// Order sorts the waiting gangs, and tells whom a waiting one may displace.
type Order interface {
	// Rank says how soon a gang's turn comes: the lower, the sooner; equals go in
	// order of submission. The rank of a waiting gang must not change while it
	// waits, unless the order is Shifting or ByTenant.
	Rank(now event.Time, g *Gang) int64
	String() string
}

// Shifting is an Order that re-ranks gangs while they wait.
type Shifting interface {
	Order
	// Shifts reports whether it does, set up as it is.
	Shifts() bool
}

// ByTenant is an Order that ranks tenants: all gangs of a tenant have the same
// rank, which changes with what the tenant gets, even within a pass.
type ByTenant interface {
	Order
	RankTenant(now event.Time, t *Tenant) int64
}

// Timed is an Order whose ranks change at foreseeable instants.
type Timed interface {
	Order
	// Next returns when the gang's rank changes next if nothing happens to it,
	// Forever if it does not.
	Next(now event.Time, g *Gang) event.Time
	// Begin says that a gang is about to start.
	Begin(now event.Time, g *Gang)
}

// Displacing is an Order by which a waiting gang may take the place of running
// ones of a higher rank (OrderPreemption).
type Displacing interface {
	Order
	Displaces()
}

// Options are what some queue orders are set up with.
type Options struct {
	// Queues are the services at which a gang moves to the next queue of LAS
	// (run time) and 2D-LAS (GPU time), increasing; nil = one hour.
	Queues []event.Time
	// Promote moves a gang to LAS's first queue when it has waited so many times
	// as long as it has run; 0 = never.
	Promote float64
	// HalfLife is how long it takes usage to count half in fair share; 0 = for
	// ever in full.
	HalfLife event.Time
}

// orders is the registry of queue orders, by their names in scenarios.
var orders = []struct {
	name string
	make func(Options) Order
}{
	{"fifo", func(Options) Order { return FIFO{} }},
	{"priority", func(Options) Order { return ByPriority{} }},
	{"sjf", func(Options) Order { return ShortestFirst{} }},
	{"srtf", func(Options) Order { return ShortestRemaining{} }},
	{"edf", func(Options) Order { return EarliestDeadline{} }},
	{"las", func(o Options) Order { return newLAS(o, false) }},
	{"2d-las", func(o Options) Order { return newLAS(o, true) }},
	{"fair-share", func(o Options) Order { return FairShare{o.HalfLife} }},
	{"drf", func(Options) Order { return DominantShare{} }},
}

// OrderNames returns the names ParseOrder knows.
func OrderNames() []string {
	var names []string
	for _, o := range orders {
		names = append(names, o.name)
	}
	return names
}

// ParseOrder returns the queue order of that name.
func ParseOrder(name string, options Options) (Order, error) {
	for _, o := range orders {
		if o.name == name {
			return o.make(options), nil
		}
	}
	return nil, fmt.Errorf("unknown queue order %q: want one of %s.%s", name, strings.Join(OrderNames(), ", "), suggest.Hint(name, OrderNames()))
}
