package scenario

import "fmt"

func (r *resolver) demand() {
	if r.Demand == nil {
		return
	}
	segments := r.Demand.Segments
	unique(r, "demand.segments", "segment", segments, func(s *Segment) string { return s.Name })
	owner := map[string]string{}
	workloads := names(r.Workloads.Requests, func(w *RequestWorkload) string { return w.Name })
	for i := range segments {
		s := &segments[i]
		path := fmt.Sprintf("demand.segments[%d]", i)
		for k := range s.Requests {
			at := fmt.Sprintf("%s.requests[%d]", path, k)
			r.reference(at, "request workload", &s.Requests[k], workloads)
			if other, taken := owner[s.Requests[k]]; taken {
				r.fail(at, "%q is already in segment %q", s.Requests[k], other)
			}
			owner[s.Requests[k]] = s.Name
		}
		r.segment(path, s)
	}
	for i := range r.Demand.Shocks {
		path := fmt.Sprintf("demand.shocks[%d]", i)
		r.shock(path, &r.Demand.Shocks[i])
		if i > 0 && r.Demand.Shocks[i].At < r.Demand.Shocks[i-1].At {
			r.fail(path+".at", "is before the shock above it; list shocks in order of time")
		}
	}
	r.feedback()
}

// segment checks how a segment answers.
func (r *resolver) segment(path string, s *Segment) {
	if s.ThinkingElasticity >= 1 {
		r.fail(path+".thinking_elasticity", "%v is not below 1", s.ThinkingElasticity)
	}
	if s.Adoption.Kind == "lag" && s.Adoption.Tau == 0 {
		r.fail(path+".adoption.tau", "must be longer than 0s; kind: instant has no lag")
	}
	if s.Adoption.Kind == "bass" && s.Adoption.Innovation == 0 {
		r.fail(path+".adoption.innovation", "must be above 0, or nobody ever starts")
	}
	if s.GrowthPerYear == 0 {
		r.fail(path+".growth_per_year", "must be above 0; 1 is no growth")
	}
	if s.Latency != nil && s.Latency.Percentile == 0 {
		r.fail(path+".latency.percentile", "must be above 0")
	}
}

// feedback checks the loop from measured costs and latencies to demand. What it
// compares them with is measured before the first shock, unless it is given.
func (r *resolver) feedback() {
	d := r.Demand
	if d.Feedback.Epoch == 0 {
		r.fail("demand.feedback.epoch", "must be longer than 0s")
	}
	if d.Feedback.Damping == 0 {
		r.fail("demand.feedback.damping", "must be above 0; 1 does not damp")
	}
	first := r.Horizon
	for i := range d.Shocks {
		if d.Shocks[i].Changes() {
			first = min(first, d.Shocks[i].At)
		}
	}
	measured := first > r.Warmup && first < r.Horizon
	if d.Price.Kind == "endogenous" {
		if !measured {
			r.fail("demand.price.kind", "endogenous prices are relative to what tokens cost from the end of the warm-up to the first shock: a shock must lie between warm-up and horizon")
		}
		for i := range d.Shocks {
			if d.Shocks[i].PriceFactor != 0 || d.Shocks[i].PriceFrom != "" {
				r.fail(fmt.Sprintf("demand.shocks[%d]", i), "sets a price, but prices are endogenous: they follow from costs")
			}
		}
	}
	for i := range d.Segments {
		if l := d.Segments[i].Latency; l != nil && l.Reference == 0 && !measured {
			r.fail(fmt.Sprintf("demand.segments[%d].latency.reference", i), "is missing: it can only be measured when a shock lies between warm-up and horizon")
		}
	}
}

func (r *resolver) shock(path string, s *Shock) {
	r.within(path+".at", s.At)
	if s.AddNodes > 0 {
		r.reference(path+".pool", "pool", &s.Pool, r.typedPools())
	}
	if !s.Changes() {
		if s.AddNodes == 0 {
			r.fail(path, "changes nothing: give swap_model, cost_factor, price_factor, volume_factor, remove_demand_share or add_nodes")
		}
		return
	}
	r.reference(path+".deployment", "deployment", &s.Deployment, r.deploymentNames())
	if s.PriceFactor != 0 && s.PriceFrom != "" {
		r.fail(path+".price_from", "price_factor and price_from exclude each other")
	}
	if s.SwapModel == nil && s.CostFactor == 0 && s.PriceFrom != "" {
		r.fail(path+".price_from", "cost-model compares costs before and after; there is no swap_model and no cost_factor")
	}
	if s.RemoveDemandShare > 1 {
		r.fail(path+".remove_demand_share", "%v is more than all", s.RemoveDemandShare)
	}
	if s.SwapModel != nil {
		r.swap(path+".swap_model", s.Deployment, s.SwapModel)
	}
}

// swap checks the model that a deployment changes to. An engine that is not
// written is the deployment's, but for the KV blocks: those follow from the
// model's memory.
func (r *resolver) swap(path, deployment string, s *SwapModel) {
	if _, written := r.where[path+".engine"]; !written {
		for i := range r.Deployments {
			if r.Deployments[i].Name == deployment {
				s.Engine = r.Deployments[i].Engine
				s.Engine.KVBlocks = 0
			}
		}
	}
	r.served(path, &s.Served)
}
