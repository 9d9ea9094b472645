package stats

import "math"

// mserBatch is the five of MSER-5: the values are averaged by fives first, which
// takes off noise that would otherwise be mistaken for a trend.
const mserBatch = 5

// MSER5 returns how many values at the start of a sequence belong to its
// warm-up: the cut that makes the standard error of the mean of the rest least.
// ok is false when the best cut lies in the last half, which means that the
// sequence is too short to have settled, or has fewer than ten values.
func MSER5(xs []float64) (cut int, ok bool) {
	n := len(xs) / mserBatch
	if n < 2 {
		return 0, false
	}
	// From the end: moments of the batches behind each cut, in one pass.
	var m Moments
	best, at := math.Inf(1), n
	for i := n - 1; i >= 0; i-- {
		sum := 0.0
		for _, x := range xs[i*mserBatch : (i+1)*mserBatch] {
			sum += x
		}
		m.Add(sum / mserBatch)
		// The last few batches can agree by chance.
		if m.n < min(mserBatch, int64(n)) {
			continue
		}
		// <=: of equal cuts the one that keeps more.
		if mser := m.m2 / (float64(m.n) * float64(m.n)); mser <= best {
			best, at = mser, i
		}
	}
	return at * mserBatch, at <= n/2
}
