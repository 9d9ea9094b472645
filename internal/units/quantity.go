package units

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// unit is one accepted spelling of a unit and what it multiplies by.
type unit struct {
	name  string
	scale *big.Rat
}

// table returns units from alternating names and scales.
func table(nameScale ...any) []unit {
	var t []unit
	for i := 0; i < len(nameScale); i += 2 {
		scale, ok := new(big.Rat).SetString(nameScale[i+1].(string))
		if !ok {
			panic("units: bad scale " + nameScale[i+1].(string))
		}
		t = append(t, unit{nameScale[i].(string), scale})
	}
	return t
}

// find returns the unit of that name. Letter case matters only where two units
// differ by it (none here), so it is ignored.
func find(t []unit, name string) (unit, bool) {
	for _, u := range t {
		if strings.EqualFold(u.name, name) {
			return u, true
		}
	}
	return unit{}, false
}

// split cuts s after its leading decimal number.
func split(s string) (number, rest string) {
	i := 0
	for i < len(s) && (isDigit(s[i]) || s[i] == '.' || s[i] == '_' || i == 0 && (s[i] == '-' || s[i] == '+')) {
		i++
	}
	// An exponent needs a digit before and behind it: "1e9" has one, "1EB" not.
	if i > 0 && i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		j := i + 1
		if j < len(s) && (s[j] == '-' || s[j] == '+') {
			j++
		}
		if j < len(s) && isDigit(s[j]) {
			for j < len(s) && isDigit(s[j]) {
				j++
			}
			i = j
		}
	}
	return s[:i], strings.TrimSpace(s[i:])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// maxNumber bounds the length of a number and its exponent, so that a hostile
// input cannot ask for a number of a billion digits.
const (
	maxNumber   = 60
	maxExponent = 30
)

// number reads a decimal number exactly.
func number(s string) (*big.Rat, bool) {
	s = strings.ReplaceAll(s, "_", "")
	if s == "" || len(s) > maxNumber {
		return nil, false
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		if e, err := strconv.Atoi(s[i+1:]); err != nil || e > maxExponent || e < -maxExponent {
			return nil, false
		}
	}
	return new(big.Rat).SetString(s)
}

// quantity reads a number and a unit of the table. what and example fill the
// error messages.
func quantity(s string, t []unit, what, example string) (*big.Rat, error) {
	s = strings.TrimSpace(s)
	digits, rest := split(s)
	n, ok := number(digits)
	if !ok {
		return nil, fmt.Errorf("%q is not %s (such as %s)", s, what, example)
	}
	u, ok := find(t, rest)
	switch {
	case ok:
		return n.Mul(n, u.scale), nil
	case rest == "":
		return nil, fmt.Errorf("%q has no unit; %s is written as %s", s, what, example)
	}
	return nil, fmt.Errorf("%q has the unit %q; %s is written as %s", s, rest, what, example)
}

// integer rounds r half away from zero, and fails outside int64.
func integer(r *big.Rat) (int64, bool) {
	half := big.NewRat(1, 2)
	if r.Sign() < 0 {
		half.Neg(half)
	}
	r = new(big.Rat).Add(r, half)
	q := new(big.Int).Quo(r.Num(), r.Denom())
	return q.Int64(), q.IsInt64()
}

// shortest prints v in whichever unit gives the shortest text that parses back
// to v; a whole number wins over a decimal. The last unit must be 1.
func shortest(v float64, t []unit, parse func(string) (float64, error)) string {
	best, bestWhole := "", false
	for _, u := range t {
		scale, _ := u.scale.Float64()
		number := fewestDigits(v/scale, func(s string) bool {
			back, err := parse(s + u.name)
			return err == nil && back == v
		})
		if number == "" {
			continue
		}
		s, whole := number+u.name, !strings.Contains(number, ".")
		if best == "" || whole && !bestWhole || whole == bestWhole && len(s) < len(best) {
			best, bestWhole = s, whole
		}
	}
	if best == "" { // too small or too large for a plain decimal
		best = strconv.FormatFloat(v, 'e', -1, 64) + t[len(t)-1].name
	}
	return best
}

// fewestDigits prints x with as few significant digits as good accepts, or
// returns "".
func fewestDigits(x float64, good func(string) bool) string {
	for digits := 1; digits <= 17; digits++ {
		rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'e', digits-1, 64), 64)
		if err != nil {
			return ""
		}
		if s := strconv.FormatFloat(rounded, 'f', -1, 64); good(s) {
			return s
		}
	}
	return ""
}
