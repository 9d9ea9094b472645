package sim

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/workloads"
)

// sampling is requests that are simulated in windows only. Fluid models, one a
// deployment, carry the load, the autoscalers and the accounts all the time;
// the windows measure latencies, and correct the models.
type sampling struct {
	sim    *Simulation
	spec   *scenario.Sampling
	timer  event.Timer
	step   event.Time // of the fluid models
	tides  []*tide    // by deployment
	window *window    // the one in progress, nil between them
	tally  sampleBook
}

var _ event.Handler = (*sampling)(nil)

// Event kinds of a sampling.
const (
	stepEnds event.Kind = iota
	windowOpens
	windowCounts
	windowCloses
)

// mostStep is the longest step of the fluid models: rates change more slowly.
const mostStep = event.Minute

// buildSampling replaces the streams of requests by fluid models and windows.
func (s *Simulation) buildSampling() error {
	g := &sampling{sim: s, spec: s.doc.Workloads.Sampling, step: mostStep}
	for _, d := range s.services {
		if a := d.spec.Autoscale; a != nil && workloads.RateStep%a.Interval == 0 {
			g.step = min(g.step, a.Interval)
		}
		g.tides = append(g.tides, newTide(g, d))
	}
	for i := range s.doc.Workloads.Requests {
		w := &s.doc.Workloads.Requests[i]
		path := fmt.Sprintf("workloads.requests[%d]", i)
		src, err := s.newSource(w, path)
		if err != nil {
			return err
		}
		t := g.tide(src.to)
		t.sources = append(t.sources, src)
	}
	for _, t := range g.tides {
		t.Use(t)
	}
	s.sampled = g
	g.timer = s.engine.NewTimer(g, stepEnds, 0)
	s.engine.Arm(g.timer, 0, event.ClassStep)
	for k := 0; ; k++ {
		w := g.schedule(k)
		if w.end > s.doc.Horizon {
			break
		}
		s.engine.At(w.open, event.ClassTimer, g, windowOpens, int64(k))
		g.tally.windows++
	}
	return nil
}

// tide returns the fluid model of a deployment.
func (g *sampling) tide(d *deployed) *tide {
	for _, t := range g.tides {
		if t.deployed == d {
			return t
		}
	}
	return nil
}

// schedule returns when window k is: in the middle of its interval.
func (g *sampling) schedule(k int) *window {
	count := event.Time(k)*g.spec.Every + (g.spec.Every-g.spec.Window)/2
	return &window{sampling: g, number: k, open: max(0, count-g.spec.Warmup), count: count, end: count + g.spec.Window}
}

// Handle implements event.Handler.
func (g *sampling) Handle(e *event.Engine, ev event.Event) {
	switch ev.Kind {
	case stepEnds:
		g.advance(ev.Time)
		e.Arm(g.timer, g.next(ev.Time), event.ClassStep)
	case windowOpens:
		g.window = g.schedule(int(ev.Arg))
		g.sim.fail(g.window.begin(ev.Time))
		e.At(g.window.count, event.ClassTimer, g, windowCounts, 0)
		e.At(g.window.end, event.ClassTimer, g, windowCloses, 0)
	case windowCounts:
		g.window.startCounting(ev.Time)
	case windowCloses:
		g.window.close(ev.Time)
		g.window = nil
	}
}

// next returns the end of the step that starts now: on the grid, and at every
// cut of a segment.
func (g *sampling) next(now event.Time) event.Time {
	next := (now/g.step + 1) * g.step
	for _, cut := range g.sim.segments.cuts {
		if cut > now {
			return min(next, cut)
		}
	}
	return next
}

// advance brings the fluid models up to date and starts their next step.
func (g *sampling) advance(now event.Time) {
	arrived := 0.0
	for _, t := range g.tides {
		t.flow(now)
		t.balance(now)
		arrived += t.arrived
	}
	g.sim.requests.arrived = uint64(arrived)
	if g.window != nil {
		g.window.follow(now)
	}
}
