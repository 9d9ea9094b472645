package event

import (
	"math"
	"time"
)

// Time is a count of nanoseconds: an instant since the scenario's start, or
// the span between two instants. It covers ±292 years.
type Time int64

// Spans of time in Time units.
const (
	Nanosecond  Time = 1
	Microsecond      = 1000 * Nanosecond
	Millisecond      = 1000 * Microsecond
	Second           = 1000 * Millisecond
	Minute           = 60 * Second
	Hour             = 60 * Minute
	Day              = 24 * Hour

	// Forever is later than every event.
	Forever Time = math.MaxInt64
)

// Seconds returns t in seconds.
func (t Time) Seconds() float64 { return float64(t) / float64(Second) }

// Hours returns t in hours.
func (t Time) Hours() float64 { return float64(t) / float64(Hour) }

// String formats t as time.Duration does ("1h2m3s").
func (t Time) String() string {
	if t == Forever {
		return "forever"
	}
	return time.Duration(t).String()
}

// FromSeconds converts seconds to the nearest nanosecond, half away from zero.
// It is the one place where a span computed in floating point enters the
// clock. Values beyond the clock's range saturate; NaN becomes Forever.
func FromSeconds(s float64) Time {
	ns := math.Round(s * 1e9)
	switch {
	case !(ns < math.MaxInt64): // also NaN
		return Forever
	case ns <= math.MinInt64:
		return math.MinInt64
	}
	return Time(ns)
}
