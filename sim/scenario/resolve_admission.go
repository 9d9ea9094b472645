package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
)

// admission checks how a deployment takes requests in.
func (r *resolver) admission(path string, d *Deployment) {
	a := d.Admission
	if a == nil {
		return
	}
	holds := a.Concurrency > 0 || d.Router == "central"
	switch {
	case a.Order != "fcfs" && !holds:
		r.fail(path+".order", "%s orders nothing: without concurrency (or the router central) requests do not wait here; engine.queue orders those that wait in a replica", a.Order)
	case a.Displace && !holds:
		r.fail(path+".displace", "there is nothing to displace: without concurrency (or the router central) requests do not wait here")
	case a.Displace && a.MaxWaiting == 0 && !a.SLOAware:
		r.fail(path+".displace", "nothing is turned away: give max_waiting or slo_aware")
	}
	if a.SLOAware && d.SLO.TTFT == 0 {
		r.fail(path+".slo_aware", "needs slo.ttft of the deployment")
	}
	if a.SLOShare == 0 {
		r.fail(path+".slo_share", "must be more than 0")
	}
	for i := range a.Shed {
		r.shedRule(fmt.Sprintf("%s.shed[%d]", path, i), d.Name, &a.Shed[i])
	}
	if a.Fair == nil {
		return
	}
	if a.Order != "fair" && d.Engine.Queue != "fair" {
		r.fail(path+".fair", "neither order nor engine.queue is fair")
	}
	for i, t := range a.Fair.Tenants {
		at := fmt.Sprintf("%s.fair.tenants[%d]", path, i)
		if t.Weight == 0 {
			r.fail(at+".weight", "must be more than 0")
		}
		if j := slices.IndexFunc(a.Fair.Tenants, func(o TenantShare) bool { return o.Name == t.Name }); j < i {
			r.fail(at+".name", "a second tenant named %q", t.Name)
		}
	}
}

func (r *resolver) shedRule(path, deployment string, s *ShedRule) {
	if s.Class == "" && s.PriorityBelow == nil {
		r.fail(path, "turns everything away: give class or priority_below, or use max_waiting")
		return
	}
	if classes, known := r.classes(deployment); s.Class != "" && known && !slices.Contains(classes, s.Class) {
		r.fail(path+".class", "no requests of class %q come to this deployment (%s).%s", s.Class, strings.Join(classes, ", "), suggest.Hint(s.Class, classes))
	}
}

// classes returns the classes of the requests that come to a deployment, unless
// a trace brings its own.
func (r *resolver) classes(deployment string) (classes []string, known bool) {
	for i := range r.Workloads.Requests {
		w := &r.Workloads.Requests[i]
		if w.Deployment != deployment && w.Deployment != "" {
			continue
		}
		switch {
		case w.Class != "":
			classes = append(classes, w.Class)
		case w.Trace != nil:
			return nil, false
		default:
			classes = append(classes, w.Name)
		}
	}
	return classes, true
}
