package serving

import (
	"math/bits"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/perf"
)

// span is a time with a fraction: nanoseconds and 2⁻¹⁶ ns. Sums of spans are
// exact over any horizon, where table units in one int64 would overflow after
// 39 hours.
type span struct {
	ns   event.Time
	frac int64 // 0 ≤ frac < fracOne
}

const fracOne = 1 << perf.TableShift

// plus returns s + units (≥ 0, in table units).
func (s span) plus(units int64) span {
	sum := s.frac + units&(fracOne-1)
	return span{s.ns + event.Time(units>>perf.TableShift+sum>>perf.TableShift), sum & (fracOne - 1)}
}

// ceil returns the first whole nanosecond at or after s.
func (s span) ceil() event.Time {
	if s.frac > 0 {
		return s.ns + 1
	}
	return s.ns
}

// until returns t − s in table units. The difference must be under 39 hours.
func (s span) until(t event.Time) int64 {
	return int64(t-s.ns)<<perf.TableShift - s.frac
}

// share returns ⌊x·part/whole⌋ for 0 ≤ part ≤ whole, whole > 0, without
// overflow.
func share(x, part, whole int64) int64 {
	hi, lo := bits.Mul64(uint64(x), uint64(part))
	q, _ := bits.Div64(hi, lo, uint64(whole))
	return int64(q)
}
