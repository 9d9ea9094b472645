package units

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Bytes is an amount of memory or storage: 80GiB, 80GB.
type Bytes int64

var byteUnits = table(
	"EiB", "1152921504606846976", "PiB", "1125899906842624", "TiB", "1099511627776", "GiB", "1073741824", "MiB", "1048576", "KiB", "1024",
	"EB", "1e18", "PB", "1e15", "TB", "1e12", "GB", "1e9", "MB", "1e6", "kB", "1e3", "B", "1",
)

// ParseBytes reads an amount such as 80GiB (binary) or 80GB (decimal).
func ParseBytes(s string) (Bytes, error) {
	r, err := quantity(s, byteUnits, "an amount of memory", "80GiB or 80GB")
	if err != nil {
		return 0, err
	}
	n, ok := integer(r)
	if !ok {
		return 0, fmt.Errorf("%q is more than 8 EiB", s)
	}
	return Bytes(n), nil
}

// String prints b in the unit that leaves the smallest whole number.
func (b Bytes) String() string { return wholeUnits(int64(b), byteUnits) }

// wholeUnits prints n in the unit that leaves the smallest whole number. The
// last unit of the table must be 1.
func wholeUnits(n int64, t []unit) string {
	last := t[len(t)-1].name
	best, name := n, last
	for _, u := range t {
		if scale := u.scale.Num(); u.scale.IsInt() && scale.IsInt64() {
			if q := n / scale.Int64(); n%scale.Int64() == 0 && magnitude(q) < magnitude(best) {
				best, name = q, u.name
			}
		}
	}
	return strconv.FormatInt(best, 10) + name
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// Tokens is a count of tokens: 8192, 8k, 14.8T.
type Tokens int64

var tokenUnits = table("T", "1e12", "B", "1e9", "G", "1e9", "M", "1e6", "k", "1e3", "Ki", "1024", "", "1")

// ParseTokens reads a count such as 8192, 8k, 14.8T or "14.8T tokens".
func ParseTokens(s string) (Tokens, error) {
	text := strings.TrimSpace(s)
	text = strings.TrimSpace(strings.TrimSuffix(text, "tokens"))
	r, err := quantity(text, tokenUnits, "a number of tokens", "8192, 8k or 14.8T")
	if err != nil {
		return 0, err
	}
	n, ok := integer(r)
	if !ok || new(big.Rat).SetInt64(n).Cmp(r) != 0 {
		return 0, fmt.Errorf("%q is not a whole number of tokens", s)
	}
	return Tokens(n), nil
}

// String prints t in thousands, millions and so on where that is exact and at
// least two figures shorter, so that 4096 stays 4096 and 8000 is 8k.
func (t Tokens) String() string {
	for _, u := range tokenUnits[:5] {
		v := new(big.Rat).Quo(new(big.Rat).SetInt64(int64(t)), u.scale)
		if u.name == "G" || v.Cmp(big.NewRat(1, 1)) < 0 && v.Cmp(big.NewRat(-1, 1)) > 0 {
			continue
		}
		if tenths := new(big.Rat).Mul(v, big.NewRat(10, 1)); tenths.IsInt() {
			return strings.TrimSuffix(v.FloatString(1), ".0") + u.name
		}
	}
	return strconv.FormatInt(int64(t), 10)
}
