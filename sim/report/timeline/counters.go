package timeline

import (
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
)

// samples is values of counters at instants. Beyond the limit, every second
// instant is forgotten.
type samples[K comparable] struct {
	limit, every int
	index        int // of the instant, from 0
	at           int64
	total        int
	order        []K
	points       map[K][]point
}

type point struct {
	at    int64
	index int
	v     float64
}

func newSamples[K comparable](limit int) samples[K] {
	return samples[K]{limit: limit, every: 1, index: -1, points: map[K][]point{}}
}

func (s *samples[K]) add(at int64, k K, v float64) {
	if s.index < 0 || at != s.at {
		s.index++
		s.at = at
	}
	if s.index%s.every != 0 {
		return
	}
	if s.points[k] == nil {
		s.order = append(s.order, k)
	}
	s.points[k] = append(s.points[k], point{at, s.index, v})
	if s.total++; s.total > s.limit {
		s.thin()
	}
}

func (s *samples[K]) thin() {
	s.every *= 2
	s.total = 0
	for k, points := range s.points {
		s.points[k] = slices.DeleteFunc(points, func(p point) bool { return p.index%s.every != 0 })
		s.total += len(s.points[k])
	}
}

// balances is the ledger at the ends of intervals, as sums from the start.
// Beyond the limit, pairs of intervals become one.
type balances struct {
	limit, every int
	intervals    int // so far
	start        int64
	ends         []int64
	order        []accountKey
	sums         map[accountKey][]ledger.Amount // by end
}

type accountKey struct{ pool, class, account string }

func (b *balances) add(x *result.LedgerRow) {
	last := len(b.ends) - 1
	switch {
	case last < 0:
		b.start, b.sums = x.From, map[accountKey][]ledger.Amount{}
		b.grow(x.To)
	case x.To == b.ends[last]:
	case b.intervals%b.every != 0: // the last interval is not full yet
		b.ends[last] = x.To
		b.intervals++
	default:
		b.grow(x.To)
	}
	k := accountKey{x.Pool, x.Class, x.Account}
	if b.sums[k] == nil {
		b.order = append(b.order, k)
		b.sums[k] = make([]ledger.Amount, len(b.ends))
	}
	s := b.sums[k]
	s[len(s)-1] = s[len(s)-1].Add(x.GPUTime)
}

// grow opens an interval that ends then.
func (b *balances) grow(end int64) {
	if (len(b.ends)+1)*max(len(b.order), 1) > b.limit && len(b.ends) > 2 {
		b.thin()
		if b.intervals%b.every != 0 {
			b.ends[len(b.ends)-1] = end
			b.intervals++
			return
		}
	}
	b.ends = append(b.ends, end)
	b.intervals++
	for k, s := range b.sums {
		last := ledger.Amount{}
		if len(s) > 0 {
			last = s[len(s)-1]
		}
		b.sums[k] = append(s, last)
	}
}

// thin joins pairs of intervals; an odd one at the end stays open for another.
func (b *balances) thin() {
	b.every *= 2
	b.ends = pairs(b.ends)
	for k := range b.sums {
		b.sums[k] = pairs(b.sums[k])
	}
}

// pairs keeps the second of every pair, and the last.
func pairs[T any](s []T) []T {
	kept := s[:0]
	for i := range s {
		if i%2 == 1 || i == len(s)-1 {
			kept = append(kept, s[i])
		}
	}
	return kept
}

// mean calls f with the GPUs that stood in an account, on average over each
// interval.
func (b *balances) mean(k accountKey, f func(from int64, gpus float64)) {
	from, before := b.start, ledger.Amount{}
	for i, end := range b.ends {
		sum := b.sums[k][i]
		f(from, sum.Sub(before).Seconds()/(float64(end-from)/1e9))
		from, before = end, sum
	}
}

// duration returns milli-GPUs held for a span.
func duration(milli, from, to int64) ledger.Amount {
	return ledger.Product(milli, event.Time(to-from))
}
