package service

import (
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
)

// changeInterval is how often a service of a fixed number of replicas looks
// whether its old replicas keep new ones from their GPUs. One that scales looks
// whenever it decides on its number.
const changeInterval = event.Minute

var _ event.Handler = (*Service)(nil)

// Swap makes the service change to another model, which must pass Check, with
// a new number of replicas and a new target of the autoscaler unless those
// are 0.
func (s *Service) Swap(now event.Time, v Variant, replicas int, target float64) {
	if s.scaler != nil && target > 0 {
		s.scaler.rule.Target = target
	}
	s.variant = v
	if replicas > 0 {
		s.desired = replicas
	}
	if s.scaler != nil {
		s.desired = s.scaler.bound(s.desired)
	} else {
		s.engine.Arm(s.changing, now+changeInterval, event.ClassTimer)
	}
	// Old replicas that are not serving yet never will.
	for _, r := range slices.Clone(s.replicas) {
		if r.state == waiting || r.state == starting {
			s.discard(now, r)
		}
	}
	s.adjust(now)
}

// Handle implements event.Handler: it is time to look after a change of model.
func (s *Service) Handle(_ *event.Engine, ev event.Event) {
	s.makeRoom(ev.Time)
	if s.oldest() != nil {
		s.engine.Arm(s.changing, ev.Time+changeInterval, event.ClassTimer)
	}
}

// became is called when a replica has become ready: it takes the place of one
// of a former model. Once all that are wanted are ready, no former one stays.
func (s *Service) became(now event.Time) {
	s.peak = max(s.peak, s.Ready())
	s.retire(now)
	s.retireRest(now)
}

// makeRoom drains a replica of a former model when one of the present model
// waits for GPUs, and all of them when none is on its way any more.
func (s *Service) makeRoom(now event.Time) {
	if r := s.stuck(); r != nil && !s.retire(now) {
		s.retireLast(now, r)
	}
	s.retireRest(now)
}

// oldest returns the oldest ready replica of a former model, nil if there is
// none.
func (s *Service) oldest() *replica {
	for _, r := range s.replicas {
		if r.state == ready && !s.current(r) {
			return r
		}
	}
	return nil
}

// retire drains the oldest ready replica of a former model, if there is one
// and another replica is left to serve. It reports whether it did.
func (s *Service) retire(now event.Time) bool {
	r := s.oldest()
	if r == nil || s.Ready() < 2 {
		return false
	}
	s.discard(now, r)
	return true
}

// retireRest drains all replicas of former models once those of the present
// one are ready.
func (s *Service) retireRest(now event.Time) {
	for _, r := range s.replicas {
		if s.current(r) && r.state != ready {
			return
		}
	}
	for s.retire(now) {
	}
}

// retireLast drains the only ready replica, one of a former model, if no other
// is on its way and its GPUs are what a waiting one needs: nothing serves until
// that has started.
func (s *Service) retireLast(now event.Time, waits *replica) {
	coming := slices.ContainsFunc(s.replicas, func(r *replica) bool { return r.state == starting })
	if r := s.oldest(); r != nil && !coming && s.drains == 0 && s.cluster.FitsWithout(waits.gang, r.gang) {
		s.discard(now, r)
	}
}

// stuck returns a replica of the model now served that waits for GPUs, nil if
// there is none.
func (s *Service) stuck() *replica {
	for _, r := range s.replicas {
		if r.state == waiting && s.current(r) {
			return r
		}
	}
	return nil
}
