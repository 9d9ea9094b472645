package serving

import (
	"fmt"
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/metrics"
)

// chats is a closed stream of conversations: each turn brings the whole history
// and 200 tokens more, and gets 200 tokens back; after ten turns the next
// conversation begins.
type chats struct {
	engine  event.Engine
	replica *Replica
	free    []*Request
	next    uint64
	ended   int
	gap     event.Time
	timer   event.Timer
	itl     metrics.Histogram
}

const (
	chatTurns  = 10
	chatTokens = 200
	chatUsers  = 64 // conversations that go on at once
)

func newChats(cfg *Config, gap event.Time) *chats {
	c := &chats{gap: gap}
	c.replica = NewReplica(&c.engine, cfg, c, &c.itl)
	c.timer = c.engine.NewTimer(c, 0, 0)
	c.engine.Arm(c.timer, 0, event.ClassArrival)
	return c
}

func (c *chats) Handle(_ *event.Engine, ev event.Event) {
	var q *Request
	if n := len(c.free); n > 0 {
		q, c.free = c.free[n-1], c.free[:n-1]
	} else {
		q = &Request{}
	}
	// Users take turns, conversation after conversation.
	round, user := c.next/chatUsers, c.next%chatUsers
	turn := int32((round + user) % chatTurns)
	*q = Request{
		ID: c.next, Arrive: ev.Time, Prompt: chatTokens * (2*turn + 1), Output: chatTokens,
		Content: Content{Tail: 1 + (round+user)/chatTurns*chatUsers + user},
	}
	c.next++
	c.replica.Submit(ev.Time, q)
	c.engine.Arm(c.timer, ev.Time+c.gap, event.ClassArrival)
}

func (c *chats) Done(_ event.Time, q *Request, _ Outcome) {
	c.ended++
	c.free = append(c.free, q)
}

func (c *chats) run(n int) {
	for until := c.ended + n; c.ended < until; {
		c.engine.Step()
	}
}

// BenchmarkSessions is what a prefix cache costs, and what it costs when memory
// is short, with and without room in host memory.
func BenchmarkSessions(b *testing.B) {
	for _, c := range []struct {
		name         string
		blocks, host int
		cache        bool
	}{
		{"no cache", 27_000, 0, false}, {"cache", 27_000, 0, true},
		{"short memory", 8_000, 0, true}, {"host memory", 8_000, 50_000, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			cfg := &Config{
				Table: llama8B(8192), MaxSeqs: 256, MaxTokens: 8192, BlockSize: 16, Blocks: c.blocks,
				PrefixCache: c.cache, HostBlocks: c.host, HostMove: 1 << 16 * 40_000,
			}
			l := newChats(cfg, 150*event.Millisecond)
			l.run(2000)
			b.ReportAllocs()
			start := l.engine.Fired()
			for b.Loop() {
				l.run(1)
			}
			b.ReportMetric(float64(l.engine.Fired()-start)/float64(b.N), "events/request")
			w := l.replica.Work(l.engine.Now())
			b.ReportMetric(float64(w.CachedTokens)/float64(w.CachedTokens+w.PrefillTokens), "cached")
			b.ReportMetric(float64(w.LoadedBlocks)/float64(l.ended), "loaded/request")
		})
	}
}

// BenchmarkSpeculation is BenchmarkReplica with a draft of three tokens.
func BenchmarkSpeculation(b *testing.B) {
	for _, output := range []int32{200, 4000} {
		for _, mode := range []string{"macro", "step"} {
			b.Run(fmt.Sprintf("output=%d/%s", output, mode), func(b *testing.B) {
				s, err := NewSpeculation(Proposals{Tokens: 3, Accept: []float64{0.7}, Draft: llama8B(2048)})
				if err != nil {
					b.Fatal(err)
				}
				cfg := &Config{Table: llama8B(2048), MaxSeqs: 256, MaxTokens: 2048, BlockSize: 16, Blocks: 27_000, StepMode: mode == "step", Speculation: s}
				l := newLoad(cfg, &RoundRobin{}, 1, event.Time(output)*300*event.Microsecond, output)
				l.run(2000)
				b.ReportAllocs()
				start := l.engine.Fired()
				for b.Loop() {
					l.run(1)
				}
				b.ReportMetric(float64(l.engine.Fired()-start)/float64(b.N), "events/request")
				b.ReportMetric(float64(l.deployment.Load()), "load")
				w := l.deployment.Ready()[0].Work(l.engine.Now())
				b.ReportMetric(float64(w.Gained)/float64(w.Decodes), "tokens/step")
			})
		}
	}
}
