package fleet

import (
	"fmt"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
)

// Tier is a level of a pool's network that joins a number of neighbouring
// nodes, from the inside out.
type Tier uint8

// The tiers.
const (
	Anywhere Tier = iota // no tier: the pool as a whole
	Domain               // one scale-up (NVLink) network
	Rack                 // the nodes below one switch, or one set of rail switches
	Pod                  // racks below one set of switches
)

var tierNames = []string{"anywhere", "nvlink-domain", "rack", "pod"}

// String returns the tier's name in scenarios.
func (t Tier) String() string { return tierNames[t] }

// ParseTier returns the tier of that name; Anywhere of an empty one.
func ParseTier(name string) (Tier, error) {
	if name == "" {
		return Anywhere, nil
	}
	for t, n := range tierNames[1:] {
		if n == name {
			return Tier(t + 1), nil
		}
	}
	return 0, fmt.Errorf("unknown tier %q: want one of %s.%s", name, strings.Join(tierNames[1:], ", "), suggest.Hint(name, tierNames[1:]))
}

// Span returns how many neighbouring nodes a tier joins; 0 = the pool has no
// such tier.
func (p *Pool) Span(t Tier) int {
	switch t {
	case Domain:
		return max(1, p.Spec.NodesPerDomain)
	case Rack:
		return p.Spec.NodesPerRack
	case Pod:
		return p.Spec.NodesPerPod
	}
	return len(p.nodes)
}

// Groups returns the sizes in nodes of the groups that keep a gang close, the
// closest first: scale-up domain, rack, pod. Groups of one node are left out.
func (p *Pool) Groups() []int {
	var sizes []int
	for t := Domain; t <= Pod; t++ {
		if size := p.Span(t); size > 1 {
			sizes = append(sizes, size)
		}
	}
	return sizes
}

// share returns what of its NIC's bandwidth each GPU has on the way out of its
// unit of a tier when all of them send: one over the oversubscription of all
// the uplinks on that way.
func (p *Pool) share(t Tier) float64 {
	over := 1.0
	if t >= Rack && p.Spec.RackOversubscription > 1 {
		over = float64(over * p.Spec.RackOversubscription)
	}
	if t >= Pod && p.Spec.PodOversubscription > 1 {
		over = float64(over * p.Spec.PodOversubscription)
	}
	return 1 / over
}

// Blocking reports whether any tier's uplinks are oversubscribed.
func (p *Pool) Blocking() bool { return p.share(Pod) < 1 }

// Location is where the workers of a gang lie in the network of their pool:
// only tiers that can matter for how fast they talk. The zero Location is one
// where nothing does.
type Location struct {
	GPUs  int // per worker
	Tiers []LocatedTier
}

// LocatedTier is where the workers lie in one tier.
type LocatedTier struct {
	Tier  Tier
	Share float64 // of its NIC's bandwidth that each GPU has to leave its unit
	Units []int   // of each worker, in order of placement: never decreasing
}

// Locate returns where the workers of a placement lie, r being the request it
// fulfils. Scale-up domains of more than one node are in it, and of the other
// tiers those that are oversubscribed and do not hold the whole gang.
func (f *Fleet) Locate(pl Placement, r Request) Location {
	p := f.Pools[pl.Pool]
	l := Location{GPUs: r.GPUs}
	for t := Domain; t <= Pod; t++ {
		size, share := p.Span(t), p.share(t)
		if size < 1 || len(pl.Slots) < 2 {
			continue
		}
		if t == Domain && size == 1 || t != Domain && (share == 1 || sameUnit(pl.Slots, size)) {
			continue
		}
		units := make([]int, len(pl.Slots))
		for i, s := range pl.Slots {
			units[i] = s.Node / size
		}
		l.Tiers = append(l.Tiers, LocatedTier{t, share, units})
	}
	return l
}

// Part returns where so many of a gang's GPUs lie, from the first on, in order of
// placement: of one of several groups that share it.
func (l Location) Part(first, gpus int) Location {
	part := Location{GPUs: gcd(gcd(first, gpus), l.GPUs)}
	for _, t := range l.Tiers {
		units := make([]int, gpus/part.GPUs)
		for i := range units {
			units[i] = t.Units[(first+i*part.GPUs)/l.GPUs]
		}
		part.Tiers = append(part.Tiers, LocatedTier{t.Tier, t.Share, units})
	}
	return part
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// sameUnit reports whether slots, in order of node, lie in one unit of size
// nodes.
func sameUnit(slots []Slot, size int) bool {
	return slots[0].Node/size == slots[len(slots)-1].Node/size
}

// roomWithin returns how many of a gang's workers fit what is free of the unit
// of its tier that has the most room for them, up to the gang's number.
func (p *Pool) roomWithin(r Request) int {
	most, size := 0, p.Span(r.Within)
	for lo := 0; size > 0 && lo < len(p.nodes) && most < r.Workers; lo += size {
		most = max(most, p.roomOf(r, lo, min(lo+size, len(p.nodes))))
	}
	return most
}

// capableWithin reports whether an empty unit of a gang's tier could hold the
// gang without the pool's spares, which are its last nodes.
func (p *Pool) capableWithin(r Request) bool {
	size, nodes := p.Span(r.Within), len(p.nodes)-p.spares
	for lo := 0; size > 0 && lo < nodes; lo += size {
		workers := 0
		for i := lo; i < min(lo+size, nodes); i++ {
			n := p.nodes[i].spec
			workers += perNode(n.GPUs, n.GPUs*(MilliPerGPU/max(r.Milli, 1)), n.CPUMilli, n.MemoryMiB, r)
		}
		if workers >= r.Workers {
			return true
		}
	}
	return false
}
