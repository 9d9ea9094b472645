package units

import (
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/jevons-sim/jevons/sim/event"
)

var durationUnits = table(
	"ns", "1", "us", "1e3", "µs", "1e3", "ms", "1e6", "s", "1e9",
	"m", "60e9", "min", "60e9", "h", "3600e9", "d", "86400e9", "w", "604800e9",
)

// ParseDuration reads a span of time as one or more numbers with units, such
// as 500ms, 1h30m or 14d. Parts of a nanosecond round half away from zero. A
// bare 0 needs no unit.
func ParseDuration(s string) (event.Time, error) {
	const what, example = "a duration", "2s, 1h30m or 14d"
	text := strings.TrimSpace(s)
	if text == "0" {
		return 0, nil
	}
	total := new(big.Rat)
	rest, negative := strings.CutPrefix(text, "-")
	if rest == "" {
		return 0, fmt.Errorf("%q is not %s (such as %s)", s, what, example)
	}
	for rest != "" {
		digits, tail := split(rest)
		if strings.HasPrefix(digits, "-") || strings.HasPrefix(digits, "+") {
			return 0, fmt.Errorf("%q is not %s (such as %s)", s, what, example)
		}
		end := strings.IndexFunc(tail, func(r rune) bool { return r < 128 && isDigit(byte(r)) || r == '.' || r == ' ' })
		if end < 0 {
			end = len(tail)
		}
		part, err := quantity(rest[:len(rest)-len(tail)+end], durationUnits, what, example)
		if err != nil {
			return 0, err
		}
		total.Add(total, part)
		rest = strings.TrimSpace(tail[end:])
	}
	if negative {
		total.Neg(total)
	}
	ns, ok := integer(total)
	if !ok {
		return 0, fmt.Errorf("%q is longer than the clock's 292 years", s)
	}
	return event.Time(ns), nil
}

// FormatDuration prints t so that ParseDuration returns it: 14d, 1h30m, 1.5s.
func FormatDuration(t event.Time) string {
	if t < 0 && -t > 0 {
		return "-" + FormatDuration(-t)
	}
	days, rest := t/event.Day, t%event.Day
	if rest == 0 && days != 0 {
		return fmt.Sprintf("%dd", int64(days))
	}
	s := time.Duration(rest).String()
	for _, zero := range []string{"m0s", "h0m"} { // 2h0m0s is 2h
		if short, ok := strings.CutSuffix(s, zero); ok {
			s = short + zero[:1]
		}
	}
	if days != 0 {
		s = fmt.Sprintf("%dd%s", int64(days), s)
	}
	return s
}
