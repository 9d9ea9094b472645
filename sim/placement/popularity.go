package placement

import (
	"cmp"
	"slices"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// demandShape is what of a worker's request decides whether it can use a GPU.
type demandShape struct {
	cpu   int64 // thousandths of cores
	milli int   // of each GPU; 0 = no GPU
	gpus  int
	pools int // set of acceptable pools, by its number in Popularity.sets
}

// Popularity counts the workers that ask for the same.
type Popularity struct {
	counts map[demandShape]int64
	total  int64
	sets   [][]int // sets of acceptable pools, in order of first appearance
}

// Add counts the workers of a gang that may use some pools.
func (p *Popularity) Add(r fleet.Request, pools []int) {
	if p.counts == nil {
		p.counts = map[demandShape]int64{}
	}
	s := demandShape{cpu: r.CPUMilli, milli: r.Milli, gpus: r.GPUs, pools: p.set(pools)}
	switch {
	case r.Milli > 0:
		s.gpus = 1
	case r.GPUs > 0:
		s.milli = fleet.MilliPerGPU
	}
	p.counts[s] += int64(r.Workers)
	p.total += int64(r.Workers)
}

// set returns the number of a set of pools.
func (p *Popularity) set(pools []int) int {
	pools = slices.Clone(pools)
	slices.Sort(pools)
	pools = slices.Compact(pools)
	for i, known := range p.sets {
		if slices.Equal(known, pools) {
			return i
		}
	}
	p.sets = append(p.sets, pools)
	return len(p.sets) - 1
}

// Total returns the number of workers counted.
func (p *Popularity) Total() int64 { return p.total }

// typical is a shape that is common, and how many workers have it.
type typical struct {
	demandShape
	count int64
}

// typicalShare is the share of all workers that the typical shapes make up.
const typicalShare = 0.95

// typical returns the most common shapes that together make up typicalShare of
// the workers, and the number of these workers. Of equally common shapes the
// larger comes first.
func (p *Popularity) typical() (common []typical, workers int64) {
	all := make([]typical, 0, len(p.counts))
	for s, n := range p.counts {
		all = append(all, typical{s, n})
	}
	slices.SortFunc(all, func(a, b typical) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(b.cpu, a.cpu),
			cmp.Compare(b.milli, a.milli), cmp.Compare(b.gpus, a.gpus), cmp.Compare(b.pools, a.pools))
	})
	for i, t := range all {
		if float64(workers) >= typicalShare*float64(p.total) {
			return all[:i], workers
		}
		workers += t.count
	}
	return all, workers
}
