package sim

import (
	"errors"
	"fmt"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/failure"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/sim/training"
)

// breaking is what befalls one pool.
type breaking struct {
	config  failure.Config
	process *failure.Process
}

// buildFailures lets the pools break that a scenario says can.
func (s *Simulation) buildFailures() error {
	s.failures = make([]*breaking, len(s.fleet.Pools))
	for i := range s.doc.Fleet.Pools {
		p := &s.doc.Fleet.Pools[i]
		if p.Failures == nil {
			continue
		}
		path := fmt.Sprintf("fleet.pools[%d].failures", i)
		config, err := failureConfig(p.Failures)
		if err != nil {
			return s.doc.Locate(path, err)
		}
		for _, pool := range s.poolsNamed(p.Name) {
			config.Pool, config.Until = pool, s.doc.Horizon
			b := &breaking{config: config}
			if b.process, err = failure.New(s.engine, s.cluster, s.doc.Seed, config); err != nil {
				return s.doc.Locate(path, err)
			}
			b.process.Observe(s.places)
			s.failures[pool] = b
		}
	}
	return nil
}

// failureConfig translates what can break.
func failureConfig(f *scenario.Failures) (c failure.Config, err error) {
	c.Spares = f.Spares
	for _, d := range f.Drains {
		c.Drains = append(c.Drains, failure.Drain{At: d.At, Every: d.Every, Duration: d.Duration, First: d.First, Nodes: d.Nodes})
	}
	add := func(k failure.Kind, l *scenario.FailureLaw, repair *scenario.Durations) {
		law := failure.Law{MTBF: l.MTBF, Shape: l.Shape}
		var detecting, repairing error
		law.Detection, detecting = spanOf(l.Detection)
		law.Repair, repairing = spanOf(repair)
		if wrong := errors.Join(detecting, repairing); wrong != nil && err == nil {
			err = fmt.Errorf("%v: %w", k, wrong)
		}
		c.Laws[k] = law
	}
	if g := f.GPU; g != nil {
		add(failure.GPU, &g.FailureLaw, g.Repair)
		c.Laws[failure.GPU].NodeWide = g.Takes == "node"
	}
	if f.Node != nil {
		add(failure.Node, &f.Node.FailureLaw, f.Node.Repair)
	}
	if f.Rack != nil {
		add(failure.Rack, &f.Rack.FailureLaw, f.Rack.Repair)
	}
	if f.Software != nil {
		add(failure.Software, &f.Software.FailureLaw, nil)
	}
	if s := f.Stragglers; s != nil {
		c.Stragglers = failure.Stragglers{Share: float64(s.Share), Slowdown: float64(s.Slowdown), Stay: s.Detection == nil}
		var detecting, repairing error
		c.Stragglers.Detection, detecting = spanOf(s.Detection)
		c.Stragglers.Repair, repairing = spanOf(s.Repair)
		if wrong := errors.Join(detecting, repairing); wrong != nil && err == nil {
			err = fmt.Errorf("stragglers: %w", wrong)
		}
	}
	return c, err
}

// spanOf translates a distribution of spans of time; nil is at once.
func spanOf(d *scenario.Durations) (failure.Span, error) {
	if d == nil || (d.Dist == "constant" && d.Value == 0) {
		return nil, nil
	}
	return durations(d)
}

// checkpointEvery returns the work between a job's checkpoints: as given, or
// Young's and Daly's for the components that the job holds.
func (s *Simulation) checkpointEvery(c *scenario.Checkpoint, config *training.Config, pool int) event.Time {
	if !c.Interval.YoungDaly || s.failures[pool] == nil {
		return c.Interval.Every
	}
	nodes, racks := config.Spec.Workers, 0
	if per := s.fleet.Pools[pool].Spec.NodesPerRack; per > 0 {
		racks = (nodes + per - 1) / per
	}
	mtbf := s.failures[pool].config.MTBF(config.Model.GPUs(), nodes, racks)
	if mtbf == event.Forever {
		return 0
	}
	return max(failure.YoungDaly(config.CheckpointCost(), mtbf), event.Nanosecond) // free ones: after every step
}

// failureSection sums what broke, nil when nothing can.
func (s *Simulation) failureSection(l *result.Ledger) *result.Failures {
	var out *result.Failures
	for _, b := range s.failures {
		if b == nil {
			continue
		}
		if out == nil {
			out = &result.Failures{ByComponent: map[string]int64{}}
		}
		st := b.process.Stats()
		for k, n := range st.Failures {
			if b.config.Laws[k].MTBF > 0 {
				out.ByComponent[failure.Kind(k).String()] += n
			}
		}
		out.Interruptions += st.Interruptions
		out.Evictions += st.Evictions
		out.Stragglers += st.Stragglers
		out.DrainedNodes += st.Drained
		out.Replacements += st.Replacements
	}
	if out != nil {
		out.Availability = 1 - ratio(l.GPUSeconds[ledger.Down.String()].Seconds(), l.Total.Seconds())
	}
	return out
}
