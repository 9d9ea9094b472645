package traces

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jevons-sim/jevons/sim/event"
)

// mapped reads the rows of a CSV file by field.
type mapped struct {
	*table
	layout *layout
	begun  bool
	start  int64 // the first row's clock, in ns
	last   event.Time
}

func openMapped(s source, l lint, m *layout) (*mapped, error) {
	t, err := openTable(s, l, m.columns[:])
	if err != nil {
		return nil, err
	}
	return &mapped{table: t, layout: m}, nil
}

// absent reports whether a field is empty, or says so as tables often do.
func absent(text string) bool {
	switch strings.ToLower(text) {
	case "", "na", "nan", "nat", "none", "null", "unknown":
		return true
	}
	return false
}

// instant reads a field as a time in ns; clock says whether it is one since
// 1970 rather than since the trace's start. It returns ok = false for a row
// that has been noted and must be skipped.
func (m *mapped) instant(f int) (ns int64, clock, ok bool, err error) {
	text := m.text(f)
	if t, isClock := parseClock(text); isClock {
		if y := t.Year(); y < 1700 || y > 2200 {
			return 0, false, false, m.rejectField(f, problemMalformed, "a year from 1700 to 2200")
		}
		return t.UnixNano(), true, true, nil
	}
	ns, ok = scaled(text, m.layout.unit[f])
	switch {
	case text == "":
		return 0, false, false, m.rejectField(f, problemMissing, "a time")
	case !ok:
		return 0, false, false, m.rejectField(f, problemMalformed, "a number, or a time such as 2020-06-09 18:41:01")
	}
	return ns, m.layout.epoch[f], true, nil
}

// scaled reads a number of units as ns; whole numbers exactly.
func scaled(text string, unit event.Time) (int64, bool) {
	if v, err := strconv.ParseInt(text, 10, 64); err == nil {
		if v > math.MaxInt64/2/int64(unit) || v < -math.MaxInt64/2/int64(unit) {
			return 0, false
		}
		return v * int64(unit), true
	}
	x, err := strconv.ParseFloat(text, 64)
	x *= float64(unit)
	if err != nil || !(math.Abs(x) < math.MaxInt64/2) {
		return 0, false
	}
	return int64(math.RoundToEven(x)), true
}

// arrival reads the field at: since the start, or since the first row.
func (m *mapped) arrival() (event.Time, bool, error) {
	ns, clock, ok, err := m.instant(fieldAt)
	if !ok {
		return 0, false, err
	}
	if clock {
		if !m.begun {
			m.begun, m.start = true, ns
		}
		ns -= m.start
	} else if ns < 0 {
		return 0, false, m.rejectField(fieldAt, problemNegative, "a time ≥ 0")
	}
	at := event.Time(ns)
	if at > longestSpan || at < -longestSpan {
		return 0, false, m.rejectField(fieldAt, problemMalformed, "a time within 100 years of the first row's")
	}
	m.order(m.line, at, &m.last)
	return at, true, nil
}

// length reads a field as a span of time; missing reads as 0.
func (m *mapped) length(f int) (event.Time, bool, error) {
	text := m.text(f)
	if absent(text) {
		return 0, true, nil
	}
	ns, ok := scaled(text, m.layout.unit[f])
	switch {
	case !ok || ns > int64(longestSpan):
		return 0, false, m.rejectField(f, problemMalformed, "a span of time of at most 100 years")
	case ns < 0:
		return 0, false, m.rejectField(f, problemNegative, "a span of time ≥ 0")
	}
	return event.Time(ns), true, nil
}

// number reads a field as a number from 0 to most; missing reads as 0.
func (m *mapped) number(f int, most float64) (float64, bool, error) {
	text := m.text(f)
	if absent(text) {
		return 0, true, nil
	}
	x, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || !(x <= most):
		return 0, false, m.rejectField(f, problemMalformed, "a number from 0 to "+strconv.FormatFloat(most, 'g', -1, 64))
	case x < 0:
		return 0, false, m.rejectField(f, problemNegative, "a number ≥ 0")
	}
	return x, true, nil
}

// parseClock reads "2023-11-16 18:15:46.6805900", with a T for the blank and a
// zone or without either. Without a zone it is UTC.
func parseClock(s string) (time.Time, bool) {
	if len(s) < len("2006-01-02 15:04:05") || s[4] != '-' || s[7] != '-' {
		return time.Time{}, false
	}
	if s[10] == 'T' {
		s = s[:10] + " " + s[11:]
	}
	if t, err := time.Parse("2006-01-02 15:04:05", s); err == nil {
		return t, true
	}
	t, err := time.Parse("2006-01-02 15:04:05Z07:00", s)
	return t, err == nil
}
