package scenario

import (
	"fmt"
	"slices"

	"github.com/jevons-sim/jevons/sim/perf"
)

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
	r.topology(path+".required_topology", d.RequiredTopology, d.Pool)
	r.scaling(path, d.Replicas, d.Autoscale, d.SLO)
	r.prefill(path+".prefill", d)
	r.admission(path+".admission", d)
	r.routing(path+".routing", d.Router, &d.Routing)
	if c := d.ColdStart; c != nil && c.Image > 0 && c.ImageBandwidth == 0 {
		r.fail(path+".cold_start.image_bandwidth", "must be more than 0B/s")
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
	if e.Speculation != nil {
		r.speculation(path+".speculation", e)
	}
	if e.MaxOutput > 0 && e.Admission != "guaranteed" {
		r.fail(path+".max_output", "is what guaranteed admission keeps memory for; admission is %s", e.Admission)
	}
	switch {
	case e.Preemption == "swap" && e.HostMemory == 0:
		r.fail(path+".preemption", "swap needs host_memory")
	case e.HostMemory > 0 && e.Preemption != "swap" && !e.PrefixCache:
		r.fail(path+".host_memory", "nothing would use it: preemption is %s and prefix_cache is false", e.Preemption)
	case e.HostOverlap && e.HostMemory == 0:
		r.fail(path+".host_overlap", "there is no host_memory to move KV to")
	case e.HostBandwidth == 0:
		r.fail(path+".host_bandwidth", "must be more than 0B/s")
	}
}

// scaling checks what sets the number of replicas.
func (r *resolver) scaling(path string, replicas int, a *Autoscale, slo SLO) {
	switch {
	case a == nil && replicas == 0:
		r.fail(path, "replicas is missing (a number, or autoscale with its bounds)")
	case a == nil:
	case replicas != 0:
		r.fail(path+".autoscale", "replicas and autoscale exclude each other")
	case a.Max < a.Min:
		r.fail(path+".autoscale.max", "%d is less than min, %d", a.Max, a.Min)
	case a.Target == 0 && a.ByConcurrency():
		r.fail(path+".autoscale.target", "must be more than 0 outstanding requests per replica")
	case a.Target == 0:
		r.fail(path+".autoscale.target", "must be more than 0")
	case (a.Metric == "kv" || a.Metric == "slo") && a.Target >= 1:
		r.fail(path+".autoscale.target", "%v: with metric %s it is a share, below 1", a.Target, a.Metric)
	case a.Metric == "slo" && slo.TTFT == 0:
		r.fail(path+".autoscale.metric", "slo needs slo.ttft of the deployment")
	case a.Interval == 0:
		r.fail(path+".autoscale.interval", "must be longer than 0s")
	}
}

// speculation checks a draft and how well it does.
func (r *resolver) speculation(path string, e *Engine) {
	s := e.Speculation
	if !slices.Contains([]string{"mtp", "eagle", "ngram"}, s.Draft) {
		if m, err := perf.LookupModel(s.Draft); err == nil {
			s.Draft = m.Name
		} else {
			r.fail(path+".draft", "%w; mtp, eagle and ngram are drafts too", err)
		}
	}
	switch n := len(s.AcceptanceByPosition); {
	case n == 0 && s.Acceptance == 0:
		r.fail(path, "acceptance is missing (a probability, or acceptance_by_position with one for each token)")
	case n > 0 && s.Acceptance > 0:
		r.fail(path+".acceptance", "acceptance and acceptance_by_position exclude each other")
	case n > 0 && n != s.Tokens:
		r.fail(path+".acceptance_by_position", "has %d probabilities for %d tokens", n, s.Tokens)
	}
	if s.Acceptance > 1 {
		r.fail(path+".acceptance", "%v is more than 1", s.Acceptance)
	}
	for i, a := range s.AcceptanceByPosition {
		if a > 1 {
			r.fail(fmt.Sprintf("%s.acceptance_by_position[%d]", path, i), "%v is more than 1", a)
		}
	}
	if least := e.MaxNumSeqs * (s.Tokens + 1); e.MaxNumBatchedTokens >= e.MaxNumSeqs && e.MaxNumBatchedTokens < least {
		r.fail(path+".tokens", "a step of %d sequences would verify %d tokens, more than max_num_batched_tokens, %d", e.MaxNumSeqs, least, e.MaxNumBatchedTokens)
	}
}
