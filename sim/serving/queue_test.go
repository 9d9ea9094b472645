package serving

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Either queue must behave as a slice in which push goes behind, and restore in
// front of, the requests of the same rank.
func TestQueuesKeepTheirOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		discipline := Discipline(rapid.IntRange(0, 2).Draw(t, "discipline"))
		q := newQueue(discipline, nil)
		var want []*Request
		rank := func(r *Request) int32 {
			switch discipline {
			case Priority:
				return -r.Priority
			case Shortest:
				return r.Expected
			}
			return 0
		}
		for i := range rapid.IntRange(1, 60).Draw(t, "operations") {
			switch op := rapid.IntRange(0, 5).Draw(t, "op"); {
			case op < 2 || len(want) == 0:
				r := &Request{ID: uint64(i), Priority: rapid.Int32Range(0, 3).Draw(t, "priority"), Expected: rapid.Int32Range(1, 4).Draw(t, "expected")}
				q.push(r)
				at := slices.IndexFunc(want, func(o *Request) bool { return rank(o) > rank(r) })
				if at < 0 {
					at = len(want)
				}
				want = slices.Insert(want, at, r)
			case op < 4:
				r := &Request{ID: uint64(i), Priority: rapid.Int32Range(0, 3).Draw(t, "priority"), Expected: rapid.Int32Range(1, 4).Draw(t, "expected")}
				q.restore(r)
				at := slices.IndexFunc(want, func(o *Request) bool { return rank(o) >= rank(r) })
				if at < 0 {
					at = len(want)
				}
				want = slices.Insert(want, at, r)
			default:
				at := rapid.IntRange(0, len(want)-1).Draw(t, "which")
				q.remove(want[at])
				want = slices.Delete(want, at, at+1)
			}
			seen := 0
			q.each(func(*Request) { seen++ })
			if q.len() != len(want) || seen != len(want) {
				t.Fatalf("the queue has %d requests and shows %d, want %d", q.len(), seen, len(want))
			}
			if len(want) > 0 && q.head() != want[0] {
				t.Fatalf("request %d is at the head, want %d", q.head().ID, want[0].ID)
			}
		}
		for _, r := range want {
			if q.head() != r {
				t.Fatalf("request %d is at the head, want %d", q.head().ID, r.ID)
			}
			q.remove(r)
		}
	})
}
