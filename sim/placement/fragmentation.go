package placement

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// Fragmentation measures how much of a node's free GPUs typical work could not
// use (Weng et al., USENIX ATC 2023, section 3):
//
//	F(node) = Σ over typical shapes m of popularity(m) × unusable(node, m)
//
// where unusable is all that is free if m may not use the pool or finds too
// little CPU or too few GPUs there, or asks for no GPU at all; and else what is
// free of GPUs with less room than m asks for on each.
//
// The sum is kept as counts of workers, so that it is exact: fragmentation is
// in thousandths of GPUs times weight.
type Fragmentation struct {
	weight int64 // typical workers
	pools  map[int]*poolDemand
}

// poolDemand is the typical shapes that may use GPUs of a pool. Shapes with the
// same GPU request are together in a group.
type poolDemand struct {
	groups []gpuRequest // by milli
	cpus   []int64      // the different CPU requests, ascending
	// workers[k·len(groups)+g] counts the workers of group g that ask for no
	// more than the k-th smallest CPU request; row 0 is no request.
	workers []int64
}

// gpuRequest asks for some GPUs with that much free of each.
type gpuRequest struct{ milli, gpus int }

// NewFragmentation returns the measure for work of that popularity.
func NewFragmentation(p *Popularity) *Fragmentation {
	common, weight := p.typical()
	f := &Fragmentation{weight: weight, pools: map[int]*poolDemand{}}
	byPool := map[int][]typical{}
	for _, t := range common {
		if t.milli == 0 {
			continue
		}
		for _, pool := range p.sets[t.pools] {
			byPool[pool] = append(byPool[pool], t)
		}
	}
	for pool, shapes := range byPool {
		f.pools[pool] = newPoolDemand(shapes)
	}
	return f
}

func newPoolDemand(shapes []typical) *poolDemand {
	d := &poolDemand{}
	for _, t := range shapes {
		d.groups = append(d.groups, gpuRequest{t.milli, t.gpus})
		d.cpus = append(d.cpus, t.cpu)
	}
	slices.SortFunc(d.groups, compareGPUs)
	d.groups = slices.Compact(d.groups)
	slices.Sort(d.cpus)
	d.cpus = slices.Compact(d.cpus)
	width := len(d.groups)
	d.workers = make([]int64, (len(d.cpus)+1)*width)
	for _, t := range shapes {
		g, _ := slices.BinarySearchFunc(d.groups, gpuRequest{t.milli, t.gpus}, compareGPUs)
		k, _ := slices.BinarySearch(d.cpus, t.cpu)
		for row := k + 1; row <= len(d.cpus); row++ {
			d.workers[row*width+g] += t.count
		}
	}
	return d
}

func compareGPUs(a, b gpuRequest) int {
	return cmp.Or(cmp.Compare(a.milli, b.milli), cmp.Compare(a.gpus, b.gpus))
}

// state is what is free of a node, as far as fragmentation depends on it.
type state struct {
	cpu    int64
	whole  int
	shared int
	shares [64]int16 // of the partly used GPUs, ascending
}

func newState(n *fleet.Node) state {
	s := state{cpu: n.CPUMilli(), whole: bits.OnesCount64(n.Whole())}
	for rest := n.Shared(); rest != 0; rest &= rest - 1 {
		s.insert(int16(n.Left(bits.TrailingZeros64(rest))))
	}
	return s
}

// insert adds a partly used GPU.
func (s *state) insert(left int16) {
	i := s.shared
	for ; i > 0 && s.shares[i-1] > left; i-- {
		s.shares[i] = s.shares[i-1]
	}
	s.shares[i] = left
	s.shared++
}

// cut takes a share of a GPU with so much left.
func (s *state) cut(left, milli int) {
	if left == fleet.MilliPerGPU {
		s.whole--
	} else {
		i, _ := slices.BinarySearch(s.shares[:s.shared], int16(left))
		copy(s.shares[i:], s.shares[i+1:s.shared])
		s.shared--
	}
	s.insert(int16(left - milli))
}

// Node returns the fragmentation of a node in GPUs.
func (f *Fragmentation) Node(pool int, n *fleet.Node) float64 {
	if f.weight == 0 {
		return 0
	}
	s := newState(n)
	return float64(f.of(pool, &s)) / (float64(f.weight) * fleet.MilliPerGPU)
}

// of returns the fragmentation of a state.
func (f *Fragmentation) of(pool int, s *state) int64 {
	free := int64(s.whole) * fleet.MilliPerGPU
	for _, left := range s.shares[:s.shared] {
		free += int64(left)
	}
	d := f.pools[pool]
	if d == nil || free == 0 {
		return f.weight * free
	}
	row, found := slices.BinarySearch(d.cpus, s.cpu)
	if found {
		row++ // a request of exactly what is free fits
	}
	workers := d.workers[row*len(d.groups):][:len(d.groups)]
	usable := int64(0)
	below, tooSmall := 0, int64(0) // partly used GPUs with less than the group asks for, and what is free of them
	for g, ask := range d.groups {
		for below < s.shared && int(s.shares[below]) < ask.milli {
			tooSmall += int64(s.shares[below])
			below++
		}
		if s.whole+s.shared-below >= ask.gpus {
			usable += workers[g] * (free - tooSmall)
		}
	}
	return f.weight*free - usable
}
