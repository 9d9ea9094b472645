package main

import (
	"context"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/result"
)

func TestSearchFindsTheLastValueFromAnyGuess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "n")
		last := rapid.IntRange(-1, n-1).Draw(t, "last")
		guess := rapid.IntRange(-5, n+5).Draw(t, "guess")
		s := &search{ladder: make([]string, n), tried: map[int]*trial{}}
		index := map[*trial]int{}
		for i := range n {
			s.tried[i] = &trial{}
			index[s.tried[i]] = i
		}
		known := s.tried
		s.tried = only(known, rapid.SliceOfN(rapid.IntRange(0, n-1), 0, 3).Draw(t, "tried"))
		s.run = func(_ context.Context, i int) (*trial, error) { return known[i], nil }
		got, err := s.last(context.Background(), guess, func(x *trial) bool { return index[x] <= last })
		if err != nil || got != last {
			t.Fatalf("found %d, %v; want %d of %d", got, err, last, n)
		}
	})
}

// only returns some of the trials.
func only(all map[int]*trial, some []int) map[int]*trial {
	out := map[int]*trial{}
	for _, i := range some {
		out[i] = all[i]
	}
	return out
}

func TestGoalsNameFiguresInShort(t *testing.T) {
	figures := []result.Figure{
		{Path: "requests.ttft_s.p99", Value: 2}, {Path: "windows.after.requests.ttft_s.p99", Value: 3}, {Path: "jobs.wait_s.p90", Value: 60}, {Path: "cost_usd", Value: 9},
		{Path: "requests.arrived", Value: 110}, {Path: "requests.unfinished", Value: 10}, {Path: "requests.rejected", Value: 2}, {Path: "requests.cancelled", Value: 3},
		{Path: "requests.slo_attainment", Value: 0.9},
	}
	for text, want := range map[string]struct{ value, limit float64 }{
		"ttft_p99<2s": {2, 2}, "after.ttft_p99 < 500ms": {3, 0.5}, "job_wait_p90<=4h": {60, 14400}, "cost_usd<10": {9, 10},
		"requests.ttft_s.p99<2": {2, 2}, "dropped<5%": {0.05, 0.05}, "slo_attainment>95%": {0.9, 0.95}, "after.requests.ttft_s.p99<1s": {3, 1},
	} {
		g, err := parseGoal("--slo", text)
		if err != nil {
			t.Fatal(err)
		}
		if x, ok := g.value(figures); !ok || x != want.value || g.limit != want.limit {
			t.Errorf("%s: %v (%v), limit %v; want %v, limit %v", text, x, ok, g.limit, want.value, want.limit)
		}
	}
}

func TestGoalsAreMetOrMissedWithConfidence(t *testing.T) {
	below, _ := parseGoal("--slo", "ttft_p99<2s")
	above, _ := parseGoal("--slo", "slo_attainment>90%")
	for _, c := range []struct {
		g    *goal
		xs   []float64
		want string
	}{
		{below, []float64{1, 1.1, 0.9}, "met"}, {below, []float64{3, 3.1, 2.9}, "missed"}, {below, []float64{1.5, 2.2, 1.9}, "unclear"},
		{above, []float64{0.91, 0.96}, "unclear"}, {above, []float64{0.95, 0.951, 0.949}, "met"}, {above, []float64{0.5, 0.51}, "missed"}, {above, []float64{1, 1}, "met"},
	} {
		if got := c.g.judge(c.xs, 0.95).Verdict; got != c.want {
			t.Errorf("%s at %v: %s, want %s", c.g.text, c.xs, got, c.want)
		}
	}
}
