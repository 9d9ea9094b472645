package scenario

import "github.com/jevons-sim/jevons/internal/units"

// Admission says how a deployment takes requests in: which it turns away, how
// many it hands to its replicas, and in which order the rest follow.
type Admission struct {
	// Order of the requests that the deployment holds.
	Order string `yaml:"order" jsonschema:"default=fcfs,enum=fcfs,enum=priority,enum=shortest-predicted,enum=fair"`
	// Concurrency is how many requests a ready replica may have on average; the
	// deployment holds further ones. None = it holds none while a replica is ready.
	Concurrency int `yaml:"concurrency,omitempty" jsonschema:"minimum=1"`
	// MaxWaiting is how many requests may wait, held or in the engines; an arrival
	// that finds so many is rejected. None = no limit.
	MaxWaiting int `yaml:"max_waiting,omitempty" jsonschema:"minimum=1"`
	// SLOAware rejects requests that are predicted to miss slo.ttft.
	SLOAware bool `yaml:"slo_aware,omitempty"`
	// SLOShare is the share of slo.ttft that a prediction may take: what is left
	// is for the chance in waits.
	SLOShare units.Fraction `yaml:"slo_share" jsonschema:"default=0.8"`
	// Displace sheds a less important request that is held instead of turning the
	// arrival away.
	Displace bool `yaml:"displace,omitempty"`
	// Shed turns requests away by class when load is high.
	Shed []ShedRule `yaml:"shed,omitempty"`
	// Fair divides the engine's tokens among tenants.
	Fair *FairShare `yaml:"fair,omitempty"`
	// PredictionCV is the coefficient of variation of the predicted output length
	// around the true one; 0 = predictions are right.
	PredictionCV float64 `yaml:"prediction_cv,omitempty" jsonschema:"minimum=0"`
}

// ShedRule turns away arrivals of a class or below a priority while many
// requests wait.
type ShedRule struct {
	// Class of requests; none = any.
	Class string `yaml:"class,omitempty"`
	// PriorityBelow is a priority; those below it are turned away. None = all.
	PriorityBelow *int32 `yaml:"priority_below,omitempty"`
	// WaitingAbove is how many requests may wait before the rule applies.
	WaitingAbove int `yaml:"waiting_above" jsonschema:"required,minimum=0"`
}

// FairShare is what fair queueing goes by: tenants' virtual token counters.
type FairShare struct {
	// OutputWeight is the cost of an output token in prompt tokens.
	OutputWeight float64 `yaml:"output_weight" jsonschema:"default=2,minimum=0"`
	// Tenants with a weight other than 1.
	Tenants []TenantShare `yaml:"tenants,omitempty"`
}

// TenantShare is a tenant's weight.
type TenantShare struct {
	// Name of the tenant.
	Name string `yaml:"name" jsonschema:"required"`
	// Weight of its share: twice the weight, twice the tokens when all queue.
	Weight float64 `yaml:"weight" jsonschema:"required,minimum=0"`
}
