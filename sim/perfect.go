package sim

import (
	"errors"
	"fmt"
	"math"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/traces"
)

// PerfectFleet is what serving the run's requests would take without any
// imperfection: replicas come and go at once, nothing is fragmented or queues,
// and every batch is as full as it can be. No real fleet needs less.
type PerfectFleet struct {
	PeakGPUs int     `json:"peak_gpus"` // in the busiest interval
	MeanGPUs float64 `json:"mean_gpus"`
}

// ErrUnforeseen says that the run's requests depend on what it will measure.
var ErrUnforeseen = errors.New("demand answers measured latencies or costs: its requests are not known before the run")

// perfectInterval is the span over which the perfect system's load is averaged:
// longer than requests take, so that work is not counted before it can be done.
const perfectInterval = event.Hour

// era is what a deployment serves from a time on.
type era struct {
	from   event.Time
	cost   *perf.Serving
	engine scenario.Engine
	factor float64 // on the cost of every step
}

// kvTokens is the KV memory of an era's replica.
func (e *era) kvTokens() int64 {
	if e.engine.KVBlocks > 0 {
		return int64(e.engine.KVBlocks) * int64(e.engine.BlockSize)
	}
	return e.cost.KVTokens()
}

// load is the requests of a deployment in an interval.
type load struct{ requests, prompt, output float64 }

// Perfect returns the perfect system for the run's requests, those before the
// end of the warm-up left out. A step limit above 0, in seconds, bounds the time
// between tokens. The run may not have begun.
func (s *Simulation) Perfect(step float64) (PerfectFleet, error) {
	loads, err := s.loads()
	if err != nil {
		return PerfectFleet{}, err
	}
	var out PerfectFleet
	interval := s.perfectInterval()
	for i := range loads[0] {
		gpus := 0
		at := s.doc.Warmup + interval*event.Time(i)
		span := (min(at+interval, s.doc.Horizon) - at).Seconds()
		for k, d := range s.services {
			l := loads[k][i]
			if l.requests == 0 {
				continue
			}
			e := d.eras[0]
			for _, later := range d.eras[1:] {
				if later.from <= at {
					e = later
				}
			}
			seconds, err := e.cost.LeastReplicaSeconds(l.prompt/l.requests, l.output/l.requests, e.engine.MaxNumSeqs, e.kvTokens(), step)
			if err != nil {
				return PerfectFleet{}, err
			}
			gpus += int(math.Ceil(float64(l.requests*seconds*e.factor)/span)) * e.cost.GPUs()
		}
		out.PeakGPUs = max(out.PeakGPUs, gpus)
		out.MeanGPUs += float64(float64(gpus) * (span / (s.doc.Horizon - s.doc.Warmup).Seconds()))
	}
	return out, nil
}

// perfectInterval is shorter only where the whole measured run is.
func (s *Simulation) perfectInterval() event.Time {
	return min(perfectInterval, s.doc.Horizon-s.doc.Warmup)
}

// loads reads the requests of every deployment, interval by interval. Where
// they are sampled it takes those that come on average.
func (s *Simulation) loads() ([][]load, error) {
	if s.demand.feedback != nil {
		return nil, ErrUnforeseen
	}
	interval := s.perfectInterval()
	n := (s.doc.Horizon - s.doc.Warmup + interval - 1) / interval
	out := make([][]load, max(1, len(s.services)))
	for k := range out {
		out[k] = make([]load, n)
	}
	if s.sampled != nil {
		s.sampled.addLoads(out)
		return out, nil
	}
	for i := range s.doc.Workloads.Requests {
		w := &s.doc.Workloads.Requests[i]
		stream, err := s.requestStream(w, fmt.Sprintf("workloads.requests[%d]", i))
		if err != nil {
			return nil, err
		}
		for k, d := range s.services {
			if d.Name() == w.Deployment {
				if err := s.addLoad(out[k], stream); err != nil {
					return nil, fmt.Errorf("requests %s: %w", w.Name, err)
				}
			}
		}
	}
	return out, nil
}

// addLoad counts a stream's requests into the intervals.
func (s *Simulation) addLoad(loads []load, stream traces.RequestStream) error {
	var r traces.Request
	for {
		ok, err := stream.Next(&r)
		if err != nil || !ok || r.At >= s.doc.Horizon {
			return err
		}
		if r.At < s.doc.Warmup {
			continue
		}
		l := &loads[(r.At-s.doc.Warmup)/s.perfectInterval()]
		l.requests++
		l.prompt += float64(r.Prompt)
		l.output += float64(r.Output)
	}
}

// GPUs returns the size of the fleet.
func (s *Simulation) GPUs() int { return s.fleet.GPUs() }
