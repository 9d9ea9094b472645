package sim

import (
	"fmt"
	"math"
	"slices"

	"github.com/jevons-sim/jevons/internal/fmath"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/workloads"
	"github.com/jevons-sim/jevons/workloads/demand"
)

// market is demand over the run: what deployments ask for a token, and how
// workloads answer. Where prices are given, the whole course is known when the
// run is built. Where measured costs or latencies come back, it is known up to
// the end of the epoch.
type market struct {
	sim      *Simulation
	offers   map[*deployed]*offer
	answers  []*answer        // of synthetic workloads
	known    event.Time       // the course is known before it; 0 = all of it
	feedback *feedback        // nil = nothing comes back
	shocked  []*demandSummary // deployments, by their first shocks
}

// offer is what a deployment offers, relative to the start of the run.
type offer struct {
	serving  *perf.Serving // what it serves after all shocks so far
	served   scenario.Served
	target   float64 // of outstanding requests to a replica; 0 = it is not scaled by these
	replicas int
	price    float64       // of a token, after all shocks so far
	prices   *demand.Level // the same over time
	cost     float64       // of a token, as cost factors change it
	volume   float64       // of requests, whatever the price
	stays    float64       // share of demand that still needs GPUs
	changed  bool          // since the last epoch: what follows begins a new adoption
	meter    meter
}

// answer is how a synthetic workload answers its deployment's offer.
type answer struct {
	spec     *scenario.RequestWorkload
	offer    *offer
	response demand.Response
	cap      float64 // of requests, relative to the start; 0 = none
	growth   float64 // of requests per 365 days
	work     float64 // of its requests before anything changed, in GPU-s/s
	volume   *demand.Level
	adopted  *demand.Level // requests that came if latency deterred nobody
	actual   *demand.Level // requests that come; the same where η is 0
	think    *demand.Level
	latency  *scenario.LatencyResponse // nil = η is 0
	felt     metrics.Histogram         // since the last epoch, ns
	usual    metrics.Histogram         // before the first shock, ns
	slowness float64                   // latency relative to its reference, damped
}

const year = 365 * event.Day

// rate returns the factor on the workload's rate.
func (a *answer) rate(t event.Time) float64 { return a.rateOf(t, a.actual.Value(t)) }

// rateOf returns the factor on the rate that a level of requests comes to.
func (a *answer) rateOf(t event.Time, level float64) float64 {
	f := float64(a.volume.Value(t) * level)
	if a.growth != 1 {
		f *= fmath.Pow(a.growth, float64(t)/float64(year))
	}
	return f
}

// weights returns how many requests one that comes at an instant stands for:
// of those that the price asks for, and of those that have been adopted.
func (a *answer) weights(t event.Time) (desired, adopted float64) {
	t = t/workloads.RateStep*workloads.RateStep + workloads.RateStep/2 // as rates are read
	actual := a.actual.Value(t)
	return a.adopted.Target(t) / actual, a.adopted.Value(t) / actual
}

// buildDemand plans the shocks: changes of models happen as events, changes of
// volume become factors of the workloads' rates.
func (s *Simulation) buildDemand() error {
	m := &market{sim: s, offers: map[*deployed]*offer{}}
	s.demand = m
	d := s.doc.Demand
	if d == nil {
		return nil
	}
	for _, x := range s.services {
		m.offers[x] = &offer{serving: x.serving, served: x.spec.Served, target: x.spec.Autoscale.Concurrency(), replicas: x.spec.Replicas, price: 1, prices: demand.NewLevel(demand.Instant{}), cost: 1, volume: 1, stays: 1}
	}
	for i := range s.doc.Workloads.Requests {
		if w := &s.doc.Workloads.Requests[i]; w.Trace == nil {
			a, err := m.newAnswer(w)
			if err != nil {
				return err
			}
			m.answers = append(m.answers, a)
		}
	}
	if err := m.buildFeedback(); err != nil {
		return err
	}
	for i := range d.Shocks {
		if err := m.planShock(&d.Shocks[i], fmt.Sprintf("demand.shocks[%d]", i)); err != nil {
			return err
		}
	}
	return nil
}

// newAnswer returns how a workload answers: not at all, if no segment has it.
func (m *market) newAnswer(w *scenario.RequestWorkload) (*answer, error) {
	d := m.sim.service(w.Deployment)
	a := &answer{spec: w, offer: m.offers[d], growth: 1, slowness: 1}
	var adoption demand.Adoption = demand.Instant{}
	var err error
	if a.work, a.response.ThinkShare, err = m.requestWork(w, d); err != nil {
		return nil, err
	}
	if g := m.segmentOf(w.Name); g != nil {
		a.cap, a.growth = g.Adoption.Cap, g.GrowthPerYear
		if g.Latency != nil && g.Latency.Elasticity > 0 {
			a.latency = g.Latency
		}
		a.response.Elasticity, a.response.ThinkingElasticity = g.Elasticity, g.ThinkingElasticity
		adoption = adoptionOf(&g.Adoption)
	}
	if a.latency != nil {
		a.response.LatencyElasticity = a.latency.Elasticity
	}
	if err := a.response.Validate(); err != nil {
		return nil, m.sim.doc.Locate("demand.segments", err)
	}
	a.volume, a.think = demand.NewLevel(demand.Instant{}), demand.NewLevel(adoption)
	a.adopted = demand.NewLevel(adoption)
	if a.actual = a.adopted; a.latency != nil {
		a.actual = demand.NewLevel(adoption)
	}
	return a, nil
}

func (m *market) segmentOf(workload string) *scenario.Segment {
	for i := range m.sim.doc.Demand.Segments {
		if g := &m.sim.doc.Demand.Segments[i]; slices.Contains(g.Requests, workload) {
			return g
		}
	}
	return nil
}

func adoptionOf(a *scenario.Adoption) demand.Adoption {
	switch a.Kind {
	case "lag":
		return demand.Lag{Tau: a.Tau}
	case "bass":
		return demand.Bass{Innovation: float64(a.Innovation), Imitation: float64(a.Imitation)}
	}
	return demand.Instant{}
}

// requestWork returns the GPU time that a workload's mean request costs, times
// their rate, and the share of it that is thinking, by the cost model.
func (m *market) requestWork(w *scenario.RequestWorkload, d *deployed) (work, think float64, err error) {
	c, err := requestConfig(w)
	if err != nil {
		return 0, 0, err
	}
	prompt, answer := int(c.Prompt.Mean()), c.Output.Mean()
	batch := m.offers[d].batch()
	cost := func(output float64) float64 {
		return output * d.serving.GPUSecondsPerToken(prompt, int(math.Round(output)), batch)
	}
	without := cost(answer)
	if c.Thinking == nil {
		return c.Rate.PerSecond * without, 0, nil
	}
	with := cost(answer + float64(c.ThinkShare*c.Thinking.Mean()))
	return c.Rate.PerSecond * with, max(0, 1-without/with), nil
}

// answer returns how a workload answers, nil if it does not.
func (m *market) answer(workload string) *answer {
	for _, a := range m.answers {
		if a.spec.Name == workload {
			return a
		}
	}
	return nil
}

// aim sets what the answer moves to, from an instant on. A new adoption begins
// where there is a new cause.
func (a *answer) aim(at event.Time, begins bool) {
	o := a.offer
	set := func(l *demand.Level, target float64) {
		switch {
		case target == l.Target(at):
		case begins:
			l.Begin(at, target)
		default:
			l.Aim(at, target)
		}
	}
	limited := func(v float64) float64 {
		if a.cap > 0 {
			return min(v, a.cap)
		}
		return v
	}
	desired := a.response.Requests(o.price) * o.stays
	set(a.volume, o.volume)
	set(a.adopted, limited(desired))
	if a.latency != nil {
		set(a.actual, limited(desired*a.response.Latency(a.slowness)))
	}
	set(a.think, a.response.Thinking(o.price))
}
