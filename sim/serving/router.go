package serving

import (
	"fmt"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/sim/event"
)

// Router chooses the replica for a request. Pick returns the index of one of
// the candidates, of which there is at least one. To add a router, write one in
// a file of its own and add it to routers.
type Router interface {
	Pick(now event.Time, q *Request, c *Candidates) int
	String() string
}

// Routing is what routers can be told. Each uses what concerns it.
type Routing struct {
	Draws event.Stream // for those that draw lots, by request ID
	// Refresh is the time between a router's looks at its replicas, > 0 for
	// those that look.
	Refresh event.Time
	// Imbalance is how many more requests than the least loaded replica has one
	// may have and still be chosen for its prefix.
	Imbalance int
	Weights   Weights
}

// routers is the registry, by names in scenarios. Central is not a router: it
// keeps requests at the deployment until a replica has room.
var routers = []struct {
	name string
	make func(o Routing) Router
}{
	{"round-robin", func(Routing) Router { return &RoundRobin{} }},
	{"least-requests", func(Routing) Router { return LeastRequests{} }},
	{"power-of-two", func(o Routing) Router { return PowerOfTwo{o.Draws} }},
	{"random", func(o Routing) Router { return Random{o.Draws} }},
	{"central", func(Routing) Router { return Central{} }},
	{"least-kv-tokens", func(o Routing) Router { return LeastKVTokens{o.Refresh} }},
	{"prefix-affinity", func(o Routing) Router { return PrefixAffinity{o.Refresh, o.Imbalance} }},
	{"session-affinity", func(Routing) Router { return SessionAffinity{} }},
	{"weighted", func(o Routing) Router { return Weighted{o.Refresh, o.Weights} }},
}

// RouterNames returns the names NewRouter knows.
func RouterNames() []string {
	var names []string
	for _, r := range routers {
		names = append(names, r.name)
	}
	return names
}

// NewRouter returns a router by name.
func NewRouter(name string, o Routing) (Router, error) {
	for _, r := range routers {
		if r.name == name {
			return r.make(o), nil
		}
	}
	return nil, fmt.Errorf("unknown router %q: want one of %s.%s", name, strings.Join(RouterNames(), ", "), suggest.Hint(name, RouterNames()))
}

// RoundRobin sends each request to the next replica in turn.
type RoundRobin struct{ next int }

// Pick implements Router.
func (r *RoundRobin) Pick(_ event.Time, _ *Request, c *Candidates) int {
	i := r.next % c.Len()
	r.next = i + 1
	return i
}

// String returns "round robin".
func (*RoundRobin) String() string { return "round robin" }

// LeastRequests sends each request to the replica with the fewest requests
// waiting and running, the first of them among equals.
type LeastRequests struct{}

// Pick implements Router.
func (LeastRequests) Pick(_ event.Time, _ *Request, c *Candidates) int { return c.LeastLoaded() }

// String returns "least requests".
func (LeastRequests) String() string { return "least requests" }

// PowerOfTwo draws two replicas and sends the request to the one with fewer
// requests (Mitzenmacher, "The power of two choices in randomized load
// balancing", 2001).
type PowerOfTwo struct{ draws event.Stream }

// Pick implements Router.
func (p PowerOfTwo) Pick(_ event.Time, q *Request, c *Candidates) int {
	if c.Len() == 1 {
		return 0
	}
	rand := p.draws.Entity(q.ID)
	a := rand.IntN(c.Len())
	b := rand.IntN(c.Len() - 1)
	if b >= a {
		b++
	}
	if c.At(b).Load() < c.At(a).Load() {
		return b
	}
	return a
}

// String returns "power of two choices".
func (PowerOfTwo) String() string { return "power of two choices" }

// Random sends each request to a replica drawn at random.
type Random struct{ draws event.Stream }

// Pick implements Router.
func (p Random) Pick(_ event.Time, q *Request, c *Candidates) int {
	rand := p.draws.Entity(q.ID)
	return rand.IntN(c.Len())
}

// String returns "random".
func (Random) String() string { return "random" }

// Central keeps requests in one queue at the deployment; a replica with a free
// sequence takes the head. With a batch of one this is a c-server queue.
type Central struct{}

// Pick implements Router: of the replicas with a free sequence, the one with
// the fewest requests. The deployment asks only when there is one.
func (Central) Pick(_ event.Time, _ *Request, c *Candidates) int { return c.LeastLoaded() }

// String returns "central queue".
func (Central) String() string { return "central queue" }
