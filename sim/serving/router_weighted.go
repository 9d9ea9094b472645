package serving

import "github.com/jevons-sim/jevons/sim/event"

// Weights are the weights of the scores by which Weighted compares replicas.
type Weights struct{ Queue, KV, Prefix float64 }

// Weighted sends each request to the replica with the highest weighted sum of
// three scores from 0 to 1, as endpoint pickers of inference gateways do:
//
//	queue   (longest − its queue) ÷ (longest − shortest), 1 when all are equal
//	kv      the share of KV memory that is free
//	prefix  the share of the prompt that its cache has
//
// all as of its last look at the replicas. Among equals the one with the fewest requests wins, then the first.
type Weighted struct {
	refresh event.Time
	weights Weights
}

var _ reader = Weighted{}

// Pick implements Router.
func (w Weighted) Pick(_ event.Time, q *Request, c *Candidates) int {
	shortest, longest := 0, 0
	for i := range c.Len() {
		n := c.At(i).view.waiting
		if i == 0 {
			shortest = n
		}
		shortest, longest = min(shortest, n), max(longest, n)
	}
	best, highest := 0, 0.0
	for i := range c.Len() {
		r := c.At(i)
		s := w.score(q, r, shortest, longest)
		if i == 0 || s > highest || (s == highest && r.Load() < c.At(best).Load()) {
			best, highest = i, s
		}
	}
	return best
}

func (w Weighted) score(q *Request, r *Replica, shortest, longest int) float64 {
	v := &r.view
	queue := 1.0
	if longest > shortest {
		queue = float64(longest-v.waiting) / float64(longest-shortest)
	}
	sum := float64(w.weights.Queue*queue) + float64(w.weights.KV*(1-v.use))
	if w.weights.Prefix > 0 {
		share := float64(r.matched(q)) / float64(q.Prompt)
		sum += float64(w.weights.Prefix * share)
	}
	return sum
}

func (w Weighted) period() event.Time { return w.refresh }
func (w Weighted) contents() bool     { return w.weights.Prefix > 0 }

// String returns "weighted scores".
func (Weighted) String() string { return "weighted scores" }
