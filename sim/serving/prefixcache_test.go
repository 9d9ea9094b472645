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
	blocks map[string]*plainBlock
	clock  int
}

type plainBlock struct {
	users    int
	released int // when its last user let go
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

func (b *blockwise) find(q *Request, limit int) int {
	n := 0
	for n < limit && b.blocks[b.name(q, n+1)] != nil {
		n++
	}
	return n
}

func (b *blockwise) hold(q *Request, from, to int) {
	for i := from; i < to; i++ {
		name := b.name(q, i+1)
		if b.blocks[name] == nil {
			b.blocks[name] = &plainBlock{}
		}
		b.blocks[name].users++
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
	for len(b.blocks) > limit {
		oldest := ""
		for name, p := range b.blocks {
			if p.users == 0 && (oldest == "" || p.released < b.blocks[oldest].released) {
				oldest = name
			}
		}
		if oldest == "" {
			return
		}
		delete(b.blocks, oldest)
	}
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
				if want := plain.find(q, limit); int(m.blocks) != want {
					t.Fatalf("found %d blocks, want %d", m.blocks, want)
				}
				before := plain.pinned()
				plain.hold(q, 0, int(m.blocks))
				if got := plain.pinned() - before; int(m.idle) != got {
					t.Fatalf("%d of the blocks found are idle, want %d", m.idle, got)
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
			"": func(t *rapid.T) {
				if p := plain.pinned(); int(tree.pinned) != p || int(tree.idle) != len(plain.blocks)-p {
					t.Fatalf("%d blocks pinned and %d idle, want %d and %d", tree.pinned, tree.idle, p, len(plain.blocks)-p)
				}
			},
		})
	})
}
