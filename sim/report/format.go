package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Number formats a count or an amount with thousands separators: whole from
// 100 up, with one decimal below.
func Number(v float64) string {
	decimals := 0
	if math.Abs(v) < 100 && v != math.Trunc(v) {
		decimals = 1
	}
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	whole, frac, _ := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if frac != "" {
		whole += "." + frac
	}
	return sign + whole
}

// Seconds formats a span of time with two or three significant digits in a
// unit that keeps it readable.
func Seconds(s float64) string {
	a := math.Abs(s)
	switch {
	case a == 0:
		return "0 s"
	case a < 1e-3:
		return short(s*1e6) + " µs"
	case a < 1:
		return short(s*1e3) + " ms"
	case a < 120:
		return short(s) + " s"
	case a < 2*3600:
		return short(s/60) + " min"
	case a < 72*3600:
		return short(s/3600) + " h"
	}
	return short(s/86400) + " d"
}

// short keeps about two significant digits and at least the whole part.
func short(v float64) string {
	if math.Abs(v) < 9.95 {
		return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
	}
	return Number(math.Round(v))
}

// Percent formats a share.
func Percent(share float64) string { return fmt.Sprintf("%.1f %%", share*100) }

// change formats after relative to before: a percentage, or a factor when it
// more than doubles.
func change(before, after float64) string {
	switch {
	case before == after:
		return "="
	case before == 0:
		return "new"
	case after/before >= 2:
		return fmt.Sprintf("%.1f×", after/before)
	}
	return fmt.Sprintf("%+.0f %%", (after/before-1)*100)
}

// points formats a change of a share in percentage points.
func points(before, after float64) string {
	if before == after {
		return "="
	}
	return fmt.Sprintf("%+.1f pt", (after-before)*100)
}
