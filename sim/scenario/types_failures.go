package scenario

import (
	"fmt"

	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
)

// Failures is what breaks in a pool, how it is mended, and what is planned.
// Components that are not written never fail.
type Failures struct {
	// GPU is each GPU.
	GPU *GPUFailures `yaml:"gpu,omitempty"`
	// Node is each node, apart from its GPUs: host, NIC, power supply.
	Node *ComponentFailures `yaml:"node,omitempty"`
	// Rack is each rack's switch or power feed, which takes all of its nodes
	// along. Needs nodes_per_rack.
	Rack *ComponentFailures `yaml:"rack,omitempty"`
	// Software is the processes on each node: nothing is left to repair.
	Software *SoftwareFailures `yaml:"software,omitempty"`
	// Stragglers are nodes that are slow, which only training shows.
	Stragglers *Stragglers `yaml:"stragglers,omitempty"`
	// Spares is the nodes held back to replace failed ones.
	Spares int `yaml:"spares,omitempty" jsonschema:"minimum=0"`
	// Drains are planned outages.
	Drains []Drain `yaml:"drains,omitempty"`
}

// FailureLaw is how often a component fails, and when somebody notices.
type FailureLaw struct {
	// MTBF is the mean time to failure of one component.
	MTBF event.Time `yaml:"mtbf" jsonschema:"required"`
	// Shape of the Weibull distribution of times to failure: 1 is exponential,
	// less fails in bursts, more wears out.
	Shape float64 `yaml:"shape" jsonschema:"default=1,minimum=0.1,maximum=20"`
	// Detection is the time from a failure until work on it is known to have
	// stopped; none = 10m, a common timeout of collectives.
	Detection *Durations `yaml:"detection,omitempty"`
}

// ComponentFailures is how a component fails and is mended.
type ComponentFailures struct {
	FailureLaw `yaml:",inline"`
	// Repair is the time from detection until the component works again.
	Repair *Durations `yaml:"repair" jsonschema:"required"`
}

// GPUFailures is how GPUs fail and are mended.
type GPUFailures struct {
	ComponentFailures `yaml:",inline"`
	// Takes is what goes out of service: the whole node, or the GPU alone.
	Takes string `yaml:"takes" jsonschema:"default=node,enum=node,enum=gpu"`
}

// SoftwareFailures is how processes fail; they can start again once that is
// noticed.
type SoftwareFailures struct {
	FailureLaw `yaml:",inline"`
}

// Stragglers are nodes that are slow from their start or repair on. A training
// job takes the pace of its slowest node until that is found and repaired.
type Stragglers struct {
	// Share of nodes.
	Share units.Fraction `yaml:"share" jsonschema:"required"`
	// Slowdown of a step: 10% takes 1.1 times as long.
	Slowdown units.Fraction `yaml:"slowdown" jsonschema:"required"`
	// Detection is the time from the start of a job on the node until the job is
	// preempted off it; none = never.
	Detection *Durations `yaml:"detection,omitempty"`
	// Repair is the time until the node is back, slow or not by the same share.
	Repair *Durations `yaml:"repair,omitempty"`
}

// Drain takes nodes out of service for maintenance; gangs on them are
// preempted.
type Drain struct {
	// At is when nodes stop taking work.
	At event.Time `yaml:"at" jsonschema:"required"`
	// Duration until they take work again.
	Duration event.Time `yaml:"duration" jsonschema:"required"`
	// Every repeats the drain; none = once.
	Every event.Time `yaml:"every,omitempty"`
	// First is the first node, counting from 0.
	First int `yaml:"first,omitempty" jsonschema:"minimum=0"`
	// Nodes is how many.
	Nodes int `yaml:"nodes" jsonschema:"required,minimum=1"`
}

// Cadence is the work between two checkpoints: a duration, or young-daly.
type Cadence struct {
	Given     bool // written, or resolved
	Every     event.Time
	YoungDaly bool // √(2δM) of the job
}

const youngDaly = "young-daly"

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Cadence) UnmarshalText(text []byte) error {
	if string(text) == youngDaly {
		*c = Cadence{Given: true, YoungDaly: true}
		return nil
	}
	every, err := units.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("wants a duration such as 30m, or %s, found %q", youngDaly, text)
	}
	if every < 0 {
		return fmt.Errorf("%s is negative", text)
	}
	*c = Cadence{Given: true, Every: every}
	return nil
}

// MarshalText implements encoding.TextMarshaler.
func (c Cadence) MarshalText() ([]byte, error) {
	if c.YoungDaly {
		return []byte(youngDaly), nil
	}
	return []byte(units.FormatDuration(c.Every)), nil
}
