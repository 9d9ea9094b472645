package placement

import "github.com/jevons-sim/jevons/sim/fleet"

// FirstFit takes the first node with room: all nodes are equally good.
type FirstFit struct{ tightest }

// Score implements Policy.
func (FirstFit) Score(Node, fleet.Request) int { return 0 }

// String returns "first fit".
func (FirstFit) String() string { return "first fit" }
