package metrics

import (
	"math"
	"math/bits"
)

const (
	subBuckets   = 128 // per power of two
	exactBelow   = 2 * subBuckets
	exactBits    = 8 // exactBelow = 1 << exactBits
	totalBuckets = (64-exactBits)*subBuckets + exactBelow
)

// RelativeError bounds |reported − true| / true of a quantile.
const RelativeError = 1.0 / 256

// Histogram is a sketch of a distribution of whole numbers ≥ 0. The zero value
// is empty and ready for use.
type Histogram struct {
	counts   []uint64 // grown to the highest bucket seen
	n        uint64
	sumHi    uint64 // 128-bit sum of all values
	sumLo    uint64
	min, max int64
}

func bucketOf(v int64) int {
	if v < exactBelow {
		return int(v)
	}
	shift := bits.Len64(uint64(v)) - exactBits
	return shift*subBuckets + int(v>>shift)
}

// bounds returns the smallest and the largest value of a bucket.
func bounds(bucket int) (lo, hi int64) {
	if bucket < exactBelow {
		return int64(bucket), int64(bucket)
	}
	shift := bucket/subBuckets - 1
	lo = int64(bucket%subBuckets+subBuckets) << shift
	return lo, lo + (1<<shift - 1)
}

// Record adds one value; negative values count as zero.
func (h *Histogram) Record(v int64) { h.RecordN(v, 1) }

// RecordN adds a value n times.
func (h *Histogram) RecordN(v int64, n uint64) {
	if n == 0 {
		return
	}
	v = max(v, 0)
	h.extend(v, v)
	h.counts[bucketOf(v)] += n
	h.add(uint64(v), n)
}

// RecordProgression adds the count values first, first+step, first+2·step, …,
// each n times. first and step must not be negative, and the last value must
// fit an int64. It costs one operation per bucket that the progression spans.
func (h *Histogram) RecordProgression(first, step, count int64, n uint64) {
	switch {
	case count <= 0 || n == 0:
		return
	case step == 0 || count == 1:
		h.RecordN(first, n*uint64(count))
		return
	}
	last := first + step*(count-1)
	h.extend(first, last)
	for v, left := first, count; left > 0; {
		b := bucketOf(v)
		_, hi := bounds(b)
		in := min((hi-v)/step+1, left)
		h.counts[b] += uint64(in) * n
		v += in * step
		left -= in
	}
	// n·Σ = n·count·first + n·step·count(count−1)/2, in 128 bits. Halving the
	// even one of count and count−1 first keeps every factor in 64 bits.
	h.add(uint64(first), uint64(count)*n)
	even, odd := uint64(count), uint64(count-1)
	if even&1 != 0 {
		even, odd = odd, even
	}
	hi, lo := bits.Mul64(uint64(step)*odd, even/2*n)
	h.addSum(hi, lo)
}

// extend makes room for the bucket of hi and takes lo and hi into the extremes.
func (h *Histogram) extend(lo, hi int64) {
	if h.counts == nil {
		h.min, h.max = lo, hi
	} else {
		h.min, h.max = min(h.min, lo), max(h.max, hi)
	}
	if b := bucketOf(hi); b >= len(h.counts) {
		// Grow by whole powers of two: a run settles after a few.
		grown := make([]uint64, min((b/subBuckets+1)*subBuckets, totalBuckets))
		copy(grown, h.counts)
		h.counts = grown
	}
}

// add counts a value n times without touching its bucket.
func (h *Histogram) add(v, n uint64) {
	h.n += n
	hi, lo := bits.Mul64(v, n)
	h.addSum(hi, lo)
}

func (h *Histogram) addSum(hi, lo uint64) {
	var carry uint64
	h.sumLo, carry = bits.Add64(h.sumLo, lo, 0)
	h.sumHi += hi + carry
}

// Merge adds all values of o.
func (h *Histogram) Merge(o *Histogram) {
	if o.n == 0 {
		return
	}
	h.extend(o.min, o.max)
	for i, c := range o.counts {
		if c != 0 {
			h.counts[i] += c
		}
	}
	h.n += o.n
	h.addSum(o.sumHi, o.sumLo)
}

// Count returns how many values have been added.
func (h *Histogram) Count() uint64 { return h.n }

// Min returns the smallest value, or 0 when empty.
func (h *Histogram) Min() int64 { return h.min }

// Max returns the largest value, or 0 when empty.
func (h *Histogram) Max() int64 { return h.max }

// Mean returns the exact sum over the count as a float64, or 0 when empty.
func (h *Histogram) Mean() float64 {
	if h.n == 0 {
		return 0
	}
	return (math.Ldexp(float64(h.sumHi), 64) + float64(h.sumLo)) / float64(h.n)
}

// Quantile returns the q-quantile (0 ≤ q ≤ 1) by nearest rank: the middle of
// the bucket that holds the ⌈q·n⌉-th smallest value, kept within the exact
// minimum and maximum. It returns 0 when empty.
func (h *Histogram) Quantile(q float64) int64 {
	if h.n == 0 {
		return 0
	}
	rank := uint64(math.Ceil(q * float64(h.n)))
	rank = min(max(rank, 1), h.n)
	switch rank {
	case 1:
		return h.min
	case h.n:
		return h.max
	}
	var seen uint64
	for b, c := range h.counts {
		if seen += c; seen >= rank {
			lo, hi := bounds(b)
			return min(max(lo+(hi-lo)/2, h.min), h.max)
		}
	}
	return h.max
}

// AtMost returns how many values are at most v, or share its bucket: those are
// above it by less than 1/128 of it.
func (h *Histogram) AtMost(v int64) uint64 {
	if v < 0 {
		return 0
	}
	var n uint64
	for _, c := range h.counts[:min(bucketOf(v)+1, len(h.counts))] {
		n += c
	}
	return n
}

// Equal reports whether two histograms are in the same state.
func (h *Histogram) Equal(o *Histogram) bool {
	if h.n != o.n || h.sumHi != o.sumHi || h.sumLo != o.sumLo || h.min != o.min || h.max != o.max {
		return false
	}
	for i := range min(len(h.counts), len(o.counts)) {
		if h.counts[i] != o.counts[i] {
			return false
		}
	}
	return true // beyond the shorter one all counts are zero, since n is equal
}
