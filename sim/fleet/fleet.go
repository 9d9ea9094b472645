package fleet

import "fmt"

// Fleet is the pools of a scenario.
type Fleet struct{ Pools []*Pool }

// New returns a fleet with everything free.
func New(specs ...PoolSpec) (*Fleet, error) {
	f := &Fleet{}
	first := 0
	for _, s := range specs {
		p, err := newPool(s)
		if err != nil {
			return nil, fmt.Errorf("building the fleet: %w", err)
		}
		p.first = first
		first += len(p.nodes)
		f.Pools = append(f.Pools, p)
	}
	return f, nil
}

// GPUs returns the number of GPUs in all pools.
func (f *Fleet) GPUs() int {
	n := 0
	for _, p := range f.Pools {
		n += p.GPUs()
	}
	return n
}

// Nodes returns the number of nodes in all pools.
func (f *Fleet) Nodes() int {
	n := 0
	for _, p := range f.Pools {
		n += p.Nodes()
	}
	return n
}

// Request is what a gang asks for. It is comparable: equal requests fit
// equally.
type Request struct {
	Workers   int   // ≥ 1
	GPUs      int   // whole GPUs per worker
	Milli     int   // share of one GPU per worker, in thousandths, below 1000; excludes GPUs
	CPUMilli  int64 // per worker
	MemoryMiB int64 // per worker
}

// TotalMilli returns the milli-GPUs of the whole gang.
func (r Request) TotalMilli() int64 {
	return int64(r.Workers) * (int64(r.GPUs)*MilliPerGPU + int64(r.Milli))
}

// Slot is where one worker lies.
type Slot struct {
	Node int
	GPUs uint64 // bit g: GPU g of the node
}

// Placement is where a gang lies: a slot per worker, all in one pool.
type Placement struct {
	Pool  int
	Slots []Slot
}

// Spread returns how many nodes and how many scale-up domains a placement
// touches.
func (f *Fleet) Spread(pl Placement) (nodes, domains int) {
	perDomain := max(f.Pools[pl.Pool].Spec.NodesPerDomain, 1)
	lastNode, lastDomain := -1, -1
	for _, s := range pl.Slots { // slots are in order of node
		if s.Node != lastNode {
			nodes++
			lastNode = s.Node
		}
		if domain := s.Node / perDomain; domain != lastDomain {
			domains++
			lastDomain = domain
		}
	}
	return nodes, domains
}

// Allocate takes a placement that must be free.
func (f *Fleet) Allocate(pl Placement, r Request) {
	for _, s := range pl.Slots {
		f.Pools[pl.Pool].take(s, r)
	}
}

// Release returns a placement that must be taken.
func (f *Fleet) Release(pl Placement, r Request) {
	for _, s := range pl.Slots {
		f.Pools[pl.Pool].put(s, r)
	}
}

// Trial is a series of allocations and releases that will be undone.
type Trial struct {
	fleet *Fleet
	log   []step
}

type step struct {
	placement Placement
	request   Request
	allocated bool
}

// Try starts a trial. Until Undo, the fleet must change through it alone.
func (f *Fleet) Try() *Trial { return &Trial{fleet: f} }

// Allocate takes a placement for the length of the trial.
func (t *Trial) Allocate(pl Placement, r Request) {
	t.fleet.Allocate(pl, r)
	t.log = append(t.log, step{pl, r, true})
}

// Release returns a placement for the length of the trial.
func (t *Trial) Release(pl Placement, r Request) {
	t.fleet.Release(pl, r)
	t.log = append(t.log, step{pl, r, false})
}

// Mark returns the trial's present state, for UndoTo.
func (t *Trial) Mark() int { return len(t.log) }

// UndoTo reverts everything since the mark.
func (t *Trial) UndoTo(mark int) {
	for i := len(t.log) - 1; i >= mark; i-- {
		if s := t.log[i]; s.allocated {
			t.fleet.Release(s.placement, s.request)
		} else {
			t.fleet.Allocate(s.placement, s.request)
		}
	}
	t.log = t.log[:mark]
}
