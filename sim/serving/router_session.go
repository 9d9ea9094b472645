package serving

import "github.com/jevons-sim/jevons/sim/event"

// SessionAffinity sends all requests of a conversation to one replica, whatever
// its load, and those without a conversation to the least loaded one. The
// replica is the one with the highest hash of conversation and replica
// (rendezvous hashing: Thaler and Ravishankar, "Using name-based mappings to
// increase hit rates", 1998), so that when a replica comes or goes only the
// conversations move that it gains or had.
type SessionAffinity struct{}

// Pick implements Router.
func (SessionAffinity) Pick(_ event.Time, q *Request, c *Candidates) int {
	if q.Session == 0 {
		return c.LeastLoaded()
	}
	best, highest := 0, uint64(0)
	for i := range c.Len() {
		if h := scramble(q.Session ^ scramble(c.At(i).number)); i == 0 || h > highest {
			best, highest = i, h
		}
	}
	return best
}

// scramble is the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast
// splittable pseudorandom number generators", 2014).
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// String returns "session affinity".
func (SessionAffinity) String() string { return "session affinity" }
