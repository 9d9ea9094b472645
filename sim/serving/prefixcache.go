package serving

// prefixCache remembers the KV blocks of prompts and answers, so that a request
// whose context begins alike need not compute them again. It is a radix tree:
// each node is a run of blocks that follow its parent's; a node that requests
// use is pinned, the others wait in a list, least recently used first, and give
// up blocks from their ends when memory is needed.
//
// With room in host memory, what gives way goes there and comes back at the next
// hit: such nodes stand in a list of their own, in the same order, and give up
// blocks in the same way when that room is short. All that follows a host node
// is in host memory too, so that a match is a stretch of GPU blocks and behind
// it one of host blocks.
//
// Blocks belong to the replica's memory: pinned ones are in use, idle ones are
// there until the room is needed. A request's own blocks, those that no other
// may use yet, are the engine's to count.
type prefixCache struct {
	size     int64 // tokens per block
	nodes    []cacheNode
	unused   []int32
	children map[childName]int32
	// Idle nodes of either memory, least recently used first. A node stands
	// behind all its descendants: whoever used them used it too, and let go of it
	// last.
	lists  [2]nodeList
	pinned int64      // blocks of nodes in use
	idle   int64      // blocks on the GPU of nodes that nobody uses
	hosted int64      // blocks in host memory
	room   int64      // blocks that host memory has for them; when it shrinks, trimHost
	log    *changeLog // for a router's index; nil = nobody asks
}

// memory says where a node's blocks are.
type memory uint8

const (
	onGPU memory = iota
	onHost
)

// nodeList is a doubly linked list of nodes; 0 = none.
type nodeList struct{ first, last int32 }

// cacheNode is a run of blocks. Node 0 is the root, which has none.
type cacheNode struct {
	name       childName
	blocks     int64
	users      int32 // requests that hold it
	kids       int32
	prev, next int32 // in the list of idle nodes
	in         memory
	// With a log: the stretch it belongs to, and the blocks before it.
	path  pathKey
	start int64
}

// childName finds a node: what follows parent is the stream of that name.
type childName struct {
	parent int32
	stream streamName
}

func newPrefixCache(blockSize int) *prefixCache {
	return &prefixCache{size: int64(blockSize), nodes: make([]cacheNode, 1), children: map[childName]int32{}}
}

// match is how much of a request's context the cache has.
type match struct {
	node   int32 // the last node, of which
	inNode int64 // so many blocks match
	blocks int64 // on the GPU
	idle   int64 // of these, blocks that nobody uses yet
	hosted int64 // blocks behind them in host memory
}

func (c *prefixCache) walk(q *Request) walker {
	return walker{content: &q.Content, id: q.ID, size: c.size}
}

// find returns the longest match of up to limit blocks. It changes nothing.
func (c *prefixCache) find(q *Request, limit int64) match {
	var m match
	w := c.walk(q)
	for s := w.next(); m.blocks+m.hosted < limit; {
		found := m.blocks + m.hosted
		if found == s.end {
			s = w.next()
			continue
		}
		child, ok := c.children[childName{m.node, s.name}]
		if !ok {
			break
		}
		n := &c.nodes[child]
		m.node, m.inNode = child, min(n.blocks, min(s.end, limit)-found)
		switch {
		case n.in == onHost:
			m.hosted += m.inNode
		case n.users == 0:
			m.idle += m.inNode
			fallthrough
		default:
			m.blocks += m.inNode
		}
		if m.inNode < n.blocks {
			break
		}
	}
	return m
}

// hold makes a request use what has been found for it. What was in host memory
// is on the GPU now.
func (c *prefixCache) hold(q *Request, m match) {
	q.node, q.shared = 0, m.blocks+m.hosted
	if m.node == 0 {
		return
	}
	q.node = c.split(m.node, m.inNode)
	for n := q.node; n != 0; n = c.nodes[n].name.parent {
		c.pin(n)
	}
}

// extend puts the blocks that a request has computed into the cache, up to the
// given number from the beginning of its context, and makes it use them. Those
// it had of its own among them, from q.shared on, are no longer its own: the
// cache keeps them or, having them already, lets go of them.
func (c *prefixCache) extend(q *Request, upTo int64) {
	if upTo <= q.shared {
		return
	}
	if c.log != nil {
		c.stored(q, q.shared, upTo)
	}
	w := c.walk(q)
	s := w.next()
	for s.end <= q.shared {
		s = w.next()
	}
	for q.shared < upTo {
		if q.shared == s.end {
			s = w.next()
		}
		more := min(s.end, upTo) - q.shared
		name := childName{q.node, s.name}
		if child, ok := c.children[name]; ok {
			more = min(more, c.nodes[child].blocks)
			q.node = c.split(child, more)
			c.pin(q.node)
		} else if n := &c.nodes[q.node]; q.node != 0 && n.name.stream == s.name && n.users == 1 && n.kids == 0 {
			n.blocks += more
			c.pinned += more
		} else {
			q.node = c.add(name, more)
			c.nodes[q.node].users = 1
			c.pinned += more
		}
		q.shared += more
	}
}

// release ends a request's use of the cache. What nobody uses any more stays,
// idle.
func (c *prefixCache) release(q *Request) {
	for n := q.node; n != 0; n = c.nodes[n].name.parent {
		node := &c.nodes[n]
		if node.users--; node.users == 0 {
			c.pinned -= node.blocks
			c.idle += node.blocks
			c.append(n, onGPU)
		}
	}
	q.node, q.shared = 0, 0
}

// pin counts a user of a node, whose blocks are on the GPU from now on.
func (c *prefixCache) pin(n int32) {
	node := &c.nodes[n]
	if node.users == 0 {
		c.unlink(n)
		c.pinned += node.blocks
		if node.in == onHost {
			c.hosted -= node.blocks
			node.in = onGPU
		} else {
			c.idle -= node.blocks
		}
	}
	node.users++
}

// split cuts a node in two behind its first blocks and returns the first part,
// which is new: whoever uses or follows the node goes on doing so.
func (c *prefixCache) split(n int32, blocks int64) int32 {
	if c.nodes[n].blocks == blocks {
		return n
	}
	upper := c.add(c.nodes[n].name, blocks)
	node, up := &c.nodes[n], &c.nodes[upper]
	up.in = node.in
	c.nodes[up.name.parent].kids-- // add counted the new child, the old one leaves
	up.kids = 1
	up.users = node.users
	node.blocks -= blocks
	node.start += blocks
	node.name = childName{upper, node.name.stream}
	c.children[node.name] = n
	if up.users == 0 {
		c.insertBehind(upper, n, up.in)
	}
	return upper
}

// add makes a node without users.
func (c *prefixCache) add(name childName, blocks int64) int32 {
	var n int32
	if k := len(c.unused); k > 0 {
		n = c.unused[k-1]
		c.unused = c.unused[:k-1]
	} else {
		n = int32(len(c.nodes))
		c.nodes = append(c.nodes, cacheNode{})
	}
	c.nodes[n] = cacheNode{name: name, blocks: blocks}
	if c.log != nil {
		c.place(n)
	}
	c.nodes[name.parent].kids++
	c.children[name] = n
	return n
}

// remove takes an empty node that nobody uses or follows out of the tree.
func (c *prefixCache) remove(n int32) {
	c.unlink(n)
	name := c.nodes[n].name
	delete(c.children, name)
	c.nodes[name.parent].kids--
	c.unused = append(c.unused, n)
}
