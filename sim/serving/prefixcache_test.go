package serving

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// blockwise is a prefix cache that keeps every block by itself, under a name
// that spells out all the tokens up to its end.
type blockwise struct {
	size   int
	room   int // for blocks in host memory
	blocks map[string]*plainBlock
	clock  int
}

type plainBlock struct {
	users    int
	released int // when its last user let go
	hosted   bool
}

// name spells out the first tokens of a context.
func (b *blockwise) name(q *Request, blocks int) string {
	s := ""
	left := blocks * b.size
	for _, g := range q.Content.Segments {
		n := min(left, int(g.Tokens))
		s += fmt.Sprintf("/%d:%d", g.Key, n)
		if left -= n; left == 0 {
			return s
		}
	}
	if q.Content.Tail == 0 {
		return s + fmt.Sprintf("/own %d:%d", q.ID, left)
	}
	return s + fmt.Sprintf("/%d:%d", q.Content.Tail, left)
}

// find returns the blocks found on the GPU and, behind them, in host memory.
func (b *blockwise) find(q *Request, limit int) (n, hosted int) {
	for n+hosted < limit {
		p := b.blocks[b.name(q, n+hosted+1)]
		switch {
		case p == nil:
			return n, hosted
		case p.hosted:
			hosted++
		case hosted > 0:
			panic("a block on the GPU behind one in host memory")
		default:
			n++
		}
	}
	return n, hosted
}

func (b *blockwise) hold(q *Request, from, to int) {
	for i := from; i < to; i++ {
		name := b.name(q, i+1)
		if b.blocks[name] == nil {
			b.blocks[name] = &plainBlock{}
		}
		b.blocks[name].users++
		b.blocks[name].hosted = false
	}
}

func (b *blockwise) release(q *Request, n int) {
	for ; n > 0; n-- {
		p := b.blocks[b.name(q, n)]
		if p.users--; p.users == 0 {
			b.clock++
			p.released = b.clock
		}
	}
}

func (b *blockwise) trim(limit int) {
	for b.count(false) > limit {
		oldest := b.oldest(false)
		if oldest == "" {
			break
		}
		if b.room == 0 {
			delete(b.blocks, oldest)
			continue
		}
		b.blocks[oldest].hosted = true
	}
	for b.count(true) > b.room {
		delete(b.blocks, b.oldest(true))
	}
}

// oldest returns the name of the idle block that was used least recently.
func (b *blockwise) oldest(hosted bool) (oldest string) {
	for name, p := range b.blocks {
		if p.users == 0 && p.hosted == hosted && (oldest == "" || p.released < b.blocks[oldest].released) {
			oldest = name
		}
	}
	return oldest
}

func (b *blockwise) count(hosted bool) (n int) {
	for _, p := range b.blocks {
		if p.hosted == hosted {
			n++
		}
	}
	return n
}

func (b *blockwise) pinned() (n int) {
	for _, p := range b.blocks {
		if p.users > 0 {
			n++
		}
	}
	return n
}

func TestTheTreeIsACacheOfSingleBlocks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 4).Draw(t, "block size")
		tree := newPrefixCache(size)
		plain := &blockwise{size: size, blocks: map[string]*plainBlock{}}
		segments := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Segment {
			return Segment{Key: uint64(rapid.IntRange(1, 3).Draw(t, "key")), Tokens: int32(rapid.IntRange(1, 10).Draw(t, "tokens"))}
		}), 0, 3)
		var live []*Request
		id := uint64(0)
		t.Repeat(map[string]func(*rapid.T){
			"begin": func(t *rapid.T) {
				id++
				q := &Request{ID: id, Content: Content{Segments: segments.Draw(t, "segments"), Tail: uint64(rapid.IntRange(0, 3).Draw(t, "tail"))}}
				limit := rapid.IntRange(0, 20).Draw(t, "limit")
				m := tree.find(q, int64(limit))
				if want, hosted := plain.find(q, limit); int(m.blocks) != want || int(m.hosted) != hosted {
					t.Fatalf("found %d and %d blocks, want %d and %d in host memory", m.blocks, m.hosted, want, hosted)
				}
				before := plain.pinned()
				plain.hold(q, 0, int(m.blocks+m.hosted))
				if got := plain.pinned() - before; int(m.idle+m.hosted) != got {
					t.Fatalf("%d of the blocks found are idle, want %d", m.idle+m.hosted, got)
				}
				tree.hold(q, m)
				live = append(live, q)
			},
			"extend": func(t *rapid.T) {
				if len(live) == 0 {
					t.Skip()
				}
				q := rapid.SampledFrom(live).Draw(t, "request")
				to := int(q.shared) + rapid.IntRange(0, 12).Draw(t, "blocks")
				plain.hold(q, int(q.shared), to)
				tree.extend(q, int64(to))
			},
			"release": func(t *rapid.T) {
				if len(live) == 0 {
					t.Skip()
				}
				i := rapid.IntRange(0, len(live)-1).Draw(t, "request")
				plain.release(live[i], int(live[i].shared))
				tree.release(live[i])
				live = append(live[:i], live[i+1:]...)
			},
			"trim": func(t *rapid.T) {
				limit := rapid.IntRange(0, 60).Draw(t, "limit")
				plain.trim(limit)
				tree.trim(int64(limit))
			},
			"room": func(t *rapid.T) {
				plain.room = rapid.IntRange(0, 40).Draw(t, "room")
				tree.room = int64(plain.room)
				plain.trim(1000)
				tree.trim(1000)
			},
			"": func(t *rapid.T) {
				p, idle, hosted := plain.pinned(), plain.count(false), plain.count(true)
				if idle -= p; int(tree.pinned) != p || int(tree.idle) != idle || int(tree.hosted) != hosted {
					t.Fatalf("%d blocks pinned, %d idle and %d in host memory, want %d, %d and %d", tree.pinned, tree.idle, tree.hosted, p, idle, hosted)
				}
			},
		})
	})
}
