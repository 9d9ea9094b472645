package scenario

import "fmt"

func (r *resolver) deployment(i int) {
	if i == 0 {
		unique(r, "deployments", "deployment", r.Deployments, func(d *Deployment) string { return d.Name })
	}
	d := &r.Deployments[i]
	path := fmt.Sprintf("deployments[%d]", i)
	r.served(path, &d.Served)
	if d.GPU != "" {
		if r.byGPU(path, d.GPU, &d.Pool) {
			d.GPU = ""
		}
	} else {
		r.placed(path, &d.Pool)
	}
	switch a := d.Autoscale; {
	case a == nil && d.Replicas == 0:
		r.fail(path, "replicas is missing (a number, or autoscale with its bounds)")
	case a == nil:
	case d.Replicas != 0:
		r.fail(path+".autoscale", "replicas and autoscale exclude each other")
	case a.Max < a.Min:
		r.fail(path+".autoscale.max", "%d is less than min, %d", a.Max, a.Min)
	case a.Target == 0:
		r.fail(path+".autoscale.target", "must be more than 0 outstanding requests per replica")
	case a.Interval == 0:
		r.fail(path+".autoscale.interval", "must be longer than 0s")
	}
	if d.WeightsBandwidth == 0 {
		r.fail(path+".weights_bandwidth", "must be more than 0B/s")
	}
}

// served checks a model, its precision and its engine.
func (r *resolver) served(path string, s *Served) {
	r.model(path, &s.Model, s.ModelConfig)
	s.Precision.resolve()
	r.engine(path+".engine", &s.Engine)
}

// resolve gives the formats their canonical names.
func (p *Precision) resolve() {
	for _, f := range []*string{&p.Weights, &p.KV, &p.Compute} {
		format(f)
	}
}

func (r *resolver) engine(path string, e *Engine) {
	if e.MemoryUtilization == 0 || e.MemoryUtilization > 1 {
		r.fail(path+".memory_utilization", "%v is not a share above 0 and up to 1", e.MemoryUtilization)
	}
	if e.MaxNumBatchedTokens < e.MaxNumSeqs {
		r.fail(path+".max_num_batched_tokens", "%d is less than max_num_seqs, %d: a step could not decode every sequence", e.MaxNumBatchedTokens, e.MaxNumSeqs)
	}
	if e.MaxOutput > 0 && e.Admission != "guaranteed" {
		r.fail(path+".max_output", "is what guaranteed admission keeps memory for; admission is %s", e.Admission)
	}
	switch {
	case e.Preemption == "swap" && e.HostMemory == 0:
		r.fail(path+".preemption", "swap needs host_memory")
	case e.HostMemory > 0 && e.Preemption != "swap" && !e.PrefixCache:
		r.fail(path+".host_memory", "nothing would use it: preemption is %s and prefix_cache is false", e.Preemption)
	case e.HostBandwidth == 0:
		r.fail(path+".host_bandwidth", "must be more than 0B/s")
	}
}
