package placement

import (
	"slices"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// Placer finds room for gangs on a fleet under a policy. It sees every change of
// the fleet, whoever makes it.
type Placer struct {
	fleet   *fleet.Fleet
	policy  Policy
	largest Size
	lottery Lottery          // the policy, if it draws among equals
	learner Observer         // the policy, if it learns
	indices map[shape]*index // trees of nodes and of groups
	leaves  int
	clock   uint64
	ranking []candidate // reused
	spread  bool
}

// New returns a placer for a fleet.
func New(f *fleet.Fleet, p Policy) *Placer {
	placer := &Placer{fleet: f, policy: p, largest: LargestOf(f), indices: map[shape]*index{}}
	placer.lottery, _ = p.(Lottery)
	placer.learner, _ = p.(Observer)
	return placer
}

// Unconstrained makes the placer take no notice of the network: only gangs that
// ask for a tier are kept together.
func (p *Placer) Unconstrained() { p.spread = true }

// Fleet returns the fleet.
func (p *Placer) Fleet() *fleet.Fleet { return p.fleet }

// Observe tells the policy of a gang that arrives and of the pools that it may
// use, for policies that learn from the work.
func (p *Placer) Observe(r fleet.Request, pools []int) {
	r.Within = fleet.Anywhere
	if p.learner != nil && p.learner.Observe(r, pools) {
		for _, ix := range p.indices {
			ix.since = -1
		}
	}
}

// Place finds room for a gang in the best of some pools. It reports false when
// the gang fits none, and leaves the fleet as it was.
func (p *Placer) Place(pools []int, r fleet.Request) (fleet.Placement, bool) {
	if len(pools) == 1 {
		return p.placeIn(pools[0], r)
	}
	for _, c := range p.rank(pools, r) {
		if pl, ok := p.placeIn(c.pool, r); ok {
			return pl, true
		}
	}
	return fleet.Placement{}, false
}

// candidate is a pool with room for a worker.
type candidate struct {
	pool  int
	score int16
	ties  int // nodes with that score, where they are drawn
	rank  int // of the first of them, otherwise
}

// rank returns the pools with room for a worker of a gang, best first.
func (p *Placer) rank(pools []int, r fleet.Request) []candidate {
	p.ranking = p.ranking[:0]
	for _, pool := range pools {
		pp := p.fleet.Pools[pool]
		if lacks(pp, r) {
			continue
		}
		ix := p.node(pool, r)
		c := candidate{pool: pool}
		if c.score, c.ties = ix.tree.top(0, pp.Nodes()); c.score == noRoom {
			continue
		}
		if p.lottery == nil {
			c.rank = pp.Rank(ix.tree.find(c.score, 0, pp.Nodes(), 0))
		}
		p.ranking = append(p.ranking, c)
	}
	slices.SortStableFunc(p.ranking, func(a, b candidate) int {
		if a.score != b.score {
			return int(b.score) - int(a.score)
		}
		return a.rank - b.rank
	})
	if p.lottery != nil {
		p.drawPool()
	}
	return p.ranking
}

// drawPool brings one of the pools that score best to the front, each with a
// chance in proportion to its nodes.
func (p *Placer) drawPool() {
	total := 0
	for _, c := range p.ranking {
		if c.score == p.ranking[0].score {
			total += c.ties
		}
	}
	if total == 0 {
		return
	}
	k := p.lottery.Draw(total)
	for i, c := range p.ranking {
		if k -= c.ties; k < 0 {
			p.ranking[0], p.ranking[i] = p.ranking[i], p.ranking[0]
			return
		}
	}
}

// lacks reports whether a pool has too few free GPUs for a gang, wherever they
// are.
func lacks(p *fleet.Pool, r fleet.Request) bool {
	return r.TotalMilli() > p.FreeMilli() || r.Workers*r.GPUs > p.FreeGPUs()
}

// Enough reports whether a pool has as many free GPUs as a gang needs, wherever
// they are.
func (p *Placer) Enough(pool int, r fleet.Request) bool { return !lacks(p.fleet.Pools[pool], r) }

// placeIn finds room for a gang in one pool.
func (p *Placer) placeIn(pool int, r fleet.Request) (fleet.Placement, bool) {
	pp := p.fleet.Pools[pool]
	if lacks(pp, r) {
		return fleet.Placement{}, false
	}
	for _, size := range p.groups(pp, r) {
		if lo := p.unit(pool, r, size); lo >= 0 {
			return p.fill(pool, r, lo, min(lo+size, pp.Nodes()), p.blocking(pp, r, size))
		}
	}
	if r.Within != fleet.Anywhere && r.Workers > 1 {
		return fleet.Placement{}, false
	}
	return p.fill(pool, r, 0, pp.Nodes(), p.blocking(pp, r, pp.Nodes()))
}

// place finds room on nodes lo … hi−1, for one worker after another.
func (p *Placer) place(pool int, r fleet.Request, lo, hi int) (fleet.Placement, bool) {
	pl := fleet.Placement{Pool: pool, Slots: make([]fleet.Slot, 0, r.Workers)}
	for range r.Workers {
		s, ok := p.slot(pool, r, lo, hi)
		if !ok {
			break
		}
		if pl.Slots = append(pl.Slots, s); r.Workers > 1 {
			p.fleet.Allocate(fleet.Placement{Pool: pool, Slots: pl.Slots[len(pl.Slots)-1:]}, r)
		}
	}
	if r.Workers > 1 {
		p.fleet.Release(pl, r)
	}
	if len(pl.Slots) < r.Workers {
		return fleet.Placement{}, false
	}
	slices.SortFunc(pl.Slots, func(a, b fleet.Slot) int { return a.Node - b.Node })
	return pl, true
}

// slot finds the best place for one worker on nodes lo … hi−1.
func (p *Placer) slot(pool int, r fleet.Request, lo, hi int) (fleet.Slot, bool) {
	ix := p.node(pool, r)
	score, ties := ix.tree.top(lo, hi)
	if score == noRoom {
		return fleet.Slot{}, false
	}
	skip := 0
	if p.lottery != nil {
		skip = p.lottery.Draw(ties)
	}
	i := ix.tree.find(score, lo, hi, skip)
	return fleet.Slot{Node: i, GPUs: p.policy.GPUs(Node{p.fleet.Pools[pool].Node(i), pool, p.largest}, ix.shape.request)}, true
}
