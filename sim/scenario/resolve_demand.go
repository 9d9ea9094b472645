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
		if s.ThinkingElasticity >= 1 {
			r.fail(path+".thinking_elasticity", "%v is not below 1", s.ThinkingElasticity)
		}
		if s.Adoption.Kind == "lag" && s.Adoption.Tau == 0 {
			r.fail(path+".adoption.tau", "must be longer than 0s; kind: instant has no lag")
		}
		if s.Adoption.Kind == "bass" && s.Adoption.Innovation == 0 {
			r.fail(path+".adoption.innovation", "must be above 0, or nobody ever starts")
		}
	}
	for i := range r.Demand.Shocks {
		path := fmt.Sprintf("demand.shocks[%d]", i)
		r.shock(path, &r.Demand.Shocks[i])
		if i > 0 && r.Demand.Shocks[i].At < r.Demand.Shocks[i-1].At {
			r.fail(path+".at", "is before the shock above it; list shocks in order of time")
		}
	}
}

func (r *resolver) shock(path string, s *Shock) {
	r.within(path+".at", s.At)
	r.reference(path+".deployment", "deployment", &s.Deployment, r.deploymentNames())
	if s.PriceFactor != 0 && s.PriceFrom != "" {
		r.fail(path+".price_from", "price_factor and price_from exclude each other")
	}
	if s.SwapModel == nil && s.PriceFrom != "" {
		r.fail(path+".price_from", "cost-model compares the models of a swap; there is no swap_model")
	}
	if s.SwapModel == nil && s.PriceFactor == 0 && s.VolumeFactor == 0 {
		r.fail(path, "changes nothing: give swap_model, price_factor or volume_factor")
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
