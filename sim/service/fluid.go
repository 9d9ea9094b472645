package service

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/serving"
)

// Fluid stands for requests that are not simulated one by one: it says how many
// a service has, and how its replicas spend their time with them.
type Fluid interface {
	// Outstanding returns the requests in the service.
	Outstanding(now event.Time) float64
	// Usage returns how a replica of an engine has spent its time since the
	// start of the run, had it been ready all along.
	Usage(now event.Time, c *serving.Config) serving.Usage
	// Drain returns how long a replica that gets no more requests takes to
	// complete those it has.
	Drain(now event.Time, c *serving.Config) event.Time
	// Changed says that other replicas take requests from now on.
	Changed(now event.Time)
	// Work returns the model FLOPs and the bytes of memory traffic of the whole
	// service.
	Work(now event.Time) (flops, bytes float64)
}

// Use makes the service go by a fluid model of its requests, from the start.
func (s *Service) Use(f Fluid) { s.fluid = f }

// outstanding returns the requests in the service, as the autoscaler sees them.
func (s *Service) outstanding(now event.Time) float64 {
	if s.fluid != nil {
		return s.fluid.Outstanding(now)
	}
	return float64(s.deployment.Load())
}

// Engines calls f for the engine of every replica that takes requests, in the
// order in which they became ready.
func (s *Service) Engines(f func(*serving.Config)) {
	for _, r := range s.deployment.Ready() {
		f(r.Config())
	}
}

// changed tells the fluid model of replicas that come or go.
func (s *Service) changed(now event.Time) {
	if s.fluid != nil {
		s.fluid.Changed(now)
	}
}

// usage returns how the replica has spent its time, up to a constant.
func (r *replica) usage(now event.Time) serving.Usage {
	if f := r.service.fluid; f != nil {
		return f.Usage(now, r.runs)
	}
	return r.serving.Usage(now)
}

// drain begins the end of a replica that has no requests of its own, and
// returns how long that takes.
func (r *replica) drain(now event.Time) event.Time {
	f := r.service.fluid
	if f == nil {
		return 0
	}
	r.settle(now)
	r.drains = true
	return f.Drain(now, r.runs)
}
