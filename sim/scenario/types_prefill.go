package scenario

import (
	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
)

// Prefill disaggregates a deployment: replicas of their own compute prompts and
// first tokens, those of the deployment the rest. Model and precision are the
// deployment's.
type Prefill struct {
	// Pool that holds the prefill replicas; none = the deployment's.
	Pool string `yaml:"pool,omitempty"`
	// RequiredTopology is the tier of the network to which each prefill replica must
	// keep; none = it may lie anywhere.
	RequiredTopology string `yaml:"required_topology,omitempty" jsonschema:"enum=nvlink-domain,enum=rack,enum=pod"`
	// Replicas is their fixed number.
	Replicas    int         `yaml:"replicas,omitempty" jsonschema:"minimum=1"`
	Autoscale   *Autoscale  `yaml:"autoscale,omitempty"`
	Parallelism Parallelism `yaml:"parallelism"`
	Engine      Engine      `yaml:"engine"`
	// Router chooses the prefill replica of a request; the deployment's router
	// chooses the one that does the rest, when the prompt is done.
	Router   string     `yaml:"router" jsonschema:"default=least-requests,enum=round-robin,enum=least-requests,enum=power-of-two,enum=random,enum=central,enum=least-kv-tokens,enum=prefix-affinity,enum=session-affinity,enum=weighted"`
	Routing  *Routing   `yaml:"routing,omitempty"`
	Transfer KVTransfer `yaml:"transfer"`
}

// KVTransfer is how KV gets from prefill to decode replicas. Transfers share
// links max-min fairly.
type KVTransfer struct {
	// Bandwidth at which a replica sends or receives; none = the network of its
	// GPUs.
	Bandwidth units.Bandwidth `yaml:"bandwidth,omitempty"`
	// Backbone is the bandwidth of all transfers of the deployment together; none =
	// no limit.
	Backbone units.Bandwidth `yaml:"backbone,omitempty"`
	// Latency from the reservation of memory to the first byte.
	Latency event.Time `yaml:"latency" jsonschema:"default=1ms"`
}
