package service

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/serving"
)

// Variant is one model as a service runs it.
type Variant struct {
	Model  string // for reports
	Engine *serving.Config
	// Placed returns the engine of a replica that lies so in the network; nil =
	// Engine wherever it lies.
	Placed func(fleet.Location) *serving.Config
	Gang   cluster.Spec // of one replica
	Start  ColdStart
}

// GPUs returns the GPUs of one replica.
func (v *Variant) GPUs() int { return max(v.Gang.Workers, 1) * v.Gang.GPUsPerWorker }

// Autoscale is a rule for the number of replicas.
type Autoscale struct {
	Min, Max int
	Metric   Metric
	Target   float64    // of the metric
	TTFT     event.Time // the SLO of OnTime
	Interval event.Time
	// Cooldown is for how long a recommendation keeps the number from falling
	// below it, Stabilization for how long one keeps it from rising above.
	Cooldown, Stabilization event.Time
}

// Config is a service at its start.
type Config struct {
	Name      string
	Variant   Variant
	Replicas  int        // fixed number, and the number to start with
	Autoscale *Autoscale // nil = fixed
	Router    serving.Router
	// DrainTimeout is how long a replica may drain; after that its requests are
	// routed again. 0 = until all have ended.
	DrainTimeout event.Time
}

func (c *Config) validate() error {
	if err := c.Variant.Engine.Validate(); err != nil {
		return err
	}
	if c.Replicas < 1 {
		return fmt.Errorf("%d replicas, must be at least 1", c.Replicas)
	}
	if a := c.Autoscale; a != nil {
		switch {
		case a.Min < 1 || a.Max < a.Min:
			return fmt.Errorf("autoscale: min %d and max %d, want 1 ≤ min ≤ max", a.Min, a.Max)
		case !(a.Target > 0):
			return fmt.Errorf("autoscale: target %v, must be above 0", a.Target)
		case a.Metric == OnTime && (a.TTFT <= 0 || a.Target >= 1):
			return fmt.Errorf("autoscale: TTFT of %v and target %v, want an SLO and a share below 1", a.TTFT, a.Target)
		case a.Interval <= 0:
			return fmt.Errorf("autoscale: interval %v, must be above 0", a.Interval)
		}
	}
	return nil
}
