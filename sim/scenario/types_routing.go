package scenario

import "github.com/jevons-sim/jevons/sim/event"

// Routing is what the routers that look at their replicas go by.
type Routing struct {
	// Refresh is the time between looks: in between the router decides by what it
	// saw.
	Refresh event.Time `yaml:"refresh" jsonschema:"default=100ms"`
	// Imbalance is how many more requests than the least loaded replica one may
	// have and still be chosen for its prefix.
	Imbalance int            `yaml:"imbalance" jsonschema:"default=32,minimum=0"`
	Weights   RoutingWeights `yaml:"weights"`
}

// RoutingWeights are the weights of the scores of the router weighted.
type RoutingWeights struct {
	// Queue is the weight of a short queue.
	Queue float64 `yaml:"queue" jsonschema:"default=2,minimum=0"`
	// KV is the weight of free KV memory.
	KV float64 `yaml:"kv" jsonschema:"default=2,minimum=0"`
	// Prefix is the weight of the share of the prompt in the prefix cache.
	Prefix float64 `yaml:"prefix" jsonschema:"default=3,minimum=0"`
}
