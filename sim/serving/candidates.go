package serving

import (
	"math"
	"slices"
)

// Candidates are the replicas that a router chooses from, with an index of
// their loads: a tournament tree, so that the least loaded of thousands is
// found without looking at all of them.
type Candidates struct {
	replicas []*Replica
	// tree[1] is the smallest key, tree[i] the smaller of tree[2i] and
	// tree[2i+1], and tree[len/2+i] the key of replica i.
	tree []int
	// seats hides replicas without a free sequence from LeastLoaded.
	seats bool
	next  uint64 // number of the last replica to come
}

// hidden is the key of a replica that LeastLoaded must not return.
const hidden = math.MaxInt

// Len returns the number of candidates.
func (c *Candidates) Len() int { return len(c.replicas) }

// At returns candidate i.
func (c *Candidates) At(i int) *Replica { return c.replicas[i] }

// LeastLoaded returns the candidate with the fewest requests waiting and
// running, the first of them among equals.
func (c *Candidates) LeastLoaded() int {
	leaves := len(c.tree) / 2
	i := 1
	for i < leaves {
		i *= 2
		if c.tree[i] != c.tree[i/2] {
			i++
		}
	}
	return i - leaves
}

// open reports whether LeastLoaded has anything to return.
func (c *Candidates) open() bool { return len(c.replicas) > 0 && c.tree[1] != hidden }

func (c *Candidates) add(r *Replica) {
	c.next++
	r.number = c.next
	c.replicas = append(c.replicas, r)
	r.place = len(c.replicas) - 1
	if leaves := len(c.tree) / 2; len(c.replicas) > leaves {
		c.rebuild()
		return
	}
	c.update(r)
}

func (c *Candidates) remove(r *Replica) {
	if r.place < 0 {
		return
	}
	c.replicas = slices.Delete(c.replicas, r.place, r.place+1)
	r.place = -1
	c.rebuild()
}

// rebuild sizes the tree for twice the replicas and plays all its matches.
func (c *Candidates) rebuild() {
	leaves := 1
	for leaves < len(c.replicas) {
		leaves *= 2
	}
	c.tree = slices.Repeat([]int{hidden}, 2*leaves)
	for i, r := range c.replicas {
		r.place = i
		c.tree[leaves+i] = c.key(r)
	}
	for i := leaves - 1; i > 0; i-- {
		c.tree[i] = min(c.tree[2*i], c.tree[2*i+1])
	}
}

// update brings the index up to date with a replica's load.
func (c *Candidates) update(r *Replica) {
	if r.place < 0 {
		return
	}
	i := len(c.tree)/2 + r.place
	for key := c.key(r); c.tree[i] != key; key = min(c.tree[2*i], c.tree[2*i+1]) {
		c.tree[i] = key
		if i /= 2; i == 0 {
			return
		}
	}
}

func (c *Candidates) key(r *Replica) int {
	if c.seats && !r.HasRoom() {
		return hidden
	}
	return r.load
}
