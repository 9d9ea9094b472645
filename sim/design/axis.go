package design

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/jevons-sim/jevons/internal/fmath"
)

// Axis is one parameter of an experiment: a list of values, or a range to sample.
type Axis struct {
	Path   string // as in --set
	values []string
	lo, hi float64
	unit   string // behind the numbers: /s, GiB
	log    bool   // sampled on a logarithmic scale
	whole  bool   // sampled in whole numbers
}

// mostValues bounds an axis and a grid: more is a slip of the pen.
const mostValues = 1_000_000

// ParseAxis reads path=values.
func ParseAxis(text string) (Axis, error) {
	path, spec, ok := strings.Cut(text, "=")
	a := Axis{Path: strings.TrimSpace(path)}
	spec = strings.TrimSpace(spec)
	if !ok || a.Path == "" || spec == "" {
		return Axis{}, fmt.Errorf("%s: want path=values, such as nodes=10,20 or nodes=10:40:10", text)
	}
	parts := strings.Split(spec, ":")
	lo, unit, first := quantity(parts[0])
	if len(parts) == 1 || !first || strings.ContainsAny(spec, ",[{'\"") {
		return a.list(text, spec)
	}
	hi, unitHi, second := quantity(parts[1])
	if !second || len(parts) > 4 {
		return a.list(text, spec)
	}
	if unit != unitHi {
		return Axis{}, fmt.Errorf("%s: both ends need the same unit, found %q and %q", text, unit, unitHi)
	}
	if !(lo < hi) {
		return Axis{}, fmt.Errorf("%s: the first end must be below the second", text)
	}
	a.lo, a.hi, a.unit = lo, hi, unit
	a.whole = isWhole(parts[0], unit) && isWhole(parts[1], unit)
	if err := a.spread(parts[2:]); err != nil {
		return Axis{}, fmt.Errorf("%s: %w", text, err)
	}
	return a, nil
}

var number = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?`)

// quantity splits a number from its unit.
func quantity(text string) (x float64, unit string, ok bool) {
	text = strings.TrimSpace(text)
	digits := number.FindString(text)
	x, err := strconv.ParseFloat(digits, 64)
	return x, text[len(digits):], err == nil && !math.IsInf(x, 0)
}

// isWhole reports whether a quantity is written as a whole number.
func isWhole(text, unit string) bool {
	_, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(text), unit))
	return err == nil
}

// list reads values between commas; those inside brackets or quotes belong to
// the values.
func (a Axis) list(text, spec string) (Axis, error) {
	depth, from := 0, 0
	quote := rune(0)
	for i, r := range spec {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			quote = r
		case r == '[' || r == '{':
			depth++
		case r == ']' || r == '}':
			depth--
		case r == ',' && depth == 0:
			a.values = append(a.values, strings.TrimSpace(spec[from:i]))
			from = i + 1
		}
	}
	a.values = append(a.values, strings.TrimSpace(spec[from:]))
	for i, v := range a.values {
		if v == "" {
			return Axis{}, fmt.Errorf("%s: value %d is empty", text, i+1)
		}
		for _, w := range a.values[:i] {
			if v == w {
				return Axis{}, fmt.Errorf("%s: the value %s is there twice", text, v)
			}
		}
	}
	return a, nil
}

// spread reads what follows the two ends of a range.
func (a *Axis) spread(rest []string) error {
	switch {
	case len(rest) == 0:
		return nil
	case rest[0] == "log" && a.lo <= 0:
		return errors.New("a logarithmic scale needs ends above 0")
	case len(rest) == 1 && rest[0] == "log":
		a.log = true
		return nil
	case len(rest) == 1:
		return a.steps(rest[0])
	}
	n, err := strconv.Atoi(rest[1])
	if err != nil || n < 2 || n > mostValues {
		return fmt.Errorf("want a number of values from 2 to %d, found %q", mostValues, rest[1])
	}
	for i := range n {
		u := float64(i) / float64(n-1)
		switch rest[0] {
		case "log":
			a.values = append(a.values, a.text(a.logarithmic(u)))
		case "lin":
			a.values = append(a.values, a.text(a.lo+float64(u*(a.hi-a.lo))))
		default:
			return fmt.Errorf("unknown scale %q (scales: log, lin)", rest[0])
		}
	}
	return nil
}

// steps lists the values from one end towards the other.
func (a *Axis) steps(text string) error {
	step, unit, ok := quantity(text)
	if !ok || step <= 0 || unit != "" && unit != a.unit {
		return fmt.Errorf("want a step above 0, log, or log and a number of values; found %q", text)
	}
	n := math.Floor((a.hi-a.lo)/step*(1+1e-12)) + 1
	if n > mostValues {
		return fmt.Errorf("that is %.0f values; at most %d are allowed", n, mostValues)
	}
	for i := range int(n) {
		a.values = append(a.values, a.text(a.lo+float64(float64(i)*step)))
	}
	return nil
}

// logarithmic returns the value a share u of the way on a logarithmic scale;
// the ends are met exactly.
func (a *Axis) logarithmic(u float64) float64 {
	switch u {
	case 0:
		return a.lo
	case 1:
		return a.hi
	}
	return a.lo * fmath.Exp(float64(u*fmath.Log(a.hi/a.lo)))
}

// text prints a value with its unit, without the noise of binary fractions.
func (a *Axis) text(x float64) string {
	x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'e', 11, 64), 64)
	return strconv.FormatFloat(x, 'f', -1, 64) + a.unit
}

// Sampled reports whether the axis is a range that only a sampled design can
// take values from.
func (a *Axis) Sampled() bool { return a.values == nil }

// at returns the value a share u ∈ [0, 1) of the way along the axis.
func (a *Axis) at(u float64) string {
	u = min(u, 1-0x1p-53) // what was below 1 may have been rounded up
	switch {
	case a.values != nil:
		return a.values[int(u*float64(len(a.values)))]
	case a.log && a.whole:
		// Every whole number is as likely as its slice of the scale is long.
		wide := Axis{lo: a.lo - 0.5, hi: a.hi + 0.5}
		return a.text(min(a.hi, max(a.lo, math.Round(wide.logarithmic(u)))))
	case a.log:
		return a.text(a.logarithmic(u))
	case a.whole:
		return a.text(a.lo + math.Floor(u*(a.hi-a.lo+1)))
	}
	return a.text(a.lo + float64(u*(a.hi-a.lo)))
}
