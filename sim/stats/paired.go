package stats

import (
	"cmp"
	"math"
	"slices"
)

// Difference is what a second system's mean is above a first one's.
type Difference struct {
	Interval
	// P is the probability of a difference at least as far from 0 if there
	// were none; 1 when nothing can be said.
	P float64
}

// Paired compares b with a by the differences of pairs that saw the same random
// numbers: what is common to both cancels. It panics when the lengths differ.
func Paired(a, b []float64, level float64) Difference {
	if len(a) != len(b) {
		panic("stats: pairs of unequal number")
	}
	var m Moments
	for i := range a {
		m.Add(b[i] - a[i])
	}
	return Difference{m.around(level), pOf(m.mean, m.StandardError(), float64(m.n-1))}
}

// Unpaired compares b with a when they are independent: Welch's interval, which
// does not assume equal variances. N is the smaller number of values.
func Unpaired(a, b []float64, level float64) Difference {
	var ma, mb Moments
	for _, x := range a {
		ma.Add(x)
	}
	for _, x := range b {
		mb.Add(x)
	}
	d := mb.mean - ma.mean
	out := Difference{Interval{d, d, d, min(len(a), len(b))}, 1}
	if out.N < 2 {
		return out
	}
	va, vb := ma.Variance()/float64(ma.n), mb.Variance()/float64(mb.n)
	freedom := float64(out.N - 1) // where neither varies
	if va+vb > 0 {
		freedom = (va + vb) * (va + vb) / (float64(va*va/float64(ma.n-1)) + float64(vb*vb/float64(mb.n-1)))
	}
	err := math.Sqrt(va + vb)
	half := studentQuantile(0.5+level/2, freedom) * err
	out.Lo, out.Hi, out.P = d-half, d+half, pOf(d, err, freedom)
	return out
}

// pOf returns the two-sided p-value of a difference with a standard error.
func pOf(d, err, freedom float64) float64 {
	if freedom < 1 || d == 0 {
		return 1
	}
	return twoSided(d/err, freedom) // an error of 0: the difference is certain
}

// Holm returns, for each p-value, what it comes to when all are looked at
// together: the probability that any of a family of true null hypotheses is
// rejected stays below the level at which the results are judged.
func Holm(ps []float64) []float64 {
	order := make([]int, len(ps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(ps[i], ps[j]) })
	out := make([]float64, len(ps))
	least := 0.0
	for rank, i := range order {
		least = max(least, min(1, ps[i]*float64(len(ps)-rank)))
		out[i] = least
	}
	return out
}
