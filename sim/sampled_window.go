package sim

import (
	"fmt"
	"math"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/workloads"
)

// window is a span in which requests are simulated one by one. It opens with a
// warm-up: engines fill, and nothing counts. From then on it counts the requests
// that end, until it closes and forgets the rest.
type window struct {
	sampling         *sampling
	number           int
	open, count, end event.Time
	counting         bool
	probes           []*probe // by deployment
}

// begin opens the window.
func (w *window) begin(now event.Time) error {
	for _, t := range w.sampling.tides {
		p, err := newProbe(w, t)
		if err != nil {
			return err
		}
		w.probes = append(w.probes, p)
		p.follow(now)
		for _, src := range t.sources {
			if err := p.feed(now, src); err != nil {
				return err
			}
		}
	}
	return nil
}

// probe returns the probe of a deployment.
func (w *window) probe(t *tide) *probe {
	for _, p := range w.probes {
		if p.tide == t {
			return p
		}
	}
	panic(fmt.Sprintf("sim: no probe of %s", t.Name()))
}

// follow keeps the probes at their share of the replicas.
func (w *window) follow(now event.Time) {
	for _, p := range w.probes {
		p.follow(now)
	}
}

func (w *window) startCounting(now event.Time) {
	w.counting = true
	for _, p := range w.probes {
		p.startCounting(now)
	}
}

// close ends the window. What the probes have learned goes to the fluid models.
func (w *window) close(now event.Time) {
	w.counting = false
	for _, p := range w.probes {
		p.close(now)
	}
}

// feed starts the stream of a source's requests to the probe. Where requests
// wait, those that would wait by now come at once, with the time that they have
// been waiting.
func (p *probe) feed(now event.Time, src *source) error {
	g := p.window.sampling
	c := src.config
	waiting := event.Time(0)
	if p.tide.queue > 0 {
		waiting = event.FromSeconds(p.tide.queue / max(p.tide.rate, 1e-9))
	}
	c.Start = max(c.Start, now-waiting)
	c.End = min(c.End, p.window.end)
	if c.End <= c.Start {
		return nil
	}
	c.Name = fmt.Sprintf("%s/window %d", c.Name, p.window.number)
	c.Rate.PerSecond *= p.share
	if g.sim.demand.feedback != nil && src.answer != nil {
		c.Known = g.sim.demand.known
	}
	stream, err := workloads.NewRequests(g.sim.doc.Seed, c)
	if err != nil {
		return fmt.Errorf("requests %s: %w", src.spec.Name, err)
	}
	pump := &requestPump{book: g.sim.requests, stream: stream, to: src.to, spec: src.spec, answer: src.answer, probe: p}
	p.pumps = append(p.pumps, pump)
	g.sim.demand.follow(pump)
	return pump.start(g.sim.engine)
}

// weightUnit is the finest weight of a request in the sketches, where windows
// simulate unequal shares.
const weightUnit = 64

// leastReplicas is the fewest replicas that a window simulates, if there are as
// many: a router evens out the load of a few less well than that of many.
const leastReplicas = 16

// shareOf returns how many of n replicas a probe has, and what a request of it
// weighs.
func (g *sampling) shareOf(n int) (replicas int, weight int64) {
	if g.spec.Share == 1 || n == 0 {
		return n, 1
	}
	replicas = min(n, max(leastReplicas, int(math.Round(float64(n)*float64(g.spec.Share)))))
	stands := float64(n) / float64(replicas) * float64(g.spec.Share)
	return replicas, max(1, int64(math.Round(weightUnit*stands)))
}
