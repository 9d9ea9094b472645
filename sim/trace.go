package sim

import (
	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/rl"
	"github.com/jevons-sim/jevons/sim/serving"
)

// tracePhases makes the tracer, if there is one, hear of the phases of RL jobs.
func (s *Simulation) tracePhases() {
	if s.tracer == nil {
		return
	}
	for _, j := range s.rl {
		j.TracePhases(func(p rl.Phase, step int64, from, to event.Time) {
			if p == rl.Init {
				return // its GPUs stand in Starting meanwhile, which says so
			}
			s.places.phase(j.Gang(), p.String(), step, from, to)
		})
	}
}

// traceReplicas tells the tracer, if there is one, what every replica holds.
func (p *sampler) traceReplicas(now event.Time) {
	s := p.sim
	if s.tracer == nil {
		return
	}
	for _, d := range s.services {
		for _, part := range d.parts() {
			block := int64(part.Variant().Engine.BlockSize)
			part.Serving(func(g *cluster.Gang, r *serving.Replica) {
				s.fail(s.tracer.Replica(&result.ReplicaState{
					Time: int64(now), Deployment: part.Name(), Gang: g.ID(), Running: r.Running(), Waiting: r.Waiting(), KVTokens: r.KVBlocks(now) * block,
				}))
			})
		}
	}
}
