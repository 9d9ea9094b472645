package scenario

import "strings"

// prefill checks the prefill replicas of a disaggregated deployment.
func (r *resolver) prefill(path string, d *Deployment) {
	p := d.Prefill
	if p == nil {
		return
	}
	if p.Pool == "" {
		p.Pool = d.Pool
	} else {
		r.placed(path, &p.Pool)
	}
	r.topology(path+".required_topology", p.RequiredTopology, p.Pool)
	r.scaling(path, p.Replicas, p.Autoscale, d.SLO)
	r.engine(path+".engine", &p.Engine)
	r.routing(path+".routing", p.Router, &p.Routing)
	for _, e := range []struct {
		at     string
		engine *Engine
	}{{path + ".engine", &p.Engine}, {path + ".engine", &d.Engine}} {
		if e.engine.Admission == "guaranteed" {
			r.fail(path, "engines of disaggregated deployments admit optimistically: memory guaranteed for a whole request is not modelled between two replicas")
			break
		}
	}
	if a := d.Autoscale; a != nil && a.Metric == "slo" {
		r.fail(strings.TrimSuffix(path, ".prefill")+".autoscale.metric", "slo counts first tokens, which come from the prefill replicas: scale those by it, and these by concurrency, queue or kv")
	}
	switch {
	case r.Demand != nil:
		r.fail(path, "demand does not go with disaggregated deployments: prices of tokens are not modelled for two pools")
	case r.Workloads.Sampling.On():
		r.fail(path, "disaggregated deployments cannot be sampled: take workloads.sampling away")
	}
}
