package fleet

import "math/bits"

// bitset is a set of small integers with fast search for the next member: a
// summary word per 64 words lets it skip 4,096 absent members at a time.
type bitset struct {
	words   []uint64
	summary []uint64 // bit w: words[w] is not zero
}

func newBitset(n int) bitset {
	words := (n + 63) / 64
	return bitset{make([]uint64, words), make([]uint64, (words+63)/64)}
}

func (b *bitset) add(i int) {
	w := i / 64
	b.words[w] |= 1 << (i % 64)
	b.summary[w/64] |= 1 << (w % 64)
}

func (b *bitset) remove(i int) {
	w := i / 64
	if b.words[w] &^= 1 << (i % 64); b.words[w] == 0 {
		b.summary[w/64] &^= 1 << (w % 64)
	}
}

// next returns the smallest member ≥ i, or −1.
func (b *bitset) next(i int) int {
	w := i / 64
	if w >= len(b.words) {
		return -1
	}
	if rest := b.words[w] >> (i % 64); rest != 0 {
		return i + bits.TrailingZeros64(rest)
	}
	for w++; w < len(b.words); {
		rest := b.summary[w/64] >> (w % 64)
		if rest == 0 {
			w = (w/64 + 1) * 64
			continue
		}
		w += bits.TrailingZeros64(rest)
		return w*64 + bits.TrailingZeros64(b.words[w])
	}
	return -1
}
