package scenario

import (
	"fmt"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
)

// usualDetection is when a failure is noticed where nothing better is known:
// the collective timeout of common training frameworks.
const usualDetection = 10 * event.Minute

func (r *resolver) failures(path string, p *Pool) {
	f := p.Failures
	if f == nil {
		return
	}
	if f.GPU != nil {
		r.component(path+".gpu", &f.GPU.ComponentFailures)
	}
	if f.Node != nil {
		r.component(path+".node", f.Node)
	}
	if f.Rack != nil {
		r.component(path+".rack", f.Rack)
		if p.NodesPerRack == 0 {
			r.fail(path+".rack", "the pool has no racks: nodes_per_rack is missing")
		}
	}
	if f.Software != nil {
		r.law(path+".software", &f.Software.FailureLaw)
	}
	if s := f.Stragglers; s != nil {
		r.stragglers(path+".stragglers", s)
	}
	if p.NodesFrom != nil {
		for _, given := range []struct {
			key string
			is  bool
		}{{"spares", f.Spares != 0}, {"drains", len(f.Drains) > 0}} {
			if given.is {
				r.fail(path+"."+given.key, "nodes_from makes several pools, which have no %s", given.key)
			}
		}
		return
	}
	if p.Nodes > 0 && f.Spares >= p.Nodes {
		r.fail(path+".spares", "%d of the pool's %d nodes: at least one must be in service", f.Spares, p.Nodes)
	}
	for i := range f.Drains {
		r.drain(fmt.Sprintf("%s.drains[%d]", path, i), &f.Drains[i], p.Nodes)
	}
}

func (r *resolver) stragglers(path string, s *Stragglers) {
	if s.Share > 1 {
		r.fail(path+".share", "%v is more than all nodes", s.Share)
	}
	r.timeSpan(path+".detection", s.Detection)
	r.timeSpan(path+".repair", s.Repair)
	if (s.Detection == nil) != (s.Repair == nil) {
		r.fail(path, "detection and repair go together; without them slow nodes stay")
	}
}

func (r *resolver) drain(path string, d *Drain, nodes int) {
	r.within(path+".at", d.At)
	switch {
	case d.Duration == 0:
		r.fail(path+".duration", "must be longer than 0s")
	case d.Every != 0 && d.Every <= d.Duration:
		r.fail(path+".every", "%s is not longer than the drain, %s", duration(d.Every), duration(d.Duration))
	}
	if last := d.First + d.Nodes - 1; d.Nodes > 0 && nodes > 0 && last >= nodes {
		r.fail(path+".nodes", "drains nodes %d to %d, the pool has 0 to %d", d.First, last, nodes-1)
	}
}

func (r *resolver) component(path string, c *ComponentFailures) {
	r.law(path, &c.FailureLaw)
	r.timeSpan(path+".repair", c.Repair)
}

func (r *resolver) law(path string, l *FailureLaw) {
	if l.MTBF == 0 {
		r.fail(path+".mtbf", "must be longer than 0s")
	}
	if l.Detection == nil {
		l.Detection = &Durations{Dist: "constant", Value: usualDetection}
	}
	r.timeSpan(path+".detection", l.Detection)
}

// timeSpan checks a distribution that may be a constant 0s.
func (r *resolver) timeSpan(path string, d *Durations) {
	if d != nil && d.Dist == "constant" && d.Value == 0 {
		return
	}
	r.durations(path, d)
}

// usualCheckpoints is the work between checkpoints where nothing fails.
const usualCheckpoints = event.Hour

// checkpoint resolves how a job saves its state.
func (r *resolver) checkpoint(path string, c *Checkpoint, pool string) {
	i := slices.IndexFunc(r.Fleet.Pools, func(p Pool) bool { return p.Name == pool })
	fails := i >= 0 && r.Fleet.Pools[i].Failures.any()
	switch {
	case !c.Interval.Given && fails:
		c.Interval = Cadence{Given: true, YoungDaly: true}
	case !c.Interval.Given:
		c.Interval = Cadence{Given: true, Every: usualCheckpoints}
	case c.Interval.YoungDaly && !fails:
		r.fail(path+".interval", "young-daly needs failures in the job's pool, fleet.pools[].failures")
	}
	if c.Blocking != 0 && !c.Async {
		r.fail(path+".blocking", "goes with async: true; otherwise training stops until the checkpoint is written")
	}
}

// any reports whether something can fail by itself.
func (f *Failures) any() bool {
	return f != nil && (f.GPU != nil || f.Node != nil || f.Rack != nil || f.Software != nil)
}
