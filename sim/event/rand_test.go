package event

import (
	"math"
	"testing"
)

func TestPhiloxKnownAnswers(t *testing.T) {
	// Known answers of the authors' reference implementation (Random123,
	// philox2x64-10).
	for _, c := range []struct{ c0, c1, key, want0, want1 uint64 }{
		{0, 0, 0, 0xca00a0459843d731, 0x66c24222c9a845b5},
		{math.MaxUint64, math.MaxUint64, math.MaxUint64, 0x65b021d60cd8310f, 0x4d02f3222f86df20},
	} {
		if a, b := philox(c.c0, c.c1, c.key); a != c.want0 || b != c.want1 {
			t.Errorf("philox(%x, %x; %x) = %x, %x, want %x, %x", c.c0, c.c1, c.key, a, b, c.want0, c.want1)
		}
	}
}

func TestStreamsDependOnSeedNameAndEntityOnly(t *testing.T) {
	first := func(seed uint64, name string, entity uint64) uint64 {
		r := NewStream(seed, name).Entity(entity)
		return r.Uint64()
	}
	base := first(1, "arrivals", 7)
	if base != first(1, "arrivals", 7) {
		t.Error("the same stream differs from itself")
	}
	for name, other := range map[string]uint64{
		"seed": first(2, "arrivals", 7), "name": first(1, "arrivalt", 7), "entity": first(1, "arrivals", 8),
	} {
		if other == base {
			t.Errorf("another %s gives the same number", name)
		}
	}
}

func TestACopyForksTheSequence(t *testing.T) {
	r := NewStream(1, "x").Entity(0)
	r.Uint64()
	fork := r
	if r.Uint64() != fork.Uint64() {
		t.Error("a copy continues differently")
	}
}

func TestDrawsAreUniform(t *testing.T) {
	const cells, n = 64, 640_000
	var counts, mod [cells]int
	for i := range uint64(n) {
		r := NewStream(3, "uniform").Entity(i) // across entities, where a counter could repeat itself
		counts[int((r.Float64()-1e-18)*cells)%cells]++
		mod[r.IntN(cells)]++
	}
	for name, c := range map[string][cells]int{"Float64": counts, "IntN": mod} {
		chi := 0.0
		for _, k := range c {
			d := float64(k) - n/cells
			chi += d * d / (n / cells)
		}
		// 63 degrees of freedom: 124 is the 99.999 % quantile.
		if chi > 124 {
			t.Errorf("%s: chi-square %.1f over %d cells", name, chi, cells)
		}
	}
}

func TestExpAndNormalMoments(t *testing.T) {
	const n = 500_000
	r := NewStream(1, "moments").Entity(0)
	var exp, exp2, norm, norm2 float64
	for range n {
		x, z := r.Exp(), r.Normal()
		exp, exp2, norm, norm2 = exp+x, exp2+x*x, norm+z, norm2+z*z
	}
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"mean of Exp", exp / n, 1}, {"second moment of Exp", exp2 / n, 2}, {"mean of Normal", norm / n, 0}, {"second moment of Normal", norm2 / n, 1},
	} {
		if math.Abs(c.got-c.want) > 0.015 {
			t.Errorf("%s is %.4f, want %v", c.name, c.got, c.want)
		}
	}
}

func BenchmarkFloat64(b *testing.B) {
	r := NewStream(1, "x").Entity(0)
	for b.Loop() {
		r.Float64()
	}
}
