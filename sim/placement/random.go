package placement

import (
	"math/bits"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// Random takes any node with room, and any GPU of it with room for a share,
// all equally likely.
type Random struct{ draws event.Rand }

// NewRandom returns a random placement whose draws depend on the seed alone.
func NewRandom(seed uint64) *Random {
	return &Random{event.NewStream(seed, "placement").Entity(0)}
}

var _ Lottery = (*Random)(nil)

// Score implements Policy.
func (*Random) Score(Node, fleet.Request) int { return 0 }

// Draw implements Lottery.
func (p *Random) Draw(n int) int { return p.draws.IntN(n) }

// GPUs implements Policy. Whole GPUs are alike: the lowest are taken.
func (p *Random) GPUs(n Node, r fleet.Request) uint64 {
	if r.Milli == 0 {
		return n.Tightest(r)
	}
	room := n.Whole()
	for rest := n.Shared(); rest != 0; rest &= rest - 1 {
		if g := bits.TrailingZeros64(rest); n.Left(g) >= r.Milli {
			room |= 1 << g
		}
	}
	for range p.Draw(bits.OnesCount64(room)) {
		room &= room - 1
	}
	return room & -room
}

// String returns "random".
func (*Random) String() string { return "random" }
