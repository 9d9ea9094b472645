package stats

import "math"

// Moments accumulates mean and variance by Welford's method. The zero value is
// empty.
type Moments struct {
	n        int64
	mean, m2 float64
}

// Add takes a value in.
func (m *Moments) Add(x float64) {
	m.n++
	d := x - m.mean
	m.mean += d / float64(m.n)
	m.m2 += float64(d * (x - m.mean))
}

// N returns the number of values.
func (m *Moments) N() int64 { return m.n }

// Mean returns the mean, 0 when empty.
func (m *Moments) Mean() float64 { return m.mean }

// Variance returns the sample variance, 0 for fewer than two values.
func (m *Moments) Variance() float64 {
	if m.n < 2 {
		return 0
	}
	return m.m2 / float64(m.n-1)
}

// StandardError returns the standard error of the mean of independent values.
func (m *Moments) StandardError() float64 {
	if m.n < 2 {
		return 0
	}
	return math.Sqrt(m.Variance() / float64(m.n))
}

// Interval returns the half-width of the Student-t interval of the mean at a
// confidence level such as 0.95; +Inf for fewer than two values.
func (m *Moments) Interval(level float64) float64 {
	if m.n < 2 {
		return math.Inf(1)
	}
	return studentQuantile(0.5+level/2, float64(m.n-1)) * m.StandardError()
}

// BatchMeans estimates the mean of a correlated sequence, and its error, from
// one long run: the means of batches much longer than the correlation are
// nearly independent.
type BatchMeans struct {
	size    int64
	n       int64
	sum     float64
	batches Moments
}

// NewBatchMeans returns an estimator with batches of so many values.
func NewBatchMeans(size int64) *BatchMeans { return &BatchMeans{size: max(size, 1)} }

// Add takes the next value of the sequence in.
func (b *BatchMeans) Add(x float64) {
	b.sum += x
	if b.n++; b.n == b.size {
		b.batches.Add(b.sum / float64(b.size))
		b.n, b.sum = 0, 0
	}
}

// Batches returns the moments of the complete batches.
func (b *BatchMeans) Batches() *Moments { return &b.batches }
