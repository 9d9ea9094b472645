package placement

import "github.com/jevons-sim/jevons/sim/fleet"

// maxLeaves bounds the memory of all trees together: 5 bytes a leaf, twice, and
// three times the largest published fleet for a thousand shapes.
const maxLeaves = 1 << 24

// shape is what decides where one worker fits and how a node scores for it.
type shape struct {
	pool    int
	request fleet.Request // of one worker
}

// index is the scores of a pool's nodes for one shape.
type index struct {
	shape shape
	tree  tree
	since int    // the moment in the pool's journal that the tree stands at
	used  uint64 // when it was last asked
}

// index returns the up-to-date scores of a shape.
func (p *Placer) index(pool int, r fleet.Request) *index {
	r.Workers = 1
	key := shape{pool, r}
	ix := p.indices[key]
	if ix == nil {
		ix = &index{shape: key, tree: newTree(p.fleet.Pools[pool].Nodes(), p.lottery != nil), since: -1}
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

// refresh scores the nodes again that changed since the index was last asked.
func (p *Placer) refresh(ix *index) {
	pool := p.fleet.Pools[ix.shape.pool]
	nodes, now, ok := pool.Touched(ix.since)
	ix.since = now
	if ok && len(nodes) < pool.Nodes() {
		for _, i := range nodes {
			ix.tree.set(int(i), p.score(ix, pool.Node(int(i))))
		}
		return
	}
	for i := range pool.Nodes() {
		ix.tree.put(i, p.score(ix, pool.Node(i)))
	}
	ix.tree.build()
}

func (p *Placer) score(ix *index, n *fleet.Node) int8 {
	if !n.Fits(ix.shape.request) {
		return noRoom
	}
	return int8(p.policy.Score(ix.shape.pool, n, ix.shape.request))
}
