package ledger

import (
	"fmt"
	"math/big"
	"math/bits"
	"strings"

	"github.com/jevons-sim/jevons/sim/event"
)

// MilliPerGPU is the number of units one whole GPU counts for: jobs may hold
// shares of a GPU down to a thousandth.
const MilliPerGPU = 1000

// Amount is GPU time in milli-GPU-nanoseconds, a 128-bit two's complement
// integer: 100,000 GPUs pass 64 bits within a day. The zero value is zero.
type Amount struct {
	hi int64
	lo uint64
}

// Product returns milli (thousandths of GPUs, not negative) held for d (not
// negative).
func Product(milli int64, d event.Time) Amount {
	if milli < 0 || d < 0 {
		panic(fmt.Sprintf("ledger: negative product %d × %d", milli, d))
	}
	hi, lo := bits.Mul64(uint64(milli), uint64(d))
	return Amount{int64(hi), lo}
}

// Add returns a + b.
func (a Amount) Add(b Amount) Amount {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	return Amount{a.hi + b.hi + int64(carry), lo}
}

// Sub returns a − b.
func (a Amount) Sub(b Amount) Amount {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	return Amount{a.hi - b.hi - int64(borrow), lo}
}

// Sign returns −1, 0 or +1.
func (a Amount) Sign() int {
	switch {
	case a.hi < 0:
		return -1
	case a.hi == 0 && a.lo == 0:
		return 0
	}
	return 1
}

// Big returns a in milli-GPU-nanoseconds.
func (a Amount) Big() *big.Int {
	v := new(big.Int).Lsh(big.NewInt(a.hi), 64)
	return v.Add(v, new(big.Int).SetUint64(a.lo))
}

// Seconds returns a in GPU-seconds, rounded to a float64.
func (a Amount) Seconds() float64 {
	if a.hi == 0 { // the usual case, rounded as below
		return float64(a.lo) / 1e12
	}
	f, _ := new(big.Float).SetInt(a.Big()).Float64()
	return f / 1e12
}

// Hours returns a in GPU-hours, rounded to a float64.
func (a Amount) Hours() float64 { return a.Seconds() / 3600 }

// Scale returns share × a (share from 0 to 1), rounded toward zero.
func (a Amount) Scale(share float64) Amount {
	x := new(big.Float).SetPrec(192).SetInt(a.Big())
	v, _ := x.Mul(x, new(big.Float).SetFloat64(share)).Int(nil)
	low := new(big.Int).And(v, new(big.Int).SetUint64(1<<64-1))
	return Amount{new(big.Int).Rsh(v, 64).Int64(), low.Uint64()}
}

// String returns a in GPU-seconds as an exact decimal, without trailing zeros
// and never in exponent form: the form that summary.json carries.
func (a Amount) String() string {
	v := a.Big()
	sign := ""
	if v.Sign() < 0 {
		sign = "-"
		v.Neg(v)
	}
	q, r := v.QuoRem(v, big.NewInt(1e12), new(big.Int))
	if r.Sign() == 0 {
		return sign + q.String()
	}
	frac := fmt.Sprintf("%012d", r.Int64())
	return sign + q.String() + "." + strings.TrimRight(frac, "0")
}

// MarshalJSON writes the exact decimal number of GPU-seconds.
func (a Amount) MarshalJSON() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalJSON reads a decimal number of GPU-seconds as MarshalJSON writes
// it. A number that is no whole count of milli-GPU-nanoseconds, or beyond
// them, is an error.
func (a *Amount) UnmarshalJSON(text []byte) error {
	r, ok := new(big.Rat).SetString(string(text))
	if !ok || strings.ContainsAny(string(text), "eE/") {
		return fmt.Errorf("GPU-seconds %s: want a decimal number", text)
	}
	r.Mul(r, new(big.Rat).SetInt64(1e12))
	if !r.IsInt() || r.Num().BitLen() > 126 {
		return fmt.Errorf("GPU-seconds %s: want at most twelve decimals and 2¹²⁶ units", text)
	}
	v := new(big.Int).Set(r.Num())
	low := new(big.Int).And(v, new(big.Int).SetUint64(1<<64-1)) // of two's complement
	a.hi, a.lo = v.Rsh(v, 64).Int64(), low.Uint64()
	return nil
}
