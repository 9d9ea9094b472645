package sim

import (
	"fmt"
	"math"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fluid"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/serving"
)

// probe is the replicas of a deployment that a window simulates. They stand
// beside the deployment's own: they hold no GPUs and have no accounts.
type probe struct {
	window     *window
	tide       *tide
	deployment *serving.Deployment
	share      float64 // of the deployment's replicas and requests
	weight     int64   // of a request in the sketches
	replicas   []*probeReplica
	pumps      []*requestPump
	itl        metrics.Histogram
}

// probeReplica is a replica, with what it had done when the count began.
type probeReplica struct {
	*serving.Replica
	routed bool // takes new requests
	usage  serving.Usage
	work   serving.Work
}

var _ serving.Sink = (*probe)(nil)

func newProbe(w *window, t *tide) (*probe, error) {
	p := &probe{window: w, tide: t}
	seed := w.sampling.sim.doc.Seed
	router, err := routerOf(t.spec, event.NewStream(seed, fmt.Sprintf("%s/router/window %d", t.Name(), w.number)))
	if err != nil {
		return nil, err
	}
	p.deployment = serving.NewDeployment(router, p, t.Variant().Engine.MaxWaiting)
	n := t.Ready()
	replicas, weight := w.sampling.shareOf(n)
	p.weight, p.share = weight, float64(w.sampling.spec.Share)
	if n > 0 {
		p.share = float64(replicas) / float64(n)
	}
	return p, nil
}

// follow gives the probe its share of the replicas of each engine.
func (p *probe) follow(now event.Time) {
	want := map[*serving.Config]int{}
	var order []*serving.Config
	p.tide.Engines(func(c *serving.Config) {
		if want[c] == 0 {
			order = append(order, c)
		}
		want[c]++
	})
	all := 0
	for _, c := range order {
		// Rounded so that the parts add up to the rounded whole.
		before := math.Round(float64(all) * p.share)
		all += want[c]
		want[c] = int(math.Round(float64(all)*p.share) - before)
	}
	for _, r := range slices.Backward(p.replicas) { // the youngest go first
		if !r.routed {
			continue
		}
		if p.routed(r.Config()) > want[r.Config()] {
			r.routed = false
			p.deployment.Remove(r.Replica)
		}
	}
	for _, c := range order {
		for p.routed(c) < want[c] {
			r := &probeReplica{routed: true, Replica: serving.NewReplica(p.window.sampling.sim.engine, c, p.deployment, &p.itl)}
			p.replicas = append(p.replicas, r)
			p.deployment.Add(now, r.Replica)
		}
	}
}

// routed returns how many replicas of an engine take requests.
func (p *probe) routed(c *serving.Config) int {
	n := 0
	for _, r := range p.replicas {
		if r.routed && r.Config() == c {
			n++
		}
	}
	return n
}

func (p *probe) startCounting(now event.Time) {
	for _, r := range p.replicas { // reading brings the latencies up to date too
		r.usage, r.work = r.Usage(now), r.Work(now)
	}
	p.itl = metrics.Histogram{}
}

// Done implements serving.Sink.
func (p *probe) Done(_ event.Time, r *serving.Request, o serving.Outcome) {
	g := p.window.sampling
	b := g.sim.requests
	q := b.live[r.Tag]
	if p.window.counting {
		g.tally.count(g, p.window.number, q, o, p.weight)
		g.sim.demand.felt(q, o)
		b.record(q, o)
	}
	b.leave(q)
}

// close stops the replicas and forgets their requests.
func (p *probe) close(now event.Time) {
	s := p.window.sampling.sim
	for _, pump := range p.pumps {
		s.demand.unfollow(pump)
		s.engine.FreeTimer(pump.timer)
	}
	means := p.tide.working().Means
	for _, e := range p.tide.engines {
		e.curve.Fade()
	}
	for _, r := range p.replicas {
		u, w := r.Usage(now).Sub(r.usage), r.Work(now)
		p.tide.engine(r.Config()).learn(u, w, &r.work, means)
		r.Stop(now)
	}
	for _, q := range s.requests.live {
		if q.probe == p {
			s.requests.leave(q)
		}
	}
	s.requests.itl.Merge(&p.itl)
}

// learn tells the curve what a replica has done since the count began.
func (e *engineTide) learn(u serving.Usage, w serving.Work, before *serving.Work, m fluid.Means) {
	w.Steps -= before.Steps
	w.DecodeTokens -= before.DecodeTokens
	w.PrefillTokens -= before.PrefillTokens
	w.Pairs -= before.Pairs
	w.KVRead -= before.KVRead
	w.WeightBytes -= before.WeightBytes
	e.curve.Learn(u, w, m)
}
