package sim

import (
	"math"
	"slices"

	"github.com/jevons-sim/jevons/internal/fmath"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fluid"
	"github.com/jevons-sim/jevons/sim/service"
	"github.com/jevons-sim/jevons/sim/serving"
)

// tide is the fluid model of a deployment. At the start of every step it works
// out how its replicas stand at the rates that come, and lets that go on to the
// end of the step. Chance enters as one deviation of the requests in the system
// from their mean: normal, with the variance of the requests of an infinite
// fleet, and as lasting as the slope of the throughput curve says.
type tide struct {
	*deployed
	sampling    *sampling
	sources     []*source
	engines     []*engineTide // in order of first use
	at          event.Time    // start of the step
	rate        float64       // of arrivals in the step
	served      float64       // of requests by the replicas in the step
	queue       float64       // requests that wait
	content     float64       // requests in the system
	arrived     float64       // so far
	cap         float64       // of the queue
	rejects     bool          // what exceeds the cap is refused, else given up
	noise       event.Rand
	chance      float64 // deviation, in standard deviations
	deviated    event.Time
	spread      float64   // a standard deviation, in requests
	steady      float64   // the same, when nothing waits
	slope       float64   // of the throughput curve, in 1/s
	state, next []float64 // what the balance depends on
	flops       float64   // up to the step
	bytes       float64
	groups      []fluid.Group
	points      []fluid.Point
}

// engineTide is the replicas of one engine.
type engineTide struct {
	config *serving.Config
	curve  *fluid.Engine
	n      int
	point  fluid.Point
	usage  serving.Usage // of a replica that was always there, up to the step
}

var _ service.Fluid = (*tide)(nil)

func newTide(g *sampling, d *deployed) *tide {
	return &tide{deployed: d, sampling: g, noise: event.NewStream(g.sim.doc.Seed, d.Name()+"/load").Entity(0)}
}

// engine returns the replicas of an engine.
func (t *tide) engine(c *serving.Config) *engineTide {
	for _, e := range t.engines {
		if e.config == c {
			return e
		}
	}
	e := &engineTide{config: c, curve: fluid.NewEngine(c, t.Deployment().Router())}
	t.engines = append(t.engines, e)
	return e
}

// mix returns the means of what comes, of clients that wait before they are
// admitted.
func (t *tide) mix(wait float64) fluid.Mix {
	return func(first, token float64) fluid.Means {
		var m fluid.Means
		for _, s := range t.sources {
			cut := math.Inf(1)
			if p := s.config.Patience; p > 0 && token > 0 {
				cut = max(0, (p.Seconds()-wait-first)/token)
			}
			m.Add(s.draws.Means(max(s.rate, 1e-9), cut))
		}
		return m
	}
}

// balance begins a step.
func (t *tide) balance(now event.Time) {
	end := t.sampling.next(now)
	t.rate = 0
	for _, s := range t.sources {
		s.prepare(now, end)
		t.rate += s.rate
	}
	for _, e := range t.engines {
		e.n = 0
	}
	t.Engines(func(c *serving.Config) { t.engine(c).n++ })
	for _, e := range t.engines {
		if e.n == 0 {
			e.point = fluid.Point{}
		}
	}
	t.groups = t.groups[:0]
	for _, e := range t.engines {
		if e.n > 0 {
			t.groups = append(t.groups, fluid.Group{Engine: e.curve, N: e.n})
		}
	}
	t.limitQueue()
	t.at, t.served, t.spread = now, 0, 0
	if len(t.groups) == 0 || len(t.sources) == 0 {
		t.state = t.state[:0]
		return
	}
	if t.same() {
		t.served, t.spread = t.rate, t.steady
		t.drift(now)
		return
	}
	wait := 0.0
	demand := t.rate
	if t.queue > 0 {
		wait = t.queue / max(t.rate, 1e-9)
		demand = math.Inf(1) // all replicas are full
	}
	mix := t.mix(wait)
	points, served, saturated := fluid.Balance(demand, t.groups, mix)
	t.points, t.served = points, served
	i := 0
	for _, e := range t.engines {
		if e.n > 0 {
			e.point = points[i]
			i++
		}
	}
	if saturated {
		t.state = t.state[:0]
		return
	}
	t.deviate(mix)
	t.drift(now)
}

// same reports whether everything that the balance depends on is as it was when
// it was last worked out, and nothing waits.
func (t *tide) same() bool {
	state := t.next[:0]
	for _, s := range t.sources {
		state = append(state, s.rate, s.think)
	}
	for _, e := range t.engines {
		state = append(state, float64(e.n), float64(e.curve.Lessons()))
	}
	same := t.queue == 0 && slices.Equal(state, t.state)
	t.state, t.next = state, t.state
	return same
}

// deviate works out how far chance takes the requests in the system from their
// mean, and how fast that changes.
func (t *tide) deviate(mix fluid.Mix) {
	t.slope = 0
	content := t.running()
	if content <= 0 || t.rate <= 0 {
		return
	}
	t.slope = max(fluid.Slope(t.groups, t.points, mix), 0.1*t.rate/content)
	peakedness := 0.0
	for _, s := range t.sources {
		peakedness += float64(s.rate / t.rate * s.draws.Peakedness(s.scv))
	}
	t.steady = math.Sqrt(peakedness * t.rate / t.slope)
	t.spread = t.steady
}

// drift moves the deviation from the mean on to the present.
func (t *tide) drift(now event.Time) {
	if t.slope == 0 {
		return
	}
	keep := fmath.Exp(-t.slope * (now - t.deviated).Seconds())
	t.deviated = now
	t.chance = float64(keep*t.chance) + float64(math.Sqrt(1-float64(keep*keep))*t.noise.Normal())
}

// running returns the requests on the replicas in the step.
func (t *tide) running() float64 {
	sum := 0.0
	for _, e := range t.engines {
		sum += float64(float64(e.n) * e.point.Running)
	}
	return sum
}

// limitQueue sets how many requests may wait: as many as come within the
// shortest patience or deadline, or as find room.
func (t *tide) limitQueue() {
	t.cap, t.rejects = math.Inf(1), false
	patient, waiting := 0.0, true
	for _, s := range t.sources {
		if p := s.config.Patience; p > 0 {
			patient += float64(s.rate * p.Seconds())
		} else {
			waiting = false
		}
		if d := s.config.Deadline; d > 0 && t.rate*d.Seconds() < t.cap {
			t.cap, t.rejects = t.rate*d.Seconds(), true
		}
	}
	if waiting && patient < t.cap {
		t.cap, t.rejects = patient, false
	}
	if room := t.Variant().Engine.MaxWaiting; room > 0 {
		if places := float64(room * max(1, t.Ready())); places < t.cap {
			t.cap, t.rejects = places, true
		}
	}
}

// flow ends the step: what has come and gone in it is counted.
func (t *tide) flow(now event.Time) {
	seconds := (now - t.at).Seconds()
	if seconds == 0 || len(t.sources) == 0 {
		return
	}
	for _, e := range t.engines {
		e.usage = e.used(now - t.at)
		t.flops += float64(float64(e.n) * e.point.FLOPs * seconds)
		t.bytes += float64(float64(e.n) * e.point.Bytes * seconds)
	}
	queue := max(0, t.queue+float64((t.rate-t.served)*seconds))
	surplus := max(0, queue-t.cap)
	t.queue = queue - surplus
	before := t.content
	come := t.rate * seconds
	gone := before + come - surplus - t.running() - t.queue
	gone = max(0, gone)
	t.content = before + come - surplus - gone
	t.arrived += come
	seg := t.sampling.sim.segments.of(t.at)
	for _, s := range t.sources {
		t.share(s, seg, seconds, gone, surplus)
	}
}

// share counts a source's part of what has come and gone in a step.
func (t *tide) share(s *source, segment int, seconds, gone, surplus float64) {
	f := &s.flows[segment]
	come := s.rate * seconds
	f.arrived += come
	desired, adopted := 1.0, 1.0
	if s.answer != nil {
		desired, adopted = s.answer.weights(t.at)
	}
	f.desired += float64(come * desired)
	f.adopted += float64(come * adopted)
	part := 1 / float64(len(t.sources))
	if t.rate > 0 {
		part = s.rate / t.rate
	}
	if lost := surplus * part; t.rejects {
		f.rejected += lost
	} else {
		f.cancelled += lost
	}
	gone *= part
	p := t.working()
	cut := math.Inf(1)
	if a := s.config.Patience; a > 0 && p.Token > 0 {
		cut = max(0, (a.Seconds()-t.queue/max(t.rate, 1e-9)-p.First)/p.Token)
	}
	m := s.draws.Means(1, cut)
	f.ended += gone
	f.givenUp += float64(gone * m.GivenUp)
	f.cancelled += float64(gone * m.GivenUp)
	f.prompt += float64(gone * m.Prompt)
	f.output += float64(gone * (m.Steps + 1))
	f.thinking += float64(gone * m.Thinking)
	t.sampling.sim.demand.sold(t.deployed, float64(gone*(m.Prompt+m.Steps+1)))
}

// working returns a replica at work, of the newest engine that has any.
func (t *tide) working() fluid.Point {
	for i := len(t.engines) - 1; i >= 0; i-- {
		if t.engines[i].n > 0 {
			return t.engines[i].point
		}
	}
	return fluid.Point{}
}

// used returns the usage of a replica some time into the step.
func (e *engineTide) used(into event.Time) serving.Usage {
	at := func(i int) event.Time { return event.Time(e.point.Shares[i] * float64(into)) }
	u := e.usage
	u.Prefill += at(fluid.Prefill)
	u.Decode += at(fluid.Decode)
	u.Host += at(fluid.Host)
	u.Comm += at(fluid.Comm)
	return u
}

// Outstanding implements service.Fluid. While a window simulates the whole
// deployment, what it has counts.
func (t *tide) Outstanding(event.Time) float64 {
	if w := t.sampling.window; w != nil && w.counting {
		if p := w.probe(t); p.share == 1 {
			return float64(p.deployment.Load())
		}
	}
	return max(0, t.content+float64(t.chance*t.spread))
}

// Usage implements service.Fluid.
func (t *tide) Usage(now event.Time, c *serving.Config) serving.Usage {
	return t.engine(c).used(now - t.at)
}

// Drain implements service.Fluid.
func (t *tide) Drain(_ event.Time, c *serving.Config) event.Time {
	e := t.engine(c)
	if e.point.Running == 0 || t.rate == 0 {
		return 0
	}
	few := e.curve.At(e.point.Running/4, e.n, t.mix(0))
	longest := 0.0
	for _, s := range t.sources {
		seconds := s.draws.Residual(e.point.Running*s.rate/t.rate) * few.Token
		if p := s.config.Patience; p > 0 {
			seconds = min(seconds, p.Seconds())
		}
		longest = max(longest, seconds)
	}
	return event.FromSeconds(longest)
}

// Changed implements service.Fluid: a new step begins.
func (t *tide) Changed(now event.Time) {
	g := t.sampling
	g.sim.engine.Arm(g.timer, now, event.ClassStep)
}

// Work implements service.Fluid.
func (t *tide) Work(now event.Time) (flops, bytes float64) {
	flops, bytes = t.flops, t.bytes
	seconds := (now - t.at).Seconds()
	for _, e := range t.engines {
		flops += float64(float64(e.n) * e.point.FLOPs * seconds)
		bytes += float64(float64(e.n) * e.point.Bytes * seconds)
	}
	return flops, bytes
}

// load returns what is in the deployment.
func (t *tide) load() loaded {
	l := loaded{system: t.content}
	for _, e := range t.engines {
		n := float64(float64(e.n) * e.point.Running)
		l.running += n
		l.kv += float64(n * e.point.Context)
	}
	return l
}
