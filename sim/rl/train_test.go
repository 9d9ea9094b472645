package rl

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
)

// The busiest of dealt ranks has at least the mean and the longest sample, and
// no more than all.
func TestDealingLeavesARankBusiest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lengths := rapid.SliceOfN(rapid.Int64Range(1, 30_000), 1, 200).Draw(t, "lengths")
		c := Config{Packing: Dealt, Ranks: rapid.IntRange(2, 16).Draw(t, "ranks"), Environment: event.NewStream(1, "environment")}
		var sum int64
		for _, n := range lengths {
			sum += n
		}
		longest := slices.Max(lengths)
		got := c.busiest(slices.Clone(lengths), 3)
		if got < longest || got*int64(c.Ranks) < sum || got > sum {
			t.Fatalf("%d of %d tokens on the busiest of %d ranks, the longest sample has %d", got, sum, c.Ranks, longest)
		}
		if again := c.busiest(slices.Clone(lengths), 3); again != got {
			t.Fatalf("the same update is dealt again: %d, then %d", got, again)
		}
		if c.Packing = Balanced; c.busiest(slices.Clone(lengths), 3) != longest {
			t.Fatal("balanced ranks are bound by more than the longest sample")
		}
	})
}

func TestEqualSamplesAreDealtEvenly(t *testing.T) {
	c := Config{Packing: Dealt, Ranks: 4, Environment: event.NewStream(1, "environment")}
	if got := c.busiest([]int64{7, 7, 7, 7, 7, 7, 7, 7}, 0); got != 14 {
		t.Fatalf("two of eight equal samples have %d tokens, want 14", got)
	}
}
