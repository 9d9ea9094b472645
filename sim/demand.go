package sim

import (
	"fmt"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/workloads/demand"
)

// demandPlan is how volume and thinking of every workload change over the run:
// prices are given, or follow the cost model, so the whole course is known when
// the run is built.
type demandPlan struct {
	rate, think map[string][]demand.Path // by workload
	summary     *demandSummary           // of the first shock; nil = none
}

// demandSummary is what results say of the first shock.
type demandSummary struct {
	at            event.Time
	price         float64
	elasticity    float64
	gpuHours      float64 // closed form
	before, after string
}

func (p *demandPlan) rateFactor(workload string) func(event.Time) float64 {
	return product(p.rate[workload])
}

func (p *demandPlan) thinkFactor(workload string) func(event.Time) float64 {
	return product(p.think[workload])
}

// product returns the product of paths, nil when there are none.
func product(paths []demand.Path) func(event.Time) float64 {
	if len(paths) == 0 {
		return nil
	}
	return func(t event.Time) float64 {
		f := 1.0
		for _, p := range paths {
			f *= p.Value(t)
		}
		return f
	}
}

// buildDemand plans the shocks: changes of models happen as events, changes of
// volume become factors of the workloads' rates.
func (s *Simulation) buildDemand() error {
	s.demand = &demandPlan{rate: map[string][]demand.Path{}, think: map[string][]demand.Path{}}
	if s.doc.Demand == nil {
		return nil
	}
	served := map[string]*perf.Serving{} // what each deployment serves by now
	for i := range s.doc.Demand.Shocks {
		k := &s.doc.Demand.Shocks[i]
		path := fmt.Sprintf("demand.shocks[%d]", i)
		d := s.service(k.Deployment)
		before := served[k.Deployment]
		if before == nil {
			before = d.serving
		}
		after := before
		if k.SwapModel != nil {
			var err error
			if after, err = s.planSwap(k, d, path); err != nil {
				return err
			}
			served[k.Deployment] = after
		}
		price, err := s.priceRatio(k, d, before, after)
		if err != nil {
			return s.doc.Locate(path+".price_from", err)
		}
		if err := s.respond(k, price, before.Model.Name, after.Model.Name, path); err != nil {
			return err
		}
	}
	return nil
}

// planSwap plans a deployment's change of model and returns the new model's
// costs.
func (s *Simulation) planSwap(k *scenario.Shock, d *deployed, path string) (*perf.Serving, error) {
	path += ".swap_model"
	cost, err := s.servingCost(&k.SwapModel.Served, d.pool, path)
	if err != nil {
		return nil, err
	}
	v, err := s.variant(d.spec, &k.SwapModel.Served, cost, d.pool, path)
	if err != nil {
		return nil, err
	}
	if err := d.Check(&v); err != nil {
		return nil, s.doc.Locate(path, err)
	}
	d.eras = append(d.eras, era{k.At, cost, k.SwapModel.Engine})
	replicas, target := k.SwapModel.Replicas, k.SwapModel.Target
	s.plan(k.At, event.ClassTimer, func(now event.Time) error {
		d.Swap(now, v, replicas, target)
		return nil
	})
	return cost, nil
}

// priceRatio returns the factor by which a shock changes the price of a token.
func (s *Simulation) priceRatio(k *scenario.Shock, d *deployed, before, after *perf.Serving) (float64, error) {
	price := 1.0
	if k.PriceFactor > 0 {
		price = k.PriceFactor
	}
	if k.PriceFrom == "cost-model" {
		prompt, output, err := s.meanRequest(k.Deployment)
		if err != nil {
			return 0, err
		}
		seqs := d.spec.Engine.MaxNumSeqs
		if k.SwapModel != nil {
			seqs = k.SwapModel.Engine.MaxNumSeqs
		}
		price *= after.GPUSecondsPerToken(prompt, output, seqs) / before.GPUSecondsPerToken(prompt, output, d.spec.Engine.MaxNumSeqs)
	}
	return price, nil
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

// respond turns a shock into paths of volume and thinking.
func (s *Simulation) respond(k *scenario.Shock, price float64, before, after, path string) error {
	summary := &demandSummary{at: k.At, price: price, gpuHours: 1, before: before, after: after}
	for i := range s.doc.Workloads.Requests {
		w := &s.doc.Workloads.Requests[i]
		if w.Deployment != k.Deployment {
			continue
		}
		var paths []demand.Path
		if k.VolumeFactor > 0 {
			paths = append(paths, demand.Path{At: k.At, Level: k.VolumeFactor, Adoption: demand.Instant{}})
		}
		if g := s.segmentOf(w.Name); g != nil && price != 1 {
			r, err := response(g)
			if err != nil {
				return s.doc.Locate("demand.segments", err)
			}
			summary.elasticity, summary.gpuHours = r.Elasticity, r.GPUHours(price)
			paths = append(paths, demand.Path{At: k.At, Level: r.Requests(price), Adoption: r.Adoption})
			s.demand.think[w.Name] = append(s.demand.think[w.Name], demand.Path{At: k.At, Level: r.TokensPerRequest(price), Adoption: r.Adoption})
		}
		if len(paths) > 0 && w.Trace != nil {
			return s.doc.Locate(path, fmt.Errorf("changes the volume of %s, which replays a trace: only synthetic requests answer to prices", w.Name))
		}
		s.demand.rate[w.Name] = append(s.demand.rate[w.Name], paths...)
	}
	if s.demand.summary == nil {
		s.demand.summary = summary
	}
	return nil
}

func (s *Simulation) segmentOf(workload string) *scenario.Segment {
	for i := range s.doc.Demand.Segments {
		if g := &s.doc.Demand.Segments[i]; slices.Contains(g.Requests, workload) {
			return g
		}
	}
	return nil
}

// response translates a segment.
func response(g *scenario.Segment) (demand.Response, error) {
	r := demand.Response{Elasticity: g.Elasticity, ThinkingElasticity: g.ThinkingElasticity, Adoption: demand.Instant{}}
	switch g.Adoption.Kind {
	case "lag":
		r.Adoption = demand.Lag{Tau: g.Adoption.Tau}
	case "bass":
		r.Adoption = demand.Bass{Innovation: float64(g.Adoption.Innovation), Imitation: float64(g.Adoption.Imitation)}
	}
	return r, r.Validate()
}
