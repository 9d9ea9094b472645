package serving

import "github.com/jevons-sim/jevons/sim/event"

// PrefixAffinity sends each request to the replica whose cache has most of its
// prompt by its last look at them, the least loaded of them among equals. Replicas with more requests
// than the least loaded one plus the imbalance allowed are left out: affinity
// must not pile up what it attracts.
type PrefixAffinity struct {
	refresh   event.Time
	imbalance int
}

var _ reader = PrefixAffinity{}

// Pick implements Router.
func (p PrefixAffinity) Pick(_ event.Time, q *Request, c *Candidates) int {
	best := c.LeastLoaded()
	allowed := c.At(best).Load() + p.imbalance
	longest := c.At(best).matched(q)
	for i := range c.Len() {
		r := c.At(i)
		if i == best || r.Load() > allowed {
			continue
		}
		n := r.matched(q)
		if n > longest || (n == longest && r.Load() < c.At(best).Load()) {
			best, longest = i, n
		}
	}
	return best
}

func (p PrefixAffinity) period() event.Time { return p.refresh }
func (PrefixAffinity) contents() bool       { return true }

// String returns "prefix affinity".
func (PrefixAffinity) String() string { return "prefix affinity" }
