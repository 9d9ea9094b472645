package fmath

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// ulps is the distance of a from b in units of b's last place.
func ulps(a, b float64) float64 {
	if a == b {
		return 0
	}
	return math.Abs(a-b) / (math.Nextafter(math.Abs(b), math.Inf(1)) - math.Abs(b))
}

func TestLogAndExpAgreeWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(1e-300, 1e300).Draw(t, "x")
		if d := ulps(Log(x), math.Log(x)); d > 2 {
			t.Fatalf("Log(%v) = %v, want %v (%v ulp)", x, Log(x), math.Log(x), d)
		}
		// Normal numbers only: on amd64 math.Log is wrong below them (see
		// TestLogOfSubnormalNumbers).
		u := rapid.Float64Range(smallestNormal, 1).Draw(t, "u")
		if d := ulps(Log(u), math.Log(u)); d > 2 {
			t.Fatalf("Log(%v) = %v, want %v (%v ulp)", u, Log(u), math.Log(u), d)
		}
		y := rapid.Float64Range(-700, 700).Draw(t, "y")
		if d := ulps(Exp(y), math.Exp(y)); d > 2 {
			t.Fatalf("Exp(%v) = %v, want %v (%v ulp)", y, Exp(y), math.Exp(y), d)
		}
	})
}

const smallestNormal = 0x1p-1022

// The standard library's assembly takes the exponent bits of a subnormal
// number at face value, so the reference here is k·ln 2.
func TestLogOfSubnormalNumbers(t *testing.T) {
	for k := -1074; k < -1022; k++ {
		if got, want := Log(math.Ldexp(1, k)), float64(k)*math.Ln2; ulps(got, want) > 2 {
			t.Errorf("Log(2^%d) = %v, want %v", k, got, want)
		}
	}
}

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"log of zero", Log(0), math.Inf(-1)},
		{"log of one", Log(1), 0},
		{"exp of zero", Exp(0), 1},
		{"exp overflows", Exp(710), math.Inf(1)},
		{"exp underflows", Exp(-746), 0},
		{"pow of zero", Pow(0, 2), 0},
		{"anything to the zeroth power", Pow(0, 0), 1},
		{"square", Pow(3, 2), 9},
	} {
		if math.Abs(c.got-c.want) > 1e-14*math.Abs(c.want) && c.got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, c.got, c.want)
		}
	}
	if !math.IsNaN(Log(-1)) {
		t.Errorf("Log(-1) = %v, want NaN", Log(-1))
	}
}

func BenchmarkLog(b *testing.B) {
	x := 0.3
	for b.Loop() {
		x = 1 / (2 - Log(x))
	}
}

func TestCosAndGammaAgreeWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-1000, 1000).Draw(t, "x")
		if d := math.Abs(Cos(x) - math.Cos(x)); d > 1e-12 {
			t.Fatalf("Cos(%v) = %v, want %v", x, Cos(x), math.Cos(x))
		}
		y := rapid.Float64Range(0.05, 100).Draw(t, "y")
		if d := math.Abs(Gamma(y)/math.Gamma(y) - 1); d > 1e-12 {
			t.Fatalf("Gamma(%v) = %v, want %v", y, Gamma(y), math.Gamma(y))
		}
	})
}
