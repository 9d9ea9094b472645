package serving

import "github.com/jevons-sim/jevons/sim/metrics"

// run is a run of decode steps whose durations are known in closed form: one
// or two arithmetic progressions, in table units.
type run struct {
	segments [2]progression
	steps    int64 // in both together
}

// progression is the durations first, first+slope, … of count steps.
type progression struct{ first, slope, count int64 }

// sum returns the sum of the first k durations.
func (p progression) sum(k int64) int64 { return k*p.first + p.slope*(k*(k-1)/2) }

// drop removes the first k steps.
func (p *progression) drop(k int64) {
	p.first += k * p.slope
	p.count -= k
}

// A run longer than these is cut, so that every intermediate product stays
// inside an int64: slopes, b·max(D, R), may reach 2⁴¹ units (33 µs) a step.
const (
	maxRun   = int64(1) << 61 // summed duration: about nine and a half hours
	maxSteps = int64(1) << 20
)

// newRun returns the durations of k steps (fewer where maxRun or maxSteps cut
// them) of b decodes over kv context tokens before the first.
//
// Step j takes fixed + max(C + a(kv+b) + a·b·j, M + r(kv+b) + r·b·j): each
// branch is linear in j, so the larger one changes at most once.
func newRun(c *Config, b, kv, k int64) run {
	t := c.Table
	fixed := t.HostTime(b) + t.Comm[b]
	fixed += max(t.Compute[b], t.Memory[b])
	compute := fixed + t.DecodePair*(kv+b)
	memory := fixed + t.KVRead*(kv+b)
	computeSlope, memorySlope := t.DecodePair*b, t.KVRead*b

	k = min(k, maxSteps)
	longest := max(compute+computeSlope*(k-1), memory+memorySlope*(k-1))
	if longest > maxRun/k {
		k = max(1, maxRun/longest)
	}
	// The branch that is larger at the start, and the one that may overtake it.
	first := progression{compute, computeSlope, k}
	second := progression{memory, memorySlope, 0}
	if second.first > first.first || (second.first == first.first && second.slope > first.slope) {
		first, second = second, first
		first.count, second.count = k, 0
	}
	if gain := second.slope - first.slope; gain > 0 {
		lead := first.first - second.first
		cross := min(lead/gain+1, k) // first step at which the second is larger
		first.count, second.count = cross, k-cross
		second.first += cross * second.slope
	}
	return run{segments: [2]progression{first, second}, steps: k}
}

// elapsed returns the summed duration of the first j steps.
func (u *run) elapsed(j int64) int64 {
	s := &u.segments
	if j <= s[0].count {
		return s[0].sum(j)
	}
	return s[0].sum(s[0].count) + s[1].sum(j-s[0].count)
}

// first returns the duration of the next step.
func (u *run) first() int64 {
	if u.segments[0].count > 0 {
		return u.segments[0].first
	}
	return u.segments[1].first
}

// within returns how many whole steps fit into units: the largest j with
// elapsed(j) ≤ units.
func (u *run) within(units int64) int64 {
	// All durations lie between the first and the last; bisect the rest.
	lo, hi := int64(0), u.steps
	if first := u.first(); first > 0 {
		hi = min(hi, units/first) // durations never fall
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
	u.steps -= j
	for i := range u.segments {
		s := &u.segments[i]
		k := min(j, s.count)
		h.RecordProgression(s.first, s.slope, k, uint64(n))
		s.drop(k)
		j -= k
	}
	return sum
}
