package stats

import (
	"math"
	"slices"
	"testing"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// Student's own data (Biometrika 6, 1908): extra hours of sleep of ten patients
// under two drugs. Its paired t-test, t = 4.06 and p = 0.0028, and Welch's on the
// same figures, t = 1.86 and p = 0.079, are in the manuals of most packages.
var (
	sleepA = []float64{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0}
	sleepB = []float64{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4}
)

func TestComparisonsOfStudentsSleepData(t *testing.T) {
	p := Paired(sleepA, sleepB, 0.95)
	near(t, "paired mean", p.Mean, 1.58, 1e-9)
	near(t, "paired lo", p.Lo, 0.7001, 1e-4)
	near(t, "paired hi", p.Hi, 2.4599, 1e-4)
	near(t, "paired p", p.P, 0.002833, 1e-6)
	u := Unpaired(sleepA, sleepB, 0.95)
	near(t, "unpaired lo", u.Lo, -0.2055, 1e-4)
	near(t, "unpaired hi", u.Hi, 3.3655, 1e-4)
	near(t, "unpaired p", u.P, 0.07939, 1e-5)
}

func TestComparisonsWithoutVariance(t *testing.T) {
	same := Paired([]float64{1, 2}, []float64{1, 2}, 0.95)
	if same.P != 1 || same.Lo != 0 || same.Hi != 0 {
		t.Errorf("equal systems: %+v", same)
	}
	if shifted := Paired([]float64{1, 2}, []float64{2, 3}, 0.95); shifted.P != 0 || shifted.Lo != 1 {
		t.Errorf("a constant difference is certain: %+v", shifted)
	}
	for _, one := range []Difference{Paired([]float64{1}, []float64{3}, 0.95), Unpaired([]float64{1}, []float64{3, 4}, 0.95)} {
		if one.Known() || one.P != 1 {
			t.Errorf("one value says nothing of its error: %+v", one)
		}
	}
	if u := Unpaired([]float64{1, 1}, []float64{2, 2}, 0.95); u.P != 0 || u.Lo != 1 || u.Hi != 1 {
		t.Errorf("two constants: %+v", u)
	}
}

func TestHolmAdjustsInOrder(t *testing.T) {
	got := Holm([]float64{0.04, 0.01, 0.03, 0.9})
	want := []float64{0.09, 0.04, 0.09, 0.9} // 0.03·3 = 0.09 holds 0.04·2 = 0.08 up
	for i := range got {
		near(t, "adjusted p", got[i], want[i], 1e-12)
	}
	if out := Holm([]float64{0.7, 0.8}); !slices.Equal(out, []float64{1, 1}) {
		t.Errorf("probabilities end at 1: %v", out)
	}
}

func TestPrecisionStopsAtTheFirstNumberThatIsEnough(t *testing.T) {
	p := Precision{Relative: 0.05, Level: 0.95, Least: 3}
	xs := []float64{90, 110, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100}
	n := p.Reached(xs)
	if n < 4 || !p.Met(xs[:n]) || p.Met(xs[:n-1]) {
		t.Errorf("stopped at %d", n)
	}
	if n != p.Reached(xs[:n]) || p.Reached(xs[:n-1]) != 0 {
		t.Errorf("values after the stop change it")
	}
	for _, bad := range []Precision{{Level: 0.95}, {Relative: 1, Level: 0.9}, {Relative: 0.1, Level: 1}, {Relative: math.NaN(), Level: 0.9}} {
		if bad.Check() == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}
