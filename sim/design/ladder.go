package design

import (
	"math"
	"strconv"

	"github.com/jevons-sim/jevons/internal/fmath"
)

// Ladder returns the axis's values in order, for a search along it: those of a
// list, every whole number of a range of whole numbers, and otherwise values of
// four digits of which each is above the one before by about that share; in
// even steps of that share of the range where it is not above 0 throughout.
func (a *Axis) Ladder(share float64) []string {
	switch {
	case a.values != nil:
		return a.values
	case a.whole:
		n := int(min(a.hi-a.lo, mostValues)) + 1
		out := make([]string, n)
		for i := range out {
			out[i] = a.text(a.lo + float64(i))
		}
		return out
	}
	n := math.Ceil(1 / share)
	at := func(u float64) float64 { return a.lo + float64(u*(a.hi-a.lo)) }
	if a.lo > 0 {
		n = math.Ceil(fmath.Log(a.hi/a.lo) / fmath.Log(1+share))
		at = a.logarithmic
	}
	n = min(max(n, 1), mostValues)
	var out []string
	for i := range int(n) + 1 {
		x, _ := strconv.ParseFloat(strconv.FormatFloat(at(float64(i)/n), 'e', 3, 64), 64)
		if text := a.text(min(a.hi, max(a.lo, x))); len(out) == 0 || text != out[len(out)-1] {
			out = append(out, text)
		}
	}
	return out
}
