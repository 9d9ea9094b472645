package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Interval is a confidence interval of a mean. With fewer than two values there
// is none: Lo and Hi are the mean then, and Known says so.
type Interval struct {
	Mean float64 `json:"mean"`
	Lo   float64 `json:"lo"`
	Hi   float64 `json:"hi"`
	N    int     `json:"n"` // values
}

// Known reports whether the bounds mean anything.
func (i Interval) Known() bool { return i.N > 1 }

// Half returns the half-width.
func (i Interval) Half() float64 { return (i.Hi - i.Lo) / 2 }

// Excludes reports whether the interval is known and x lies outside.
func (i Interval) Excludes(x float64) bool { return i.Known() && (x < i.Lo || x > i.Hi) }

// MeanInterval returns the two-sided Student-t interval of the mean of
// independent values, at a confidence level such as 0.95.
func MeanInterval(xs []float64, level float64) Interval {
	var m Moments
	for _, x := range xs {
		m.Add(x)
	}
	return m.around(level)
}

// around returns the interval of the moments.
func (m *Moments) around(level float64) Interval {
	i := Interval{m.mean, m.mean, m.mean, int(m.n)}
	if m.n > 1 {
		half := m.Interval(level)
		i.Lo, i.Hi = m.mean-half, m.mean+half
	}
	return i
}

// studentQuantile returns the p-quantile of Student's t distribution.
func studentQuantile(p, freedom float64) float64 {
	return distuv.StudentsT{Sigma: 1, Nu: freedom}.Quantile(p)
}

// twoSided returns the probability that Student's t is as far from 0 as t.
func twoSided(t, freedom float64) float64 {
	if math.IsInf(t, 0) {
		return 0
	}
	return 2 * distuv.StudentsT{Sigma: 1, Nu: freedom}.CDF(-math.Abs(t))
}
