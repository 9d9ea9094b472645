package rl

import (
	"fmt"

	"github.com/jevons-sim/jevons/internal/suggest"
)

// Dispatch says which replica generates a sample.
type Dispatch uint8

// The dispatch policies.
const (
	// ByGroup sends all samples of a prompt to the replica with the fewest
	// outstanding samples. A synchronous job deals out all of a step at once.
	ByGroup Dispatch = iota
	// LeastLoaded does so for each sample; what no replica has a free sequence
	// for waits with the job.
	LeastLoaded
)

var dispatchNames = []string{"by-group", "least-loaded"}

// String returns the policy's name in scenarios.
func (d Dispatch) String() string { return dispatchNames[d] }

// ParseDispatch returns the policy of that name.
func ParseDispatch(name string) (Dispatch, error) {
	i, err := parse("rollout dispatch", name, dispatchNames)
	return Dispatch(i), err
}

// WeightUpdate is how rollout engines take new weights.
type WeightUpdate uint8

// The ways of taking new weights.
const (
	// Drain lets running samples finish; then trainer and engines sync.
	Drain WeightUpdate = iota
	// Interrupt stops all engines for the sync. They go on with what they were
	// generating, whose KV the new weights compute again.
	Interrupt
	// InFlight pauses all engines for the sync and keeps KV of old weights.
	InFlight
	// Pull has each engine fetch the newest weights when its own samples have
	// finished. The trainer waits for its push alone.
	Pull
)

var updateNames = []string{"drain", "interrupt", "in-flight", "pull"}

// String returns the name in scenarios.
func (u WeightUpdate) String() string { return updateNames[u] }

// ParseWeightUpdate returns the way of that name.
func ParseWeightUpdate(name string) (WeightUpdate, error) {
	i, err := parse("weight update", name, updateNames)
	return WeightUpdate(i), err
}

func parse(what, name string, names []string) (int, error) {
	for i, n := range names {
		if n == name {
			return i, nil
		}
	}
	return 0, fmt.Errorf("unknown %s %q: want one of %v.%s", what, name, names, suggest.Hint(name, names))
}
