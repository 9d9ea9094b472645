package serving

import "math/bits"

// pathKey names a stretch of a context by all that precedes it: two contexts
// with the same key have the same tokens up to where the shorter one ends in it.
// It is a hash of 64 bits.
type pathKey uint64

// step returns the key of the stretch of that name behind a path.
func (k pathKey) step(name streamName) pathKey {
	return k.mix(name.key).mix(uint64(uint32(name.start)))
}

// leave returns the path that leads out of a stretch at a block.
func (k pathKey) leave(block int64) pathKey { return k.mix(uint64(block)) }

func (k pathKey) mix(v uint64) pathKey {
	hi, lo := bits.Mul64(uint64(k)^0x9e3779b97f4a7c15, v^0xd1b54a32d192ed03)
	return pathKey(hi ^ lo ^ bits.RotateLeft64(v, 23))
}

// changeLog is what has happened to a cache's contents since it was last read:
// the events that engines publish for routers that keep an index of caches.
type changeLog struct{ changes []contentChange }

// contentChange says that of the stretch of that key the blocks before one are
// in the cache now, counted from the beginning of the context; 0 = none.
type contentChange struct {
	key    pathKey
	blocks int64
	grows  bool // at least so many; else no more than so many
}

// apply brings an index up to date and empties the log.
func (l *changeLog) apply(contents map[pathKey]int64) {
	for _, c := range l.changes {
		switch {
		case c.grows:
			contents[c.key] = max(contents[c.key], c.blocks)
		case c.blocks == 0:
			delete(contents, c.key)
		default:
			contents[c.key] = c.blocks
		}
	}
	l.changes = l.changes[:0]
}

// stored notes that a request's first blocks are in the cache; those before
// from were there already.
func (c *prefixCache) stored(q *Request, from, upTo int64) {
	w := c.walk(q)
	path, at := pathKey(0), int64(0)
	for at < upTo {
		s := w.next()
		if s.end == at {
			continue
		}
		key := path.step(s.name)
		end := min(s.end, upTo)
		if end > from {
			c.log.changes = append(c.log.changes, contentChange{key, end, true})
		}
		path, at = key.leave(end), end
	}
}

// place tells a new node which stretch it belongs to and where it begins.
func (c *prefixCache) place(n int32) {
	node := &c.nodes[n]
	parent := &c.nodes[node.name.parent]
	switch {
	case node.name.parent == 0:
		node.path = pathKey(0).step(node.name.stream)
	case parent.name.stream == node.name.stream:
		node.path, node.start = parent.path, parent.start+parent.blocks
	default:
		node.start = parent.start + parent.blocks
		node.path = parent.path.leave(node.start).step(node.name.stream)
	}
}

// evicted notes that a node has lost blocks from its end.
func (c *prefixCache) evicted(n *cacheNode) {
	left := n.start + n.blocks
	if n.blocks == 0 && c.nodes[n.name.parent].path != n.path {
		left = 0 // the stretch begins with this node
	}
	c.log.changes = append(c.log.changes, contentChange{n.path, left, false})
}

// lookUp returns how many blocks of a request's context an index has, up to
// limit.
func (c *prefixCache) lookUp(contents map[pathKey]int64, q *Request, limit int64) int64 {
	w := c.walk(q)
	path, at := pathKey(0), int64(0)
	for at < limit {
		s := w.next()
		if s.end == at {
			continue
		}
		key := path.step(s.name)
		has := min(contents[key], s.end, limit)
		if has <= at {
			break
		}
		at = has
		if at < s.end {
			break
		}
		path = key.leave(at)
	}
	return at
}
