package serving

import "github.com/jevons-sim/jevons/sim/metrics"

// run is a run of decode steps whose durations are known in closed form: the
// arithmetic progression first, first + slope, …, in table units.
type run struct{ first, slope, steps int64 }

// A run longer than these is cut, so that every intermediate product stays
// inside an int64: slopes, b·max(D, R), may reach 2⁴¹ units (33 µs) a step.
const (
	maxRun   = int64(1) << 61 // summed duration: about nine and a half hours
	maxSteps = int64(1) << 20
)

// newRun returns the durations of k steps (fewer where maxRun or maxSteps cut
// them) of b decodes over kv context tokens before the first, of which inSpan are
// in the spans of local layers and grow of the decodes add one a step to them.
//
// Step j takes fixed + a·(kv + b + b·j) + l·(inSpan + b + grow·j), where a is what
// a context token takes to be read or computed with, whichever is longer, and l
// the same in local layers.
func newRun(c *Config, b, kv, inSpan, grow, k int64) run {
	t := c.Table
	perToken := max(t.DecodePair, t.KVRead)
	u := run{t.HostTime(b) + t.Comm[b] + t.Matrix[b] + perToken*(kv+b), perToken * b, min(k, maxSteps)}
	if l := t.Local; l != nil {
		each := max(l.DecodePair, l.KVRead)
		u.first += each * (inSpan + b)
		u.slope += each * grow
	}
	if longest := u.first + u.slope*(u.steps-1); longest > maxRun/u.steps {
		u.steps = max(1, maxRun/longest)
	}
	return u
}

// elapsed returns the summed duration of the first j steps.
func (u *run) elapsed(j int64) int64 { return j*u.first + u.slope*(j*(j-1)/2) }

// within returns how many whole steps fit into units: the largest j with
// elapsed(j) ≤ units.
func (u *run) within(units int64) int64 {
	// All durations lie between the first and the last; bisect the rest.
	lo, hi := int64(0), u.steps
	if u.first > 0 {
		hi = min(hi, units/u.first) // durations never fall
	}
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if u.elapsed(mid) <= units {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return lo
}

// take removes the first j steps, adds their durations to the histogram with
// weight n each, and returns their sum.
func (u *run) take(j int64, h *metrics.Histogram, n int64) int64 {
	sum := u.elapsed(j)
	h.RecordProgression(u.first, u.slope, j, uint64(n))
	u.first += j * u.slope
	u.steps -= j
	return sum
}
