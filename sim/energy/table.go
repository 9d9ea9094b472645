package energy

import (
	"sort"

	"github.com/jevons-sim/jevons/sim/event"
)

// Table is a value that changes in steps. The zero Table is 0 for ever.
type Table struct {
	// Every is the period after which the steps repeat; 0 = never.
	Every event.Time
	// Steps in order of time. Before the first one, the last one of the period
	// before holds; a table that does not repeat is 0 until then.
	Steps []Step
}

// Step is a value from an instant on.
type Step struct {
	At    event.Time // in the period, from 0
	Value float64
}

// Constant returns a table of one value.
func Constant(v float64) Table { return Table{Steps: []Step{{0, v}}} }

// At returns the value at an instant.
func (t *Table) At(now event.Time) float64 {
	phase := now
	if t.Every > 0 {
		phase = now % t.Every
	}
	i := sort.Search(len(t.Steps), func(i int) bool { return t.Steps[i].At > phase })
	switch {
	case i > 0:
		return t.Steps[i-1].Value
	case t.Every > 0 && len(t.Steps) > 0:
		return t.Steps[len(t.Steps)-1].Value
	}
	return 0
}

// Mean returns the mean value over a span of time.
func (t *Table) Mean(from, to event.Time) float64 {
	if to <= from {
		return t.At(from)
	}
	sum := 0.0
	for at := from; at < to; {
		next := min(t.Next(at), to)
		sum += float64(t.At(at) * (next - at).Seconds())
		at = next
	}
	return sum / (to - from).Seconds()
}

// Next returns the first instant after now at which the value may change;
// event.Forever if there is none.
func (t *Table) Next(now event.Time) event.Time {
	if len(t.Steps) == 0 || (t.Every > 0 && len(t.Steps) == 1) {
		return event.Forever
	}
	start := event.Time(0)
	if t.Every > 0 {
		start = now - now%t.Every
	}
	i := sort.Search(len(t.Steps), func(i int) bool { return t.Steps[i].At > now-start })
	switch {
	case i < len(t.Steps):
		return start + t.Steps[i].At
	case t.Every > 0:
		return start + t.Every + t.Steps[0].At
	}
	return event.Forever
}
