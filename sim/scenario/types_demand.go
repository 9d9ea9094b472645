package scenario

import (
	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
)

// Demand is how request volume responds to what happens.
type Demand struct {
	// Segments are groups of users that answer prices alike.
	Segments []Segment `yaml:"segments,omitempty"`
	// Shocks change models, prices or demand at an instant.
	Shocks []Shock `yaml:"shocks,omitempty"`
	// Price is where the price of a token comes from.
	Price Pricing `yaml:"price"`
	// Feedback is how measured costs and latencies come back to demand.
	Feedback Feedback `yaml:"feedback"`
}

// Pricing is where the price of a token comes from.
type Pricing struct {
	// Kind given takes the prices of the shocks; endogenous takes what tokens
	// cost in the last epoch, plus the margin.
	Kind string `yaml:"kind" jsonschema:"default=given,enum=given,enum=endogenous"`
	// Margin on the cost of a token, for endogenous prices.
	Margin units.Fraction `yaml:"margin" jsonschema:"default=0.3"`
	// EnergyPrice is US dollars per kWh, for endogenous prices.
	EnergyPrice float64 `yaml:"energy_price" jsonschema:"default=0.08,minimum=0"`
}

// Feedback is the loop that measures the run and corrects demand.
type Feedback struct {
	// Epoch is the time over which costs and latencies are measured.
	Epoch event.Time `yaml:"epoch" jsonschema:"default=1h"`
	// Damping is the part of the way that an epoch's measurement moves what
	// demand answers to, on a logarithmic scale.
	Damping units.Fraction `yaml:"damping" jsonschema:"default=0.5"`
}

// Segment is a part of demand with its own response to price.
type Segment struct {
	// Name of the segment, as results call it.
	Name string `yaml:"name" jsonschema:"required"`
	// Requests are the workloads of the segment.
	Requests []string `yaml:"requests" jsonschema:"required"`
	// Elasticity of the number of requests to the price of a request.
	Elasticity float64 `yaml:"elasticity" jsonschema:"default=1.5,minimum=0"`
	// ThinkingElasticity of the thinking tokens per request to the price of a
	// token.
	ThinkingElasticity float64 `yaml:"thinking_elasticity" jsonschema:"default=0.2,minimum=0"`
	// Latency is how the number of requests answers latency; none = not at all.
	Latency  *LatencyResponse `yaml:"latency,omitempty"`
	Adoption Adoption         `yaml:"adoption"`
	// GrowthPerYear multiplies the volume every 365 days, whatever the price.
	GrowthPerYear float64 `yaml:"growth_per_year" jsonschema:"default=1,minimum=0"`
}

// LatencyResponse is the answer to a percentile of latency, as users felt it
// in the last epoch.
type LatencyResponse struct {
	// Elasticity of the number of requests to the latency.
	Elasticity float64 `yaml:"elasticity" jsonschema:"required,minimum=0"`
	// Metric that users feel.
	Metric string `yaml:"metric" jsonschema:"default=ttft,enum=ttft,enum=tpot,enum=e2e"`
	// Percentile of the metric, above 0 and at most 100.
	Percentile float64 `yaml:"percentile" jsonschema:"default=99,minimum=0,maximum=100"`
	// Reference is the latency that deters nobody; none = what is measured from
	// the end of the warm-up to the first shock.
	Reference event.Time `yaml:"reference,omitempty"`
}

// Adoption is how volume moves to what the new price asks for.
type Adoption struct {
	// Kind is instant, lag (exponential approach) or bass (word of mouth).
	Kind string `yaml:"kind" jsonschema:"default=lag,enum=instant,enum=lag,enum=bass"`
	// Tau is the time constant of lag.
	Tau event.Time `yaml:"tau" jsonschema:"default=7d"`
	// Innovation is Bass's p: how fast people adopt without an example.
	Innovation units.Rate `yaml:"innovation" jsonschema:"default=0.03/d"`
	// Imitation is Bass's q: how fast those who have not adopted follow those who
	// have.
	Imitation units.Rate `yaml:"imitation" jsonschema:"default=0.38/d"`
	// Cap is the most volume there can be, as a multiple of the volume before
	// anything changed; none = no limit.
	Cap float64 `yaml:"cap,omitempty" jsonschema:"minimum=0"`
}

// Shock is a change at one instant.
type Shock struct {
	// At is when it strikes.
	At event.Time `yaml:"at" jsonschema:"required"`
	// Deployment that changes; may be left out when there is only one.
	Deployment string `yaml:"deployment,omitempty"`
	// SwapModel is the model that the deployment serves from then on.
	SwapModel *SwapModel `yaml:"swap_model,omitempty"`
	// CostFactor multiplies the time, the work and the memory traffic of every
	// engine step: what better software or hardware saves.
	CostFactor float64 `yaml:"cost_factor,omitempty" jsonschema:"minimum=0"`
	// PriceFactor multiplies the price of a token.
	PriceFactor float64 `yaml:"price_factor,omitempty" jsonschema:"minimum=0"`
	// PriceFrom cost-model takes the ratio of what tokens cost after and before, by
	// the cost model, in batches as large as the autoscaler's target of concurrency,
	// else as the engine admits.
	PriceFrom string `yaml:"price_from,omitempty" jsonschema:"enum=cost-model"`
	// VolumeFactor multiplies the requests of the deployment, whatever the price.
	VolumeFactor float64 `yaml:"volume_factor,omitempty" jsonschema:"minimum=0"`
	// RemoveDemandShare is the share of the deployment's requests that no longer
	// needs GPUs: it leaves as adoption goes.
	RemoveDemandShare units.Fraction `yaml:"remove_demand_share,omitempty"`
	// AddNodes are nodes of a pool that are delivered at this instant. They are
	// on top of the pool's own.
	AddNodes int `yaml:"add_nodes,omitempty" jsonschema:"minimum=1"`
	// Pool of the nodes; may be left out when there is only one.
	Pool string `yaml:"pool,omitempty"`
}

// Changes says whether the shock changes more than the fleet.
func (s *Shock) Changes() bool {
	return s.SwapModel != nil || s.CostFactor != 0 || s.PriceFactor != 0 || s.PriceFrom != "" || s.VolumeFactor != 0 || s.RemoveDemandShare != 0
}

// SwapModel is what a deployment becomes. An engine left out is as before.
type SwapModel struct {
	Served `yaml:",inline"`
	// Replicas after the swap; none = as before.
	Replicas int `yaml:"replicas,omitempty" jsonschema:"minimum=1"`
	// Target of the autoscaler after the swap; none = as before.
	Target float64 `yaml:"target,omitempty" jsonschema:"minimum=0"`
}
