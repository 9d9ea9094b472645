package service

import (
	"fmt"
	"slices"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/serving"
)

// Service is a deployment in operation.
type Service struct {
	name       string
	engine     *event.Engine
	cluster    *cluster.Cluster
	deployment *serving.Deployment
	sink       serving.Sink
	itl        *metrics.Histogram
	scaler     *scaler     // nil = fixed number
	changing   event.Timer // of a fixed number: looks after a change of model
	variant    Variant
	desired    int
	replicas   []*replica // all that are not gone, oldest first
	drains     int        // replicas draining
	waits      int        // replicas in state waiting
	peak       int
	gone       totals         // of replicas that are gone
	held       ledger.Amount  // by gangs whose GPUs have gone back
	split      half           // its part in a disaggregated deployment; nil = none
	fluid      Fluid          // nil = requests are simulated one by one
	pulled     map[place]bool // nodes that have the image
	grace      event.Time     // for draining; 0 = no end
}

// Counts is what the engines of a service have counted.
type Counts struct {
	Computed, Cached int64 // prompt tokens computed, those that preemptions undid again; found in the cache
	Decoded          int64 // output tokens after the first
	Decodes, Gained  int64 // under speculation: steps of single decodes, tokens they gained
	Swapped, Loaded  int64 // KV blocks to and from host memory
}

// New returns a service that has submitted its first replicas. Ends of
// requests go to sink, inter-token latencies to itl.
func New(now event.Time, e *event.Engine, c *cluster.Cluster, config Config, sink serving.Sink, itl *metrics.Histogram) (*Service, error) {
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("deployment %s: %w", config.Name, err)
	}
	s := &Service{
		name: config.Name, engine: e, cluster: c, itl: itl,
		sink: sink, variant: config.Variant, desired: config.Replicas,
		pulled: map[place]bool{}, grace: config.DrainTimeout,
	}
	s.changing = e.NewTimer(s, 0, 0)
	s.deployment = serving.NewDeployment(config.Router, s, config.Variant.Engine.MaxWaiting)
	if err := c.Check(config.Variant.Gang); err != nil {
		return nil, fmt.Errorf("deployment %s: %w", config.Name, err)
	}
	if config.Autoscale != nil {
		s.scaler = newScaler(s, *config.Autoscale)
		s.desired = s.scaler.bound(s.desired)
		s.scaler.arm(now)
	}
	s.adjust(now)
	return s, nil
}

// Name returns the deployment's name.
func (s *Service) Name() string { return s.name }

// Deployment returns where to submit requests.
func (s *Service) Deployment() *serving.Deployment { return s.deployment }

// Variant returns the model now served.
func (s *Service) Variant() *Variant { return &s.variant }

// Ready returns the number of replicas that take requests.
func (s *Service) Ready() int { return len(s.deployment.Ready()) }

// Waiting returns the number of replicas that wait for GPUs.
func (s *Service) Waiting() int { return s.waits }

// Peak returns the largest number of replicas that were ready at one time.
func (s *Service) Peak() int { return s.peak }

// Check returns an error when the service could not run a variant: its engine
// is misconfigured, or no pool could hold a replica.
func (s *Service) Check(v *Variant) error {
	if err := v.Engine.Validate(); err != nil {
		return err
	}
	return s.cluster.Check(v.Gang)
}

// current reports whether a replica runs the model now served and is meant to
// stay.
func (s *Service) current(r *replica) bool {
	return r.engine == s.variant.Engine && r.state != draining
}

// adjust adds or removes replicas until as many as desired are there or on
// their way.
func (s *Service) adjust(now event.Time) {
	n := 0
	for _, r := range s.replicas {
		if s.current(r) {
			n++
		}
	}
	for ; n < s.desired; n++ {
		s.add(now)
	}
	for ; n > s.desired; n-- {
		s.discard(now, s.leastUseful())
	}
}

// add submits the gang of a new replica. The variant has passed Check: the
// cluster accepts it.
func (s *Service) add(now event.Time) {
	r := &replica{service: s, engine: s.variant.Engine, placed: s.variant.Placed, start: s.variant.Start}
	spec := s.variant.Gang
	spec.Name = s.name
	spec.Class = ledger.Inference
	g, err := s.cluster.Submit(now, spec, r)
	if err != nil {
		panic(fmt.Sprintf("service: %v", err))
	}
	r.gang = g
	s.replicas = append(s.replicas, r)
	s.waits++
}

// leastUseful returns the replica to give up first.
func (s *Service) leastUseful() *replica {
	var best *replica
	for _, r := range s.replicas {
		if !s.current(r) {
			continue
		}
		// The youngest among equals: later ones win ties.
		if best == nil || r.state < best.state || (r.state == best.state && r.load() <= best.load()) {
			best = r
		}
	}
	return best
}

// discard gives a replica up: at once if it serves nothing, else by draining.
func (s *Service) discard(now event.Time, r *replica) {
	switch r.state {
	case waiting:
		s.waits--
		s.cluster.Withdraw(now, r.gang)
		s.forget(r)
	case starting:
		s.engine.Cancel(r.ready)
		r.release(now)
		s.cluster.Finish(now, r.gang)
		s.forget(r)
	case ready:
		s.deployment.Remove(r.serving)
		r.state = draining
		s.drains++
		if s.grace > 0 {
			r.evict = s.engine.At(now+s.grace, event.ClassTimer, r, isOverdue, 0)
		}
		r.checkDrained(now)
		s.changed(now)
	}
}

func (s *Service) forget(r *replica) {
	if r.state == draining {
		s.drains--
	}
	i := slices.Index(s.replicas, r)
	s.replicas = slices.Delete(s.replicas, i, i+1)
}

// Done implements serving.Sink: it passes ends on, and lets a draining replica
// go when its last request has ended.
func (s *Service) Done(now event.Time, q *serving.Request, o serving.Outcome) {
	if s.scaler != nil && s.scaler.rule.Metric == OnTime {
		s.scaler.gauge.ended(q, s.scaler.rule.TTFT)
	}
	s.sink.Done(now, q, o)
	s.checkDrains(now)
}

// checkDrains lets draining replicas go that have nothing left to do.
func (s *Service) checkDrains(now event.Time) {
	if s.drains == 0 {
		return
	}
	for _, r := range s.replicas {
		if r.state == draining {
			r.checkDrained(now)
		}
	}
}

// Unfinished calls f for every request still in the service, as it stands at
// now.
func (s *Service) Unfinished(now event.Time, f func(*serving.Request)) {
	s.deployment.Unfinished(f)
	for _, r := range s.replicas {
		if r.serving != nil {
			r.serving.Unfinished(now, f)
		}
	}
}

// Serving calls f for every replica that has its engine, draining ones too,
// with its gang.
func (s *Service) Serving(f func(g *cluster.Gang, r *serving.Replica)) {
	for _, r := range s.replicas {
		if r.serving != nil {
			f(r.gang, r.serving)
		}
	}
}
