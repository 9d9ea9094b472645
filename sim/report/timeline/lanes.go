package timeline

import (
	"cmp"
	"container/heap"
	"slices"
)

// life is when something is to be seen of a gang.
type life struct {
	id       int64
	name     string
	class    string
	from, to int64
}

// freeLane is a lane and when it is free again.
type freeLane struct {
	until int64
	lane  int
}

type freeLanes []freeLane

func (h freeLanes) Len() int { return len(h) }
func (h freeLanes) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(h[i].until, h[j].until), cmp.Compare(h[i].lane, h[j].lane)) < 0
}
func (h freeLanes) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *freeLanes) Push(x any)   { *h = append(*h, x.(freeLane)) }
func (h *freeLanes) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

// pack gives each life a lane that is free when it begins, and returns the
// number of lanes.
func pack(lives []life) (lane map[int64]int, n int) {
	slices.SortFunc(lives, func(a, b life) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.id, b.id)) })
	lane = make(map[int64]int, len(lives))
	var free freeLanes
	for _, l := range lives {
		at := n
		if len(free) > 0 && free[0].until <= l.from {
			at = heap.Pop(&free).(freeLane).lane
		} else {
			n++
		}
		lane[l.id] = at
		heap.Push(&free, freeLane{l.to, at})
	}
	return lane, n
}
