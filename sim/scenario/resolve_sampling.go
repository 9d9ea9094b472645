package scenario

import "fmt"

// sampling checks that requests can be sampled as told.
func (r *resolver) sampling() {
	s := r.Workloads.Sampling
	if !s.On() {
		return
	}
	const path = "workloads.sampling"
	switch {
	case s.Window <= 0:
		r.fail(path+".window", "must be longer than 0s")
	case s.Every < s.Warmup+s.Window:
		r.fail(path+".every", "%s is shorter than warmup and window, %s", duration(s.Every), duration(s.Warmup+s.Window))
	case (s.Every+s.Window)/2 > r.Horizon:
		r.fail(path+".every", "the first window, from %s, is not over by the horizon, %s", duration((s.Every-s.Window)/2), duration(r.Horizon))
	case !(s.Share > 0 && s.Share <= 1):
		r.fail(path+".share", "%v: must be above 0 and at most 1", s.Share)
	}
	for i := range r.Deployments {
		if r.Deployments[i].Admission != nil {
			r.fail(fmt.Sprintf("deployments[%d].admission", i), "admission cannot be sampled: take workloads.sampling away")
		}
	}
	for i := range r.Deployments {
		if a := r.Deployments[i].Autoscale; a != nil && !a.ByConcurrency() {
			r.fail(fmt.Sprintf("deployments[%d].autoscale.metric", i), "%s cannot be sampled: take workloads.sampling away", a.Metric)
		}
	}
	for i := range r.Deployments {
		r.sampledDeployment(fmt.Sprintf("deployments[%d]", i), &r.Deployments[i])
	}
	if r.Demand != nil {
		for i := range r.Demand.Shocks {
			if m := r.Demand.Shocks[i].SwapModel; m != nil {
				r.sampledEngine(fmt.Sprintf("demand.shocks[%d].swap_model.engine", i), &m.Engine)
			}
		}
	}
	for i := range r.Workloads.Requests {
		w := &r.Workloads.Requests[i]
		at := fmt.Sprintf("workloads.requests[%d]", i)
		switch {
		case w.Trace != nil:
			r.fail(at+".trace", "recorded requests cannot be sampled: take workloads.sampling away")
		case w.Sessions != nil:
			r.fail(at+".sessions", "conversations cannot be sampled: take workloads.sampling away")
		case w.Arrivals != nil && w.Arrivals.Process == "mmpp":
			r.fail(at+".arrivals.process", "mmpp arrivals cannot be sampled: their states outlast a window; gamma arrivals are bursty too")
		}
	}
}

// sampledDeployment refuses what the fluid model does not know.
func (r *resolver) sampledDeployment(path string, d *Deployment) {
	if a := d.Autoscale; a != nil && !a.ByConcurrency() {
		r.fail(path+".autoscale.metric", "%s is not known between the windows of workloads.sampling; concurrency is", a.Metric)
	}
	if d.Admission != nil {
		r.fail(path+".admission", "limits of tenants do not go with workloads.sampling")
	}
	if d.Prefill != nil {
		r.fail(path+".prefill", "prefill apart from decode does not go with workloads.sampling")
	}
	r.sampledEngine(path+".engine", &d.Engine)
}

func (r *resolver) sampledEngine(path string, e *Engine) {
	if e.Speculation != nil {
		r.fail(path+".speculation", "speculative decoding does not go with workloads.sampling")
	}
}
