package stats

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
)

// ar1 is a first-order autoregressive sequence of mean 10 that starts far away.
func ar1(coefficient, start float64, n int, entity uint64) []float64 {
	r := event.NewStream(5, "ar1").Entity(entity)
	out := make([]float64, n)
	x := start
	for i := range out {
		x = coefficient*x + r.Normal()
		out[i] = 10 + x
	}
	return out
}

func TestMSERCutsTheWarmUpAndLittleElse(t *testing.T) {
	for name, c := range map[string]struct {
		xs       []float64
		from, to int
		ok       bool
	}{
		"settled from the start":        {ar1(0.5, 0, 5000, 1), 0, 500, true},
		"decays in about 500 values":    {ar1(0.99, 100, 10_000, 2), 200, 1500, true},
		"still drifting at the end":     {ar1(0.9999, 500, 2000, 3), 1001, 2000, false},
		"constant":                      {make([]float64, 100), 0, 0, true},
		"too short to be seen":          {ar1(0.5, 0, 9, 4), 0, 0, false},
		"a step in the first two fifth": {append(make([]float64, 400), ar1(0, 0, 600, 5)...), 400, 405, true},
	} {
		cut, ok := MSER5(c.xs)
		if cut < c.from || cut > c.to || ok != c.ok {
			t.Errorf("%s: cut %d, %v; want %d to %d, %v", name, cut, ok, c.from, c.to, c.ok)
		}
	}
}

func TestSteadyStateSaysWhenARunIsTooShort(t *testing.T) {
	if _, err := SteadyState(ar1(0.999, 300, 1000, 1), 0.95); err == nil {
		t.Error("a sequence that still drifts is taken for steady")
	}
	s, err := SteadyState(ar1(0.9, 50, 50_000, 1), 0.95)
	if err != nil || s.Excludes(10) {
		t.Errorf("%+v, %v: want an interval around 10", s, err)
	}
}

func TestEffectiveSizeOfAutoregressiveSequences(t *testing.T) {
	// 1 + 2·Σφ^k = (1 + φ)/(1 − φ).
	for _, phi := range []float64{0, 0.5, 0.9} {
		const n = 50_000
		want := n * (1 - phi) / (1 + phi)
		if got := EffectiveSize(ar1(phi, 0, n, 9)); math.Abs(got/want-1) > 0.15 {
			t.Errorf("φ = %v: worth %.0f values, want about %.0f", phi, got, want)
		}
	}
	if got := EffectiveSize(make([]float64, 50)); got != 50 {
		t.Errorf("constant sequence: %v", got)
	}
}

func TestSeriesIsWorthTheSameHoweverItIsKept(t *testing.T) {
	const n, phi = 1 << 17, 0.9
	s := NewSeries(4096)
	for i, x := range ar1(phi, 0, n, 4) {
		s.Add(int64(i), x)
	}
	want := n * (1 - phi) / (1 + phi)
	if got := s.EffectiveSize(0); s.Size() < 32 || math.Abs(got/want-1) > 0.15 {
		t.Errorf("in means of %d: worth %.0f values, want about %.0f", s.Size(), got, want)
	}
}

func TestSeriesKeepsTheMeanInBoundedMemory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, most := rapid.IntRange(0, 500).Draw(t, "n"), rapid.IntRange(1, 40).Draw(t, "most")
		s := NewSeries(most)
		for i := range n {
			s.Add(int64(i), float64(i))
		}
		if len(s.Means()) > max(2, most) {
			t.Fatalf("%d means, at most %d wanted", len(s.Means()), most)
		}
		for i, m := range s.Means() {
			first, last := i*s.Size(), (i+1)*s.Size()-1
			if want := float64(first+last) / 2; math.Abs(m-want) > 1e-9 || s.End(i+1) != int64(last) {
				t.Fatalf("mean %d is %v up to %d, want %v up to %d", i, m, s.End(i+1), want, last)
			}
		}
	})
}
