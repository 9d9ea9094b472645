// Package suggest finds the name somebody probably meant.
package suggest

import (
	"fmt"
	"slices"
	"strings"
)

// shortestStart is how many letters say which longer name was meant.
const shortestStart = 3

// Nearest returns the candidate closest to name by edit distance, ignoring
// case, or "" when none is close enough to be a plausible slip (more than a
// third of the letters differ) and none begins with all of it. Ties go to the
// alphabetically first.
func Nearest(name string, candidates []string) string {
	sorted := slices.Sorted(slices.Values(candidates))
	best, bestDistance := "", 1+max(1, len(name)/3)
	for _, c := range sorted {
		if d := distance(strings.ToLower(name), strings.ToLower(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	if best == "" && len(name) >= shortestStart {
		for _, c := range sorted {
			if len(c) > len(name) && strings.EqualFold(c[:len(name)], name) && (best == "" || len(c) < len(best)) {
				best = c
			}
		}
	}
	return best
}

// Hint returns " Did you mean X?" for the nearest candidate, or "".
func Hint(name string, candidates []string) string {
	if n := Nearest(name, candidates); n != "" {
		return fmt.Sprintf(" Did you mean %s?", n)
	}
	return ""
}

// distance is the Levenshtein distance in bytes, in which swapping two
// neighbours counts once.
func distance(a, b string) int {
	prev2 := make([]int, len(b)+1)
	prev := make([]int, len(b)+1)
	cur := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
