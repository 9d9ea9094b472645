package scheduler

import (
	"iter"
	"slices"
)

// sorted is a list of gangs in an order, kept in short pieces so that adding and
// removing cost little however long it is.
type sorted struct {
	compare func(a, b *Gang) int
	pieces  [][]*Gang // none is empty
	n       int
}

// pieceLimit is the length at which a piece is cut in two.
const pieceLimit = 256

// piece returns the number of the piece in which a gang is or belongs.
func (s *sorted) piece(g *Gang) int {
	i, _ := slices.BinarySearchFunc(s.pieces, g, func(p []*Gang, g *Gang) int { return s.compare(p[len(p)-1], g) })
	return min(i, len(s.pieces)-1)
}

// add puts a gang at its place.
func (s *sorted) add(g *Gang) {
	s.n++
	if len(s.pieces) == 0 {
		s.pieces = append(s.pieces, append(make([]*Gang, 0, 8), g))
		return
	}
	i := s.piece(g)
	k, _ := slices.BinarySearchFunc(s.pieces[i], g, s.compare)
	p := slices.Insert(s.pieces[i], k, g)
	s.pieces[i] = p
	if len(p) == pieceLimit {
		half := slices.Clone(p[pieceLimit/2:])
		clear(p[pieceLimit/2:])
		s.pieces[i] = p[:pieceLimit/2]
		s.pieces = slices.Insert(s.pieces, i+1, half)
	}
}

// remove takes a gang out, and reports whether it was there.
func (s *sorted) remove(g *Gang) bool {
	if len(s.pieces) == 0 {
		return false
	}
	i := s.piece(g)
	k, ok := slices.BinarySearchFunc(s.pieces[i], g, s.compare)
	if !ok {
		return false
	}
	s.n--
	s.pieces[i] = slices.Delete(s.pieces[i], k, k+1)
	if len(s.pieces[i]) == 0 {
		s.pieces = slices.Delete(s.pieces, i, i+1)
	}
	return true
}

// all yields the gangs in order. The list must not change meanwhile.
func (s *sorted) all() iter.Seq[*Gang] {
	return func(yield func(*Gang) bool) {
		for _, p := range s.pieces {
			for _, g := range p {
				if !yield(g) {
					return
				}
			}
		}
	}
}

// reorder sorts the list again after its order has changed.
func (s *sorted) reorder() {
	all := slices.AppendSeq(make([]*Gang, 0, s.n), s.all())
	slices.SortFunc(all, s.compare)
	for _, p := range s.pieces {
		all = all[copy(p, all):]
	}
}

// cursor is a place in a list.
type cursor struct {
	list        *sorted
	piece, item int
}

// at returns the gang at the cursor, nil at the end.
func (c *cursor) at() *Gang {
	if c.piece == len(c.list.pieces) {
		return nil
	}
	return c.list.pieces[c.piece][c.item]
}

// next moves the cursor on.
func (c *cursor) next() {
	if c.item++; c.item == len(c.list.pieces[c.piece]) {
		c.piece, c.item = c.piece+1, 0
	}
}

// behind returns the place of the first gang behind some gang, which need not be
// in the list.
func (s *sorted) behind(g *Gang) cursor {
	i := s.piece(g)
	k, ok := slices.BinarySearchFunc(s.pieces[i], g, s.compare)
	if ok {
		k++
	}
	c := cursor{s, i, k}
	if k == len(s.pieces[i]) {
		c.piece, c.item = i+1, 0
	}
	return c
}
