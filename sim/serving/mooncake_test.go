package serving_test

import (
	"testing"

	"github.com/jevons-sim/jevons/internal/shared"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/serving"
	"github.com/jevons-sim/jevons/traces"
)

// conversation is a load that sends one request of the Mooncake trace after
// another, each when the one before is over.
type conversation struct {
	engine  event.Engine
	replica *serving.Replica
	stream  traces.RequestStream
	request serving.Request
	blocks  int64 // of all prompts, by the trace's own block
	found   int64 // of these, in the cache
	limit   int
	id      uint64
	t       *testing.T
}

func (c *conversation) next(now event.Time) {
	var r traces.Request
	ok, err := c.stream.Next(&r)
	if err != nil {
		c.t.Fatal(err)
	}
	if !ok || c.limit == 0 {
		return
	}
	c.limit--
	c.id++
	c.request = serving.Request{ID: c.id, Prompt: r.Prompt, Output: 1, Arrive: now}
	left := r.Prompt
	for _, h := range r.Hashes {
		c.request.Content.Segments = append(c.request.Content.Segments, serving.Segment{Key: h, Tokens: min(left, r.HashBlock)})
		left -= r.HashBlock
	}
	c.blocks += int64(len(r.Hashes))
	c.engine.At(now, event.ClassArrival, c, 0, 0)
}

func (c *conversation) Handle(_ *event.Engine, ev event.Event) { c.replica.Submit(ev.Time, &c.request) }

func (c *conversation) Done(now event.Time, q *serving.Request, _ serving.Outcome) {
	const block = 512
	c.found += int64(q.Cached / block)
	c.next(now + 1)
}

// hitRate plays the trace against a cache of so many blocks of 512 tokens.
func hitRate(t *testing.T, file string, blocks int) float64 {
	f, err := traces.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := f.Requests(1)
	if err != nil {
		t.Fatal(err)
	}
	const tokens = 1 << 18
	table := &perf.StepTable{Host: 1 << perf.TableShift, Matrix: make([]int64, tokens+1), Comm: make([]int64, tokens+1)}
	c := &conversation{stream: stream, limit: 1 << 30, t: t}
	var itl metrics.Histogram
	c.replica = serving.NewReplica(&c.engine, &serving.Config{
		Table: table, MaxSeqs: 1, MaxTokens: tokens, BlockSize: 512, Blocks: blocks, PrefixCache: true,
	}, c, &itl)
	c.next(0)
	c.engine.RunUntil(event.Forever-1, nil)
	return float64(c.found) / float64(c.blocks)
}

func TestThePrefixCacheHitsWhatTheConversationTraceRepeats(t *testing.T) {
	file := shared.Path(t, "traces/mooncake-conversation.jsonl.gz")
	whole := hitRate(t, file, 1<<30)
	t.Logf("unbounded: %.2f %% of the blocks", whole*100)
	// 36.6 % of the blocks were there before; what is left of a prompt behind its
	// last whole block is never cached.
	if whole < 0.355 || whole > 0.367 {
		t.Errorf("an unbounded cache hits on %.2f %% of the blocks, want a little under 36.6 %%", whole*100)
	}
	last := whole
	for _, blocks := range []int{100_000, 30_000, 10_000, 3_000, 1_000} {
		got := hitRate(t, file, blocks)
		t.Logf("%d blocks: %.2f %%", blocks, got*100)
		if got > last {
			t.Errorf("%d blocks hit on %.4f of the trace, more than a larger cache (%.4f)", blocks, got, last)
		}
		last = got
	}
}
