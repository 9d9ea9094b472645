package serving

import "github.com/jevons-sim/jevons/sim/event"

// LeastKVTokens sends each request to the replica with the fewest tokens in KV
// memory or waiting to be prefilled into it, as seen last, and in the prompts
// it has been sent since. Unlike a count of requests this tells long contexts
// from short ones. Among equals the first is chosen.
type LeastKVTokens struct{ refresh event.Time }

var _ reader = LeastKVTokens{}

// Pick implements Router.
func (LeastKVTokens) Pick(_ event.Time, q *Request, c *Candidates) int {
	best := 0
	for i := range c.Len() {
		if c.At(i).view.tokens < c.At(best).view.tokens {
			best = i
		}
	}
	c.At(best).view.tokens += int64(q.Prompt)
	return best
}

func (l LeastKVTokens) period() event.Time { return l.refresh }
func (LeastKVTokens) contents() bool       { return false }

// String returns "least KV tokens".
func (LeastKVTokens) String() string { return "least KV tokens" }
