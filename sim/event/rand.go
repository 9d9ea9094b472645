package event

import (
	"math"
	"math/bits"

	"github.com/jevons-sim/jevons/internal/fmath"
)

// Stream is a family of random sequences with one name. Streams of different
// names or seeds are independent.
type Stream struct{ key uint64 }

// NewStream returns the stream of that name under a seed.
func NewStream(seed uint64, name string) Stream {
	// FNV-1a over the name, then mixed with the seed (splitmix64's finaliser):
	// names that differ in one letter get unrelated keys.
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return Stream{key: mix64(mix64(seed+0x9e3779b97f4a7c15) ^ h)}
}

// Entity returns the sequence of entity i of the stream, from its start.
func (s Stream) Entity(i uint64) Rand { return Rand{key: s.key, entity: i} }

// Words returns words 2i and 2i + 1 of entity e's sequence, for callers that draw
// from many sequences in any order and keep their places themselves.
func (s Stream) Words(e, i uint64) (uint64, uint64) { return philox(i, e, s.key) }

func mix64(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Rand is one entity's sequence of random numbers: a value of 48 bytes that
// can be copied to fork it. Word n of the sequence is a pure function of (seed,
// stream, entity, n). The zero value is a valid sequence of its own.
type Rand struct {
	key, entity uint64
	n           uint64 // counter of the next block of two words
	spare       uint64
	has         bool
}

// Uint64 returns the next word. It makes Rand a math/rand/v2 Source.
func (r *Rand) Uint64() uint64 {
	if r.has {
		r.has = false
		return r.spare
	}
	a, b := philox(r.n, r.entity, r.key)
	r.n++
	r.spare, r.has = b, true
	return a
}

// philox is Philox2x64-10 (Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3", SC 2011): ten rounds of multiply and mix of a two-word counter.
func philox(c0, c1, k uint64) (uint64, uint64) {
	const (
		multiplier = 0xd2b74407b1ce6e93
		weyl       = 0x9e3779b97f4a7c15
	)
	for range 10 {
		hi, lo := bits.Mul64(multiplier, c0)
		c0, c1 = hi^k^c1, lo
		k += weyl
	}
	return c0, c1
}

// Float64 returns a uniform number in (0, 1]: never zero, so that its
// logarithm is finite.
func (r *Rand) Float64() float64 {
	return float64(r.Uint64()>>11+1) * (1.0 / (1 << 53))
}

// IntN returns a uniform integer in [0, n). It panics when n <= 0.
func (r *Rand) IntN(n int) int {
	if n <= 0 {
		panic("event: IntN of a bound that is not positive")
	}
	// Lemire's multiply-and-reject: unbiased.
	bound := uint64(n)
	hi, lo := bits.Mul64(r.Uint64(), bound)
	if lo < bound {
		for floor := -bound % bound; lo < floor; {
			hi, lo = bits.Mul64(r.Uint64(), bound)
		}
	}
	return int(hi)
}

// Exp returns an exponential number of mean 1.
func (r *Rand) Exp() float64 { return -fmath.Log(r.Float64()) }

// Normal returns a standard normal number (Marsaglia's polar method; the
// second number of each pair is dropped, which keeps the sequence stateless).
func (r *Rand) Normal() float64 {
	for {
		u := 2*r.Float64() - 1
		v := 2*r.Float64() - 1
		s := float64(u*u) + float64(v*v)
		if s > 0 && s < 1 {
			return u * math.Sqrt(-2*fmath.Log(s)/s)
		}
	}
}
