package placement

// noRoom is the score of a place that has none.
const noRoom = -1

// tree keeps the scores of places, nodes or groups of them, in order and finds
// the best of any span of them. It is a complete binary tree in an array: node v has the children 2v
// and 2v+1, and every inner node has the best score below it. Where ties are
// drawn by lot, it also has the number of nodes with that score.
type tree struct {
	leaves int // a power of two
	best   []int16
	ties   []int32 // nil: the first of equals is taken
}

func newTree(n int, lottery bool) tree {
	leaves := 1
	for leaves < n {
		leaves *= 2
	}
	t := tree{leaves: leaves, best: make([]int16, 2*leaves)}
	if lottery {
		t.ties = make([]int32, 2*leaves)
	}
	for i := range t.best {
		t.best[i] = noRoom
	}
	return t
}

// put sets a score without telling the nodes above, for build.
func (t *tree) put(i int, score int16) {
	t.best[t.leaves+i] = score
	if t.ties != nil {
		t.ties[t.leaves+i] = 1
	}
}

// build computes the inner nodes.
func (t *tree) build() {
	for v := t.leaves - 1; v > 0; v-- {
		t.join(v)
	}
}

// set changes a score.
func (t *tree) set(i int, score int16) {
	v := t.leaves + i
	if t.best[v] == score {
		return
	}
	t.put(i, score)
	for v /= 2; v > 0; v /= 2 {
		if !t.join(v) {
			return
		}
	}
}

// join computes an inner node from its children and reports whether it changed.
func (t *tree) join(v int) bool {
	l, r := t.best[2*v], t.best[2*v+1]
	best := max(l, r)
	changed := t.best[v] != best
	t.best[v] = best
	if t.ties != nil {
		ties := int32(0)
		if l == best {
			ties += t.ties[2*v]
		}
		if r == best {
			ties += t.ties[2*v+1]
		}
		changed = changed || t.ties[v] != ties
		t.ties[v] = ties
	}
	return changed
}

// top returns the best score of places lo … hi−1 and, where ties are drawn, how
// many nodes have it.
func (t *tree) top(lo, hi int) (score int16, ties int) {
	score = noRoom
	for l, r := lo+t.leaves, hi+t.leaves; l < r; l, r = l/2, r/2 {
		if l&1 == 1 {
			score, ties = t.better(score, ties, l)
			l++
		}
		if r&1 == 1 {
			r--
			score, ties = t.better(score, ties, r)
		}
	}
	return score, ties
}

func (t *tree) better(score int16, ties, v int) (int16, int) {
	n := 0
	if t.ties != nil {
		n = int(t.ties[v])
	}
	switch s := t.best[v]; {
	case s > score:
		return s, n
	case s == score:
		return s, ties + n
	}
	return score, ties
}

// find returns the first of places lo … hi−1 with a score, after skipping some
// that have it; skip must be 0 where ties are not drawn. It returns −1 if there
// is none.
func (t *tree) find(score int16, lo, hi, skip int) int {
	i, _ := t.descend(1, 0, t.leaves, score, lo, hi, skip)
	return i
}

// descend searches below v, which covers from … to−1, and returns how many are
// left to skip if it finds none.
func (t *tree) descend(v, from, to int, score int16, lo, hi, skip int) (int, int) {
	if to <= lo || hi <= from || t.best[v] < score {
		return -1, skip
	}
	if lo <= from && to <= hi && t.ties != nil && t.best[v] == score && skip >= int(t.ties[v]) {
		return -1, skip - int(t.ties[v])
	}
	if to-from == 1 {
		if t.best[v] != score {
			return -1, skip
		}
		return from, 0
	}
	mid := (from + to) / 2
	if i, left := t.descend(2*v, from, mid, score, lo, hi, skip); i >= 0 {
		return i, 0
	} else {
		skip = left
	}
	return t.descend(2*v+1, mid, to, score, lo, hi, skip)
}
