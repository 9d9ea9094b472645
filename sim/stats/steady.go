package stats

import (
	"errors"
	"math"
)

// ErrShort says that a sequence is too short to show a steady state.
var ErrShort = errors.New("the run is too short to show a steady state")

// Steady is a steady-state mean from one run.
type Steady struct {
	Interval     // N is the number of batches
	Cut      int // values at the start that were left out
	Size     int // values in a batch
}

// Numbers of batches. Law (2015, section 9.5.3): few, long batches; more would
// hardly narrow the interval and would be correlated.
const (
	mostBatches  = 32
	leastBatches = 8
)

// SteadyState estimates the mean of a sequence in its steady state: MSER-5 takes
// off the warm-up, and the means of batches give a Student-t interval. The
// number of batches halves until neighbours are no more correlated than chance
// makes them, and the interval is widened for the correlation that remains, as
// that of a first-order autoregressive sequence. The error is ErrShort when the start cannot be told from the rest,
// or when batches do not become independent; the estimate is still the best
// there is.
func SteadyState(xs []float64, level float64) (Steady, error) {
	cut, ok := MSER5(xs)
	rest := xs[cut:]
	if !ok || len(rest) < 2*leastBatches {
		return Steady{Interval: MeanInterval(rest, level), Cut: cut, Size: 1}, ErrShort
	}
	out := Steady{Cut: cut}
	for k := mostBatches; ; k /= 2 {
		size := len(rest) / k
		if size == 0 {
			continue
		}
		means := batchMeans(rest, k, size)
		r := autocorrelation(means, 1)
		out.Interval, out.Size = widened(MeanInterval(means, level), r), size
		if independent(r, k) {
			return out, nil
		}
		if k/2 < leastBatches {
			return out, ErrShort
		}
	}
}

// batchMeans returns the means of k batches at the end of the sequence: what
// does not fill a batch is left out at the start, next to the warm-up.
func batchMeans(xs []float64, k, size int) []float64 {
	xs = xs[len(xs)-k*size:]
	means := make([]float64, k)
	for i := range means {
		for _, x := range xs[i*size : (i+1)*size] {
			means[i] += x
		}
		means[i] /= float64(size)
	}
	return means
}

// independent reports whether the means of n neighbouring batches are correlated
// no more than independent ones would be in four of five cases: the test errs on
// the side of longer batches.
func independent(r float64, n int) bool {
	const oneSided80 = 0.8416 // standard normal quantile
	return r <= oneSided80/math.Sqrt(float64(n))
}

// widened allows for a positive correlation r of neighbours, whose estimate is
// about 1/n too low.
func widened(i Interval, r float64) Interval {
	r = min(0.9, r+1/float64(i.N))
	if r > 0 {
		half := i.Half() * math.Sqrt((1+r)/(1-r))
		i.Lo, i.Hi = i.Mean-half, i.Mean+half
	}
	return i
}

// autocorrelation returns the sample autocorrelation at a lag, 0 for a constant
// sequence.
func autocorrelation(xs []float64, lag int) float64 {
	mean := 0.0
	for _, x := range xs {
		mean += x
	}
	mean /= float64(len(xs))
	var c0, c float64
	for i, x := range xs {
		d := x - mean
		c0 += float64(d * d)
		if i >= lag {
			c += float64(d * (xs[i-lag] - mean))
		}
	}
	if c0 == 0 {
		return 0
	}
	return c / c0
}

// EffectiveSize returns how many independent values would give the mean of a
// correlated sequence the same error: n / (1 + 2·Σρ(k)). The sum ends where
// the autocorrelations of two neighbouring lags together are not positive any
// more (Geyer's initial positive sequence). It is at least 1, and n for a
// constant sequence.
func EffectiveSize(xs []float64) float64 {
	n := float64(len(xs))
	if len(xs) < 4 {
		return n
	}
	tau := 1.0 // 1 + 2·Σρ(k)
	for k := 1; k+1 < len(xs)/2; k += 2 {
		pair := autocorrelation(xs, k) + autocorrelation(xs, k+1)
		if pair <= 0 {
			break
		}
		tau += 2 * pair
	}
	return min(n, max(1, n/tau))
}
