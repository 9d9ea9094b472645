package sim

import (
	"fmt"
	"math"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/workloads"
)

// demandSummary is what results say of a deployment's first shock.
type demandSummary struct {
	at            event.Time
	price, cost   float64
	volume        float64 // of requests, whatever the price
	before, after string
	offer         *offer
	deployment    string
}

// planDeliveries keeps back the nodes that shocks add, until then.
func (s *Simulation) planDeliveries() error {
	if s.doc.Demand == nil {
		return nil
	}
	for i := range s.doc.Demand.Shocks {
		k := &s.doc.Demand.Shocks[i]
		if k.AddNodes == 0 || k.At == 0 {
			continue
		}
		g, err := s.cluster.Withhold(0, s.poolsNamed(k.Pool)[0], k.AddNodes, k.At)
		if err != nil {
			return s.doc.Locate(fmt.Sprintf("demand.shocks[%d].add_nodes", i), err)
		}
		s.plan(k.At, event.ClassFault, func(now event.Time) error {
			s.cluster.Deliver(now, g)
			return nil
		})
	}
	return nil
}

// deliveries returns the nodes that shocks add to a pool.
func (s *Simulation) deliveries(pool string) int {
	n := 0
	if d := s.doc.Demand; d != nil {
		for i := range d.Shocks {
			if k := &d.Shocks[i]; k.AddNodes > 0 && k.Pool == pool {
				n += k.AddNodes
			}
		}
	}
	return n
}

// planShock plans what a shock changes of a deployment and of its demand.
func (m *market) planShock(k *scenario.Shock, path string) error {
	if !k.Changes() {
		return nil
	}
	s := m.sim
	d := s.service(k.Deployment)
	o := m.offers[d]
	before, factor, batch := o.serving, o.cost, o.batch()
	if err := m.planSwap(k, d, o, path); err != nil {
		return err
	}
	prompt, output, err := s.meanRequest(k.Deployment)
	switch {
	case err == nil:
	case k.PriceFrom != "":
		return s.doc.Locate(path+".price_from", err)
	default:
		prompt, output = 1000, 1000 // replayed requests: nothing answers, the ratio is for information
	}
	cost := o.serving.GPUSecondsPerToken(prompt, output, o.batch()) * o.cost /
		(before.GPUSecondsPerToken(prompt, output, batch) * factor)
	price := 1.0
	switch {
	case k.PriceFactor > 0:
		price = k.PriceFactor
	case k.PriceFrom == "cost-model":
		price = cost
	}
	if !slices.ContainsFunc(m.shocked, func(d *demandSummary) bool { return d.offer == o }) {
		first := &demandSummary{at: k.At, price: price, cost: cost, volume: 1 - float64(k.RemoveDemandShare), before: before.Model.Name, after: o.serving.Model.Name, offer: o, deployment: k.Deployment}
		if k.VolumeFactor > 0 {
			first.volume *= k.VolumeFactor
		}
		m.shocked = append(m.shocked, first)
	}
	if err := m.answerable(k, price, path); err != nil {
		return err
	}
	apply := func() {
		o.price *= price
		o.prices.Begin(k.At, o.price)
		if k.VolumeFactor > 0 {
			o.volume *= k.VolumeFactor
		}
		o.stays *= 1 - float64(k.RemoveDemandShare)
		o.changed = true
		for _, a := range m.answers {
			if a.offer == o {
				a.aim(k.At, true)
			}
		}
	}
	if m.feedback == nil {
		apply()
		return nil
	}
	m.feedback.plan(k.At, apply)
	return nil
}

// answerable refuses shocks that would change the volume of a trace.
func (m *market) answerable(k *scenario.Shock, price float64, path string) error {
	for i := range m.sim.doc.Workloads.Requests {
		w := &m.sim.doc.Workloads.Requests[i]
		if w.Deployment != k.Deployment || w.Trace == nil {
			continue
		}
		if k.VolumeFactor > 0 || k.RemoveDemandShare > 0 || (m.segmentOf(w.Name) != nil && price != 1) {
			return m.sim.doc.Locate(path, fmt.Errorf("changes the volume of %s, which replays a trace: only synthetic requests answer to prices", w.Name))
		}
	}
	return nil
}

// planSwap plans a deployment's change of model or of cost, and notes in the
// offer what it serves from then on.
func (m *market) planSwap(k *scenario.Shock, d *deployed, o *offer, path string) error {
	if k.SwapModel == nil && k.CostFactor == 0 {
		return nil
	}
	s := m.sim
	replicas, target := 0, 0.0
	if k.CostFactor > 0 {
		o.cost *= k.CostFactor
	}
	if k.SwapModel != nil {
		path += ".swap_model"
		o.served = k.SwapModel.Served
		replicas, target = k.SwapModel.Replicas, k.SwapModel.Target
		if o.target > 0 && target > 0 {
			o.target = target
		}
	}
	cost, err := s.servingCost(&o.served, d.pool, path)
	if err != nil {
		return err
	}
	v, err := s.variant(d.spec, &o.served, cost, o.cost, d.pool, path)
	if err != nil {
		return err
	}
	if err := d.Check(&v); err != nil {
		return s.doc.Locate(path, err)
	}
	o.serving = cost
	d.eras = append(d.eras, era{k.At, cost, o.served.Engine, o.cost})
	s.plan(k.At, event.ClassTimer, func(now event.Time) error {
		d.Swap(now, v, replicas, target)
		return nil
	})
	return nil
}

// batch returns how many requests a replica computes at once when it is as busy as
// its scaler wants it. Tokens cost what they cost there: fuller batches than these,
// which would be cheaper, do not happen.
func (o *offer) batch() int {
	if o.target == 0 {
		return o.served.Engine.MaxNumSeqs
	}
	return min(o.served.Engine.MaxNumSeqs, int(math.Ceil(o.target)))
}

// meanRequest returns the mean prompt and output of a deployment's synthetic
// workloads, weighted by their rates.
func (s *Simulation) meanRequest(deployment string) (prompt, output int, err error) {
	var rate, prompts, outputs float64
	for i := range s.doc.Workloads.Requests {
		w := &s.doc.Workloads.Requests[i]
		if w.Deployment != deployment || w.Trace != nil {
			continue
		}
		c, err := requestConfig(w)
		if err != nil {
			return 0, 0, err
		}
		out := c.Output.Mean()
		if c.Thinking != nil {
			out += float64(c.ThinkShare * c.Thinking.Mean())
		}
		rate += c.Rate.PerSecond
		prompts += float64(c.Rate.PerSecond * c.Prompt.Mean())
		outputs += float64(c.Rate.PerSecond * out)
	}
	if rate == 0 {
		return 0, 0, fmt.Errorf("deployment %s has no synthetic requests to weigh costs by", deployment)
	}
	return int(prompts / rate), int(outputs / rate), nil
}

// onGrid returns the grid instant at which a rate that changes at t is first
// read.
func onGrid(t event.Time) event.Time { return t / workloads.RateStep * workloads.RateStep }
