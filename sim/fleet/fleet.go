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
	Within    Tier  // all workers in one unit of this tier
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
	parts []Part // reused
}

// step is what happened to one worker's slot.
type step struct {
	pool      int
	slot      Slot
	request   Request
	allocated bool
}

// Try starts a trial. Until Undo, the fleet must change through it alone.
func (f *Fleet) Try() *Trial { return &Trial{fleet: f} }

// Allocate takes a placement for the length of the trial.
func (t *Trial) Allocate(pl Placement, r Request) {
	for _, s := range pl.Slots {
		t.take(pl.Pool, s, r)
	}
}

// Release returns a placement for the length of the trial.
func (t *Trial) Release(pl Placement, r Request) {
	for _, s := range pl.Slots {
		t.fleet.Pools[pl.Pool].put(s, r)
		t.log = append(t.log, step{pl.Pool, s, r, false})
	}
}

// Block takes what is free of a placement for the length of the trial, and
// returns how many thousandths of GPUs that are.
func (t *Trial) Block(pl Placement, r Request) (milli int64) {
	for _, s := range pl.Slots {
		t.parts = t.fleet.appendFree(t.parts[:0], pl.Pool, s, r)
		for _, p := range t.parts {
			t.take(pl.Pool, p.Slot, p.Request)
			milli += p.Request.TotalMilli()
		}
	}
	return milli
}

func (t *Trial) take(pool int, s Slot, r Request) {
	t.fleet.Pools[pool].take(s, r)
	t.log = append(t.log, step{pool, s, r, true})
}

// Mark returns the trial's present state, for UndoTo.
func (t *Trial) Mark() int { return len(t.log) }

// UndoTo reverts everything since the mark.
func (t *Trial) UndoTo(mark int) {
	for i := len(t.log) - 1; i >= mark; i-- {
		s := &t.log[i]
		if pool := t.fleet.Pools[s.pool]; s.allocated {
			pool.put(s.slot, s.request)
		} else {
			pool.take(s.slot, s.request)
		}
	}
	t.log = t.log[:mark]
}
