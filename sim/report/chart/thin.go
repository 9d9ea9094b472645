package chart

import "math"

// MaxPoints is the number of points beyond which series are thinned: more than
// that a screen cannot show, and tables nobody reads.
const MaxPoints = 400

// Thin joins neighbouring points so that at most MaxPoints remain. Values
// become means, weighted by the lengths of their intervals; least and greatest
// values are kept as Lo and Hi. Series that are short enough stay as they are.
func Thin(at, until []float64, series []Series) ([]float64, []float64, []Series) {
	group := (len(at) + MaxPoints - 1) / MaxPoints
	if group <= 1 {
		return at, until, series
	}
	n := (len(at) + group - 1) / group
	from, to := make([]float64, n), make([]float64, n)
	for i := range n {
		from[i], to[i] = at[i*group], until[min((i+1)*group, len(at))-1]
	}
	out := make([]Series, len(series))
	for s := range series {
		in := series[s].Values
		thin := series[s]
		thin.Values, thin.Lo, thin.Hi = make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			sum, weight := 0.0, 0.0
			lo, hi := math.Inf(1), math.Inf(-1)
			for j := i * group; j < min((i+1)*group, len(at)); j++ {
				if math.IsNaN(in[j]) {
					continue
				}
				w := until[j] - at[j]
				sum, weight = sum+w*in[j], weight+w
				lo, hi = min(lo, in[j]), max(hi, in[j])
			}
			if weight == 0 {
				thin.Values[i], thin.Lo[i], thin.Hi[i] = math.NaN(), math.NaN(), math.NaN()
				continue
			}
			thin.Values[i], thin.Lo[i], thin.Hi[i] = sum/weight, lo, hi
		}
		out[s] = thin
	}
	return from, to, out
}
