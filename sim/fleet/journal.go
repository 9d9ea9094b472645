package fleet

// journal lists the nodes that changed, in order, and forgets the oldest
// changes: those who follow it read what is new, or look at every node again.
type journal struct {
	nodes []int32
	base  int // changes forgotten
	limit int // changes kept, at most
}

func (j *journal) add(node int) {
	if len(j.nodes) == j.limit {
		half := j.limit / 2
		j.nodes = append(j.nodes[:0], j.nodes[half:]...)
		j.base += half
	}
	j.nodes = append(j.nodes, int32(node))
}

// Touched returns the nodes that changed since a moment that an earlier call
// returned, and the moment now. A node may appear several times. It reports
// false when the moment is too long ago: then any node may have changed. The
// slice is valid until the fleet changes.
func (p *Pool) Touched(since int) (nodes []int32, now int, ok bool) {
	j := &p.touched
	now = j.base + len(j.nodes)
	if since < j.base {
		return nil, now, false
	}
	return j.nodes[since-j.base:], now, true
}
