package placement

import (
	"math"
	"math/bits"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// maxLeaves bounds the memory of all trees together to 32 MiB, or 96 MiB where
// ties are drawn: half a thousand shapes on 12,500 nodes.
const maxLeaves = 1 << 23

// shape is what decides where something fits and how good a place is for it.
type shape struct {
	pool    int
	request fleet.Request // of one worker, or of a gang that keeps to a group
	group   int           // nodes to a group; 1 = single nodes
}

// index is the scores of a pool's nodes, or groups of nodes, for one shape.
type index struct {
	shape  shape
	places int
	tree   tree
	since  int    // the moment in the pool's journal that the tree stands at
	used   uint64 // when it was last asked
}

// node returns the up-to-date scores of nodes for one worker of a request.
func (p *Placer) node(pool int, r fleet.Request) *index {
	r.Workers, r.Within = 1, fleet.Anywhere
	return p.index(shape{pool, r, 1})
}

// group returns the up-to-date scores of groups of neighbours for a whole gang:
// the fewer GPUs a group has free, the better.
func (p *Placer) group(pool int, r fleet.Request, size int) *index {
	r.Within = fleet.Anywhere
	return p.index(shape{pool, r, size})
}

func (p *Placer) index(s shape) *index {
	ix := p.indices[s]
	if ix == nil {
		places := (p.fleet.Pools[s.pool].Nodes() + s.group - 1) / s.group
		ix = &index{shape: s, places: places, tree: newTree(places, p.lottery != nil && s.group == 1), since: -1}
		p.remember(ix)
	}
	p.clock++
	ix.used = p.clock
	p.refresh(ix)
	return ix
}

// remember adds an index and forgets the longest unused ones when there are
// too many.
func (p *Placer) remember(ix *index) {
	p.leaves += ix.tree.leaves
	for p.leaves > maxLeaves && len(p.indices) > 0 {
		var oldest *index
		for _, other := range p.indices {
			if oldest == nil || other.used < oldest.used {
				oldest = other
			}
		}
		p.leaves -= oldest.tree.leaves
		delete(p.indices, oldest.shape)
	}
	p.indices[ix.shape] = ix
}

// refresh scores the places again that changed since the index was last asked.
func (p *Placer) refresh(ix *index) {
	pool := p.fleet.Pools[ix.shape.pool]
	nodes, now, ok := pool.Touched(ix.since)
	ix.since = now
	if ok && len(nodes) < pool.Nodes() {
		for _, i := range nodes {
			place := int(i) / ix.shape.group
			ix.tree.set(place, p.score(ix, pool, place))
		}
		return
	}
	for place := range ix.places {
		ix.tree.put(place, p.score(ix, pool, place))
	}
	ix.tree.build()
}

func (p *Placer) score(ix *index, pool *fleet.Pool, place int) int16 {
	if ix.shape.group > 1 {
		return groupScore(pool, ix.shape.request, place*ix.shape.group, min((place+1)*ix.shape.group, pool.Nodes()))
	}
	n := pool.Node(place)
	if !n.Fits(ix.shape.request) {
		return noRoom
	}
	return int16(p.policy.Score(Node{n, ix.shape.pool, p.largest}, ix.shape.request))
}

// groupScore rates nodes lo … hi−1 for a whole gang.
func groupScore(pool *fleet.Pool, r fleet.Request, lo, hi int) int16 {
	room, free := 0, 0
	for i := lo; i < hi; i++ {
		n := pool.Node(i)
		room += n.Room(r)
		free += bits.OnesCount64(n.Whole())
	}
	if room < r.Workers {
		return noRoom
	}
	return int16(max(math.MaxInt16-free, 0))
}
