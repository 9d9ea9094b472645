package event

// classShift leaves 56 bits of the order word to the rank: 7e16 events.
const classShift = 56

// order packs class and rank so that one comparison breaks a tie.
func order(c Class, rank uint64) uint64 { return uint64(c)<<classShift | rank }

// key is all the heap compares: 24 bytes, so that the four children of a node
// span at most two cache lines, and sifting never touches the payloads except
// to note their new place.
type key struct {
	time  Time
	order uint64
	slot  int32
}

func (k key) less(o key) bool {
	return k.time < o.time || (k.time == o.time && k.order < o.order)
}

// heap is a 4-ary min-heap; slots[key.slot].pos mirrors each key's index.
type heap struct{ keys []key }

const arity = 4

func (h *heap) push(slots []slot, k key) {
	h.keys = append(h.keys, k)
	h.up(slots, len(h.keys)-1, k)
}

func (h *heap) pop(slots []slot) key {
	top := h.keys[0]
	slots[top.slot].pos = notQueued
	n := len(h.keys) - 1
	last := h.keys[n]
	h.keys = h.keys[:n]
	if n > 0 {
		h.down(slots, 0, last)
	}
	return top
}

func (h *heap) remove(slots []slot, i int) {
	slots[h.keys[i].slot].pos = notQueued
	n := len(h.keys) - 1
	last := h.keys[n]
	h.keys = h.keys[:n]
	if i < n {
		h.update(slots, i, last)
	}
}

// update puts k at index i and restores the order from there.
func (h *heap) update(slots []slot, i int, k key) {
	if i > 0 && k.less(h.keys[(i-1)/arity]) {
		h.up(slots, i, k)
		return
	}
	h.down(slots, i, k)
}

// up moves the hole at i towards the root until k fits there.
func (h *heap) up(slots []slot, i int, k key) {
	for i > 0 {
		p := (i - 1) / arity
		if !k.less(h.keys[p]) {
			break
		}
		h.keys[i] = h.keys[p]
		slots[h.keys[i].slot].pos = int32(i)
		i = p
	}
	h.keys[i] = k
	slots[k.slot].pos = int32(i)
}

// down moves the hole at i towards the leaves until k fits there.
func (h *heap) down(slots []slot, i int, k key) {
	keys := h.keys
	n := len(keys)
	for {
		c := arity*i + 1
		if c >= n {
			break
		}
		best := c
		for j := c + 1; j < min(c+arity, n); j++ {
			if keys[j].less(keys[best]) {
				best = j
			}
		}
		if !keys[best].less(k) {
			break
		}
		keys[i] = keys[best]
		slots[keys[i].slot].pos = int32(i)
		i = best
	}
	keys[i] = k
	slots[k.slot].pos = int32(i)
}
