package scenario

import (
	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
)

// Demand is how request volume responds to what happens.
type Demand struct {
	Segments []Segment `yaml:"segments,omitempty"`
	Shocks   []Shock   `yaml:"shocks,omitempty"`
}

// Segment is a part of demand with its own response to price.
type Segment struct {
	Name string `yaml:"name" jsonschema:"required"`
	// Requests are the workloads of the segment.
	Requests []string `yaml:"requests" jsonschema:"required"`
	// Elasticity of the number of requests to the price of a request.
	Elasticity float64 `yaml:"elasticity" jsonschema:"default=1.5,minimum=0"`
	// ThinkingElasticity of the tokens per request to the price of a token.
	ThinkingElasticity float64  `yaml:"thinking_elasticity" jsonschema:"default=0.2,minimum=0"`
	Adoption           Adoption `yaml:"adoption"`
}

// Adoption is how volume moves to what the new price asks for.
type Adoption struct {
	Kind string `yaml:"kind" jsonschema:"default=lag,enum=instant,enum=lag,enum=bass"`
	// Tau is the time constant of lag.
	Tau event.Time `yaml:"tau" jsonschema:"default=7d"`
	// Innovation and Imitation are the rates of bass.
	Innovation units.Rate `yaml:"innovation" jsonschema:"default=0.03/d"`
	Imitation  units.Rate `yaml:"imitation" jsonschema:"default=0.38/d"`
}

// Shock is a change at one instant.
type Shock struct {
	At event.Time `yaml:"at" jsonschema:"required"`
	// Deployment that changes; may be left out when there is only one.
	Deployment string `yaml:"deployment,omitempty"`
	// SwapModel is the model that the deployment serves from then on.
	SwapModel *SwapModel `yaml:"swap_model,omitempty"`
	// PriceFactor multiplies the price of a token.
	PriceFactor float64 `yaml:"price_factor,omitempty" jsonschema:"minimum=0"`
	// PriceFrom cost-model takes the ratio of what tokens cost after and before.
	PriceFrom string `yaml:"price_from,omitempty" jsonschema:"enum=cost-model"`
	// VolumeFactor multiplies the requests of the deployment, whatever the price.
	VolumeFactor float64 `yaml:"volume_factor,omitempty" jsonschema:"minimum=0"`
}

// SwapModel is what a deployment becomes. An engine left out is as before.
type SwapModel struct {
	Served `yaml:",inline"`
	// Replicas after the swap; none = as before.
	Replicas int `yaml:"replicas,omitempty" jsonschema:"minimum=1"`
	// Target of the autoscaler after the swap; none = as before.
	Target float64 `yaml:"target,omitempty" jsonschema:"minimum=0"`
}
