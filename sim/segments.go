package sim

import (
	"slices"
	"sort"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/scenario"
)

// segments cuts the run at every instant at which a window begins or ends, and
// at the end of the warm-up. Whatever happens is counted in its segment, once;
// windows and the whole run are sums of segments.
type segments struct{ cuts []event.Time } // the first is 0, the last the horizon

func newSegments(s *scenario.Scenario) segments {
	cuts := []event.Time{0, s.Warmup, s.Horizon}
	for _, w := range s.Outputs.Windows {
		cuts = append(cuts, w.From, windowEnd(s, &w))
	}
	slices.Sort(cuts)
	return segments{slices.Compact(cuts)}
}

func windowEnd(s *scenario.Scenario, w *scenario.Window) event.Time {
	if w.To == 0 {
		return s.Horizon
	}
	return w.To
}

// count returns the number of segments.
func (g segments) count() int { return len(g.cuts) - 1 }

// of returns the segment of an instant: cuts[i] ≤ t < cuts[i+1], and the last
// one for the horizon itself.
func (g segments) of(t event.Time) int {
	i := sort.Search(len(g.cuts), func(i int) bool { return g.cuts[i] > t })
	return min(i, len(g.cuts)-1) - 1
}

// within returns the range of segments from an instant to another, both cuts.
func (g segments) within(from, to event.Time) (lo, hi int) {
	lo, _ = slices.BinarySearch(g.cuts, from)
	hi, _ = slices.BinarySearch(g.cuts, to)
	return lo, hi
}
