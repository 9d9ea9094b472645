package serving

import (
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
)

// hitRate plays conversations and returns the share of prompt tokens that the
// prefix cache had.
func hitRate(blocks, host int, move int64) (rate float64, loaded int64) {
	cfg := &Config{
		Table: llama8B(8192), MaxSeqs: 256, MaxTokens: 8192, BlockSize: 16, Blocks: blocks,
		PrefixCache: true, HostBlocks: host, HostMove: move,
	}
	l := newChats(cfg, 150*event.Millisecond)
	l.run(3000)
	w := l.replica.Work(l.engine.Now())
	return float64(w.CachedTokens) / float64(w.CachedTokens+w.PrefillTokens), w.LoadedBlocks
}

// A prefix is as good in host memory as on the GPU, but for the time to load it;
// and the more room there is, the more is found.
func TestHostMemoryStandsInForGPUMemory(t *testing.T) {
	ample, _ := hitRate(60_000, 0, 0)
	short, _ := hitRate(8_000, 0, 0)
	if short > ample/4 {
		t.Fatalf("a small cache hits %.3f, a large one %.3f: the load no longer needs the room", short, ample)
	}
	last := short
	for _, host := range []int{2_000, 5_000, 10_000, 20_000, 52_000} {
		rate, loaded := hitRate(8_000, host, 1<<16)
		if rate < last {
			t.Errorf("with %d blocks in host memory the cache hits %.3f, with less room %.3f", host, rate, last)
		}
		if rate > 0.1 && loaded == 0 {
			t.Errorf("with %d blocks in host memory the cache hits %.3f and loads nothing", host, rate)
		}
		last = rate
	}
	if last < 0.99*ample {
		t.Errorf("with ample host memory the cache hits %.3f, on the GPU %.3f", last, ample)
	}
}
