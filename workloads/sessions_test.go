package workloads

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/traces"
)

func TestAConversationsPromptsCarryItsHistory(t *testing.T) {
	c := requestConfig()
	c.Process, c.Rate.PerSecond, c.End = Deterministic{}, 0.01, 150*event.Second
	c.Prompt, c.Output, c.Thinking, c.ThinkShare = Constant(10), Constant(5), Constant(100), 1
	c.Sessions = &Sessions{Turns: Constant(5), Gap: Constant(8), MaxPrompt: 50}
	var got []traces.Request
	for _, prompt := range []int32{10, 25, 40, 50, 50} { // + 10 + 5 each, thinking left out, cut at 50
		got = append(got, traces.Request{
			At: 100*event.Second + event.Time(len(got))*8*event.Second, Prompt: prompt, Output: 105, Thinking: 100,
			Class: "chat", Tenant: "consumers", Session: 1,
		})
	}
	if d := cmp.Diff(got, allRequests(t, c)); d != "" {
		t.Error(d)
	}
}

func TestConversationsMultiplyTheRateByTheirTurns(t *testing.T) {
	c := requestConfig()
	c.End = 48 * event.Hour
	turns := mustLength(NewHistogram([]float64{1, 2, 9}, []float64{5, 3, 2}))
	c.Sessions = &Sessions{Turns: turns, Gap: Constant(0.001), MaxPrompt: 1000}
	perSession := map[uint64]float64{}
	for _, r := range allRequests(t, c) {
		perSession[r.Session]++
	}
	var n moments
	for _, k := range perSession {
		n.add(k)
	}
	n.expectMean(t, "turns of a conversation", turns.Mean())
	if begun := float64(len(perSession)); begun < 172_800-sigmas*416 || begun > 172_800+sigmas*416 { // √172,800 = 416
		t.Errorf("%v conversations, want 172,800 ± %d", begun, sigmas*416)
	}
}

func TestTurnsOfAllConversationsComeInOrderOfTimeAndBeforeTheEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := requestConfig()
		c.End = 10 * event.Minute
		c.Thinking, c.ThinkShare = Exponential(50), 0.5
		c.Sessions = &Sessions{
			Turns:     Uniform{0, rapid.Float64Range(1, 20).Draw(t, "turns")},
			Gap:       Exponential(rapid.Float64Range(0.01, 300).Draw(t, "gap")),
			MaxPrompt: rapid.Int32Range(1, 2000).Draw(t, "max prompt"),
		}
		histories := map[uint64]int32{}
		before := event.Time(0)
		begun := uint64(0)
		for _, r := range allRequests(t, c) {
			if r.At < before || r.At >= c.End {
				t.Fatalf("request at %v after one at %v, end %v", r.At, before, c.End)
			}
			before = r.At
			history, known := histories[r.Session]
			if !known {
				if begun++; r.Session != begun {
					t.Fatalf("conversation %d begins as the %d-th", r.Session, begun)
				}
			}
			if longest := c.Sessions.MaxPrompt; r.Prompt > longest || (known && r.Prompt < min(history+1, longest)) {
				t.Fatalf("prompt of %d tokens after a history of %d, at most %d", r.Prompt, history, longest)
			}
			histories[r.Session] = min(r.Prompt+r.Output-r.Thinking, c.Sessions.MaxPrompt)
		}
	})
}

func TestWhatIsSaidLeavesWhenConversationsBeginAsItWas(t *testing.T) {
	begin := func(prompt, gap Length) map[uint64]event.Time {
		c := requestConfig()
		c.Prompt = prompt
		c.Sessions = &Sessions{Turns: Uniform{1, 6}, Gap: gap, MaxPrompt: 4000}
		starts := map[uint64]event.Time{}
		for _, r := range allRequests(t, c) {
			if _, known := starts[r.Session]; !known {
				starts[r.Session] = r.At
			}
		}
		return starts
	}
	if d := cmp.Diff(begin(Exponential(200), Exponential(60)), begin(Constant(1), Constant(1))); d != "" {
		t.Error(d)
	}
}
