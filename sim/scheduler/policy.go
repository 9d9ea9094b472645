package scheduler

import (
	"fmt"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/sim/placement"
)

// Policy is a complete set of scheduling rules.
type Policy struct {
	Order    Order
	Backfill Backfill
	// Preempt lets a gang that does not fit take the place of running
	// preemptible gangs of lower priority.
	Preempt bool
	// Placement chooses nodes and GPUs; nil = best fit.
	Placement placement.Policy
}

// Backfill says what gangs behind a waiting one may do.
type Backfill uint8

// The backfill rules.
const (
	NoBackfill Backfill = iota
	EASY
)

// String returns the rule's name in scenarios.
func (b Backfill) String() string { return backfills[b] }

var backfills = []string{"none", "easy"}

// orders is the registry of queue orders, by their names in scenarios.
var orders = []struct {
	name  string
	order Order
}{
	{"fifo", FIFO{}},
	{"priority", ByPriority{}},
	{"sjf", ShortestFirst{}},
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
func ParseOrder(name string) (Order, error) {
	for _, o := range orders {
		if o.name == name {
			return o.order, nil
		}
	}
	return nil, fmt.Errorf("unknown queue order %q: want fifo, priority or sjf.%s", name, suggest.Hint(name, OrderNames()))
}

// ParseBackfill returns the backfill rule of that name.
func ParseBackfill(name string) (Backfill, error) {
	for i, n := range backfills {
		if n == name {
			return Backfill(i), nil
		}
	}
	return 0, fmt.Errorf("unknown backfill rule %q: want none or easy.%s", name, suggest.Hint(name, backfills))
}
