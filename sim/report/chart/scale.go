package chart

import (
	"math"
	"strconv"
)

// Scale maps values to the unit interval.
type Scale struct {
	Lo, Hi float64 // Lo < Hi; of a logarithmic scale both positive
	Log    bool
}

// At returns where v lies between Lo (0) and Hi (1); values beyond the ends
// stay at the ends.
func (s Scale) At(v float64) float64 {
	lo, hi := s.Lo, s.Hi
	if s.Log {
		if v <= 0 {
			return 0
		}
		v, lo, hi = math.Log10(v), math.Log10(lo), math.Log10(hi)
	}
	return min(max((v-lo)/(hi-lo), 0), 1)
}

// Nice returns a linear scale from zero that holds hi and ends at a round
// number.
func Nice(hi float64) Scale {
	if hi <= 0 {
		return Scale{Hi: 1}
	}
	step := tickStep(hi, 4)
	return Scale{Hi: step * math.Ceil(hi/step-1e-9)}
}

// NiceLog returns a logarithmic scale that holds lo and hi, which must be
// positive, and ends at powers of ten or at 2 or 5 times these.
func NiceLog(lo, hi float64) Scale {
	return Scale{Lo: roundLog(lo, math.Floor), Hi: roundLog(math.Nextafter(hi, math.Inf(1)), math.Ceil), Log: true}
}

// roundLog rounds v to 1, 2, 5 times a power of ten, down with math.Floor and
// up with math.Ceil.
func roundLog(v float64, round func(float64) float64) float64 {
	base := math.Pow(10, math.Floor(math.Log10(v)))
	best := base
	for _, m := range []float64{1, 2, 5, 10} {
		if m*base <= v {
			best = m * base
		} else if round(0.5) == 1 {
			return m * base
		}
	}
	return best
}

// Ticks returns round values within the scale, about n of them.
func (s Scale) Ticks(n int) []float64 {
	var out []float64
	if s.Log {
		for e := math.Floor(math.Log10(s.Lo)); ; e++ {
			v := math.Pow(10, e)
			if v > s.Hi*(1+1e-9) {
				break
			}
			if v >= s.Lo*(1-1e-9) {
				out = append(out, v)
			}
		}
		if len(out) < 3 {
			return s.fewTicks()
		}
		for len(out) > n+2 { // every other power
			kept := out[:0]
			for i := 0; i < len(out); i += 2 {
				kept = append(kept, out[i])
			}
			out = kept
		}
		return out
	}
	step := tickStep(s.Hi-s.Lo, n)
	for i := math.Ceil(s.Lo/step - 1e-9); i*step <= s.Hi+step*1e-9; i++ {
		out = append(out, i*step)
	}
	return out
}

// fewTicks returns 1, 2 and 5 times the powers of ten within a logarithmic
// scale that holds few of these.
func (s Scale) fewTicks() []float64 {
	var out []float64
	for base := math.Pow(10, math.Floor(math.Log10(s.Lo))); base <= s.Hi; base *= 10 {
		for _, m := range []float64{1, 2, 5} {
			if v := m * base; v >= s.Lo*(1-1e-9) && v <= s.Hi*(1+1e-9) {
				out = append(out, v)
			}
		}
	}
	return out
}

// tickStep returns 1, 2 or 5 times a power of ten such that about n steps
// cover the span.
func tickStep(span float64, n int) float64 {
	raw := span / float64(n)
	base := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5} {
		if m*base >= raw*(1-1e-9) {
			return m * base
		}
	}
	return 10 * base
}

// TimeUnit is the unit in which a figure counts time.
type TimeUnit struct {
	Name    string // "days"
	Seconds float64
}

// UnitFor returns the unit in which a span of so many seconds reads best.
func UnitFor(seconds float64) TimeUnit {
	switch {
	case seconds <= 600:
		return TimeUnit{"seconds", 1}
	case seconds <= 3*3600:
		return TimeUnit{"minutes", 60}
	case seconds <= 3*86400:
		return TimeUnit{"hours", 3600}
	}
	return TimeUnit{"days", 86400}
}

// compact formats a coordinate.
func compact(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}

// Figures formats a value with so many significant digits, without an exponent
// and without trailing zeros.
func Figures(v float64, digits int) string {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return "0"
	}
	decimals := max(digits-1-int(math.Floor(math.Log10(math.Abs(v)))), 0)
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'f', decimals, 64), 64)
	if err != nil {
		return "0"
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
