package workloads

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
)

func mustLength[L Length](l L, err error) Length {
	if err != nil {
		panic(err)
	}
	return l
}

// normalCDF is the distribution function of the standard normal.
func normalCDF(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

// erlangCDF is that of a gamma distribution of whole shape.
func erlangCDF(x float64, shape int) float64 {
	term, sum := 1.0, 0.0
	for k := range shape {
		if k > 0 {
			term *= x / float64(k)
		}
		sum += term
	}
	return 1 - math.Exp(-x)*sum
}

// distributions are continuous lengths with their means, coefficients of
// variation and distribution functions from the textbooks.
var distributions = []struct {
	name     string
	length   Length
	mean, cv float64
	cdf      func(float64) float64
}{
	{"lognormal of mean and CV", mustLength(NewLognormal(1200, 1.2)), 1200, 1.2, func(x float64) float64 {
		v := math.Log(1 + 1.2*1.2)
		return normalCDF((math.Log(x/1200) + v/2) / math.Sqrt(v))
	}},
	{"lognormal of p50 and p99", mustLength(NewLognormalQuantiles(100, 2000)), 100 * math.Exp(sigma20*sigma20/2), math.Sqrt(math.Exp(sigma20*sigma20) - 1), func(x float64) float64 {
		return normalCDF(math.Log(x/100) / sigma20)
	}},
	{"exponential", Exponential(40), 40, 1, func(x float64) float64 { return 1 - math.Exp(-x/40) }},
	{"gamma of shape 4", mustLength(NewGammaLength(80, 0.5)), 80, 0.5, func(x float64) float64 { return erlangCDF(x/20, 4) }},
	{"gamma of shape 1/2", mustLength(NewGammaLength(80, math.Sqrt2)), 80, math.Sqrt2, func(x float64) float64 { return math.Erf(math.Sqrt(x / 160)) }},
	{"uniform", Uniform{20, 100}, 60, 80 / math.Sqrt(12) / 60, func(x float64) float64 { return (x - 20) / 80 }},
}

// sigma20 is that of a lognormal whose p99 is 20 times its median.
var sigma20 = math.Log(20) / 2.3263478740408408

func TestLengthsFollowTheirDistributionFunctions(t *testing.T) {
	// Kolmogorov's limit at the probability of five standard errors, 5.7e-7.
	const n, limit = 200_000, 2.75
	for _, d := range distributions {
		t.Run(d.name, func(t *testing.T) {
			r := rand(d.name)
			sample := make([]float64, n)
			for i := range sample {
				sample[i] = d.length.Sample(&r)
			}
			slices.Sort(sample)
			worst := 0.0
			for i, x := range sample {
				f := d.cdf(x)
				worst = max(worst, f-float64(i)/n, float64(i+1)/n-f)
			}
			if worst > limit/math.Sqrt(n) {
				t.Errorf("distribution function is off by %v, at most %v by chance", worst, limit/math.Sqrt(n))
			}
		})
	}
}

func TestLengthsHaveTheirMeans(t *testing.T) {
	for _, d := range distributions {
		t.Run(d.name, func(t *testing.T) {
			if math.Abs(d.length.Mean()/d.mean-1) > 1e-9 {
				t.Errorf("Mean %v, want %v", d.length.Mean(), d.mean)
			}
			r := rand(d.name + " mean")
			var m moments
			for range 200_000 {
				m.add(d.length.Sample(&r))
			}
			// The standard error from the law: a skewed sample underrates its own.
			if se := d.mean * d.cv / math.Sqrt(m.n); math.Abs(m.mean()-d.mean) > sigmas*se {
				t.Errorf("mean of draws %v, want %v ± %v", m.mean(), d.mean, sigmas*se)
			}
		})
	}
}

func TestAConstantIsAlwaysTheSame(t *testing.T) {
	r := rand("constant")
	for range 10 {
		if x := Constant(17).Sample(&r); x != 17 {
			t.Fatalf("%v, want 17", x)
		}
	}
	if r != rand("constant") {
		t.Error("a constant used up random numbers")
	}
}

func TestAHistogramDrawsValuesByWeight(t *testing.T) {
	values, weights := []float64{5, 1, 8, 64}, []float64{0, 1, 2, 5}
	weighted := mustLength(NewHistogram(values, weights))
	equal := mustLength(NewHistogram(values, nil))
	for _, c := range []struct {
		h      Length
		shares map[float64]float64
		mean   float64
	}{
		{weighted, map[float64]float64{5: 0, 1: 1.0 / 8, 8: 2.0 / 8, 64: 5.0 / 8}, (1 + 16 + 320) / 8.0},
		{equal, map[float64]float64{5: 0.25, 1: 0.25, 8: 0.25, 64: 0.25}, 78 / 4.0},
	} {
		const n = 100_000
		r, drawn := rand("histogram"), map[float64]float64{}
		for range n {
			drawn[c.h.Sample(&r)]++
		}
		for v, share := range c.shares {
			if off := math.Abs(drawn[v] - n*share); off > sigmas*math.Sqrt(n*share*(1-share)) {
				t.Errorf("%v drawn %v times of %d, want a share of %v", v, drawn[v], n, share)
			}
		}
		if len(drawn) > len(values) || math.Abs(c.h.Mean()-c.mean) > 1e-12 {
			t.Errorf("%d values of mean %v, want at most %d of mean %v", len(drawn), c.h.Mean(), len(values), c.mean)
		}
	}
}

func TestBoundsMoveDrawsAndDropNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SampledFrom(distributions).Draw(t, "distribution").length
		lo := rapid.Float64Range(0, 200).Draw(t, "min")
		hi := rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(lo, 2000)).Draw(t, "max")
		b := Bounded{Length: d, Min: lo, Max: hi}
		seed := rapid.Uint64().Draw(t, "seed")
		free, bound := event.NewStream(seed, "x").Entity(1), event.NewStream(seed, "x").Entity(1)
		for range 20 {
			x, y := d.Sample(&free), b.Sample(&bound)
			want := x
			if hi > 0 && want > hi {
				want = hi
			}
			if want < lo {
				want = lo
			}
			if y != want {
				t.Fatalf("%v within %v and %v (0 = no end) became %v, want %v", x, lo, hi, y, want)
			}
		}
		if b.Mean() != d.Mean() {
			t.Fatalf("mean %v, want that before bounds, %v", b.Mean(), d.Mean())
		}
	})
}

func TestTokensAreWholeAndWithinWhatACounterHolds(t *testing.T) {
	for _, c := range []struct {
		length  float64
		atLeast int32
		want    int32
	}{{0, 1, 1}, {0, 0, 0}, {0.4, 1, 1}, {1.5, 1, 2}, {7.49, 1, 7}, {1e300, 1, math.MaxInt32 / 4}, {math.Inf(1), 1, math.MaxInt32 / 4}} {
		r := rand("tokens")
		if got := tokens(Constant(c.length), &r, c.atLeast); got != c.want {
			t.Errorf("%v is %d tokens, want %d", c.length, got, c.want)
		}
	}
}

func TestLengthsOutOfRangeAreRefused(t *testing.T) {
	err := func(_ any, err error) error { return err }
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"lognormal of no mean", err(NewLognormal(0, 1)), "mean above 0"},
		{"lognormal of negative CV", err(NewLognormal(5, -1)), "cv of at least 0"},
		{"lognormal of no number", err(NewLognormal(math.NaN(), 1)), "mean NaN"},
		{"median above p99", err(NewLognormalQuantiles(10, 9)), "p50 ≤ p99"},
		{"median of 0", err(NewLognormalQuantiles(0, 9)), "0 < p50"},
		{"gamma without variation", err(NewGammaLength(5, 0)), "above 0"},
		{"gamma of no mean", err(NewGammaLength(0, 1)), "above 0"},
		{"no values", err(NewHistogram(nil, nil)), "at least one"},
		{"too few weights", err(NewHistogram([]float64{1, 2}, []float64{1})), "2 values and 1 weights"},
		{"negative weight", err(NewHistogram([]float64{1}, []float64{-1})), "neither may be negative"},
		{"negative value", err(NewHistogram([]float64{-1}, nil)), "neither may be negative"},
		{"only weights of 0", err(NewHistogram([]float64{1, 2}, []float64{0, 0})), "all weights are 0"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, c.err, c.want)
		}
	}
}
