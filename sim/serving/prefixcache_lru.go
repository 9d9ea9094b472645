package serving

// This file is how the prefix cache gives up blocks: the lists of idle nodes, and
// the way from the GPU to host memory and out of it.

// trim evicts idle blocks until all blocks of the cache on the GPU are at most
// limit, or none is idle. How many calls that takes makes no difference.
func (c *prefixCache) trim(limit int64) {
	for excess := c.pinned + c.idle - limit; excess > 0 && c.lists[onGPU].first != 0; {
		n := c.lists[onGPU].first
		out := min(excess, c.nodes[n].blocks)
		c.idle -= out
		excess -= out
		switch node := &c.nodes[n]; {
		case c.room > 0:
			c.demote(n, out)
		case c.log == nil && out < node.blocks: // as shrink would, but faster
			node.blocks -= out
		default:
			c.shrink(n, out)
		}
	}
	if c.hosted > c.room {
		c.trimHost()
	}
}

// trimHost evicts blocks from host memory until there is room for the rest.
func (c *prefixCache) trimHost() {
	for excess := c.hosted - c.room; excess > 0; {
		n := c.lists[onHost].first
		out := min(excess, c.nodes[n].blocks)
		c.hosted -= out
		excess -= out
		c.shrink(n, out)
	}
}

// shrink takes blocks off the end of a node that nobody uses or follows.
func (c *prefixCache) shrink(n int32, out int64) {
	c.nodes[n].blocks -= out
	if c.log != nil {
		c.evicted(&c.nodes[n])
	}
	if c.nodes[n].blocks == 0 {
		c.remove(n)
	}
}

// demote moves blocks from the end of an idle node to host memory, where all
// that follows the node is already. They join what goes on in the same stream if
// nothing else branches off there and nothing has come to host memory since, and
// are a node of their own otherwise.
func (c *prefixCache) demote(n int32, out int64) {
	c.hosted += out
	node := &c.nodes[n]
	rest := childName{n, node.name.stream}
	lower, ok := c.children[rest]
	switch {
	case ok && node.kids == 1 && lower == c.lists[onHost].last:
		c.nodes[lower].blocks += out
		c.nodes[lower].start -= out
		if node.blocks -= out; node.blocks == 0 {
			// The lower node takes this one's place.
			c.unlink(n)
			delete(c.children, rest)
			c.children[node.name] = lower
			c.nodes[lower].name = node.name
			c.unused = append(c.unused, n)
		}
		return
	case out < node.blocks:
		c.split(n, node.blocks-out)
	}
	c.unlink(n)
	c.append(n, onHost)
}

// append puts a node that is in no list at the end of one.
func (c *prefixCache) append(n int32, in memory) {
	c.insertBehind(n, c.lists[in].last, in)
}

// insertBehind puts a node into a list behind another; 0 = in front.
func (c *prefixCache) insertBehind(n, before int32, in memory) {
	list, node := &c.lists[in], &c.nodes[n]
	node.in = in
	node.prev = before
	if before != 0 {
		node.next = c.nodes[before].next
		c.nodes[before].next = n
	} else {
		node.next = list.first
		list.first = n
	}
	if node.next != 0 {
		c.nodes[node.next].prev = n
	} else {
		list.last = n
	}
}

func (c *prefixCache) unlink(n int32) {
	node := &c.nodes[n]
	list := &c.lists[node.in]
	if node.prev != 0 {
		c.nodes[node.prev].next = node.next
	} else {
		list.first = node.next
	}
	if node.next != 0 {
		c.nodes[node.next].prev = node.prev
	} else {
		list.last = node.prev
	}
	node.prev, node.next = 0, 0
}
