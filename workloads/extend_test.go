package workloads

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/traces"
)

// A stream whose factors become known bit by bit is the stream whose factors
// were known from the start.
func TestAStreamThatWaitsForItsFactorsIsTheSameStream(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := RequestConfig{
			Name: "chat", Process: Poisson{}, Prompt: Constant(10), Output: Constant(5), Thinking: Constant(100), ThinkShare: 1,
			Start: event.Time(rapid.Int64Range(0, int64(3*event.Hour)).Draw(t, "start")), End: 8 * event.Hour,
		}
		if rapid.Bool().Draw(t, "sessions") {
			c.Sessions = &Sessions{Turns: Constant(3), Gap: Exponential(600), MaxPrompt: 1000}
		}
		known := event.Time(1) << 62
		factor := func(at event.Time) float64 {
			if at >= known {
				t.Fatalf("factor of %v was asked for, known before %v", at, known)
			}
			return 1 + float64(at/event.Hour)
		}
		c.Rate = Rate{PerSecond: rapid.Float64Range(0.0001, 0.02).Draw(t, "rate"), Factor: factor}
		c.ThinkFactor = factor
		read := func(s *Requests) (all []traces.Request) {
			var r traces.Request
			for {
				ok, err := s.Next(&r)
				if err != nil {
					t.Fatal(err)
				}
				if !ok {
					return all
				}
				all = append(all, r)
			}
		}
		whole, err := NewRequests(1, c)
		if err != nil {
			t.Fatal(err)
		}
		want := read(whole)
		known = RateStep
		c.Known = known
		s, err := NewRequests(1, c)
		if err != nil {
			t.Fatal(err)
		}
		got := read(s)
		for known < c.End {
			known += RateStep * event.Time(rapid.Int64Range(1, 20).Draw(t, "steps"))
			s.Extend(known)
			for _, r := range read(s) {
				if r.At >= known {
					t.Fatalf("a request at %v, factors known before %v", r.At, known)
				}
				got = append(got, r)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("requests (-at once +bit by bit):\n%s", d)
		}
	})
}
