package traces

import (
	"fmt"
	"io"

	"github.com/jevons-sim/jevons/sim/event"
)

// sortWindow is how many rows a row may be late.
const sortWindow = 4096

// requestReader reads requests as the file has them; Line is the line of the
// last one.
type requestReader interface {
	RequestStream
	io.Closer
	Line() int
}

// jobReader reads jobs as the file has them.
type jobReader interface {
	JobStream
	io.Closer
	Line() int
}

// rowReader is either of them.
type rowReader[T any] interface {
	Next(*T) (bool, error)
	io.Closer
	Line() int
}

// sorter puts rows that are slightly out of order in order of time. Rows lie in
// a ring kept sorted by insertion: of an ordered trace every row goes to the
// end, which costs nothing.
type sorter[T any] struct {
	file   string
	rows   rowReader[T]
	at     func(*T) *event.Time
	move   func(dst, src *T) // copies a row out of the reader's memory
	ring   []*T
	head   int // of the earliest row
	n      int
	row    T // being read
	ended  bool
	begun  bool
	origin event.Time // 0, or the time of a first row before it
	last   event.Time // given out
}

func newRequestSorter(file string, r requestReader) RequestStream {
	return &sorter[Request]{
		file: file, rows: r, ring: make([]*Request, sortWindow),
		at: func(r *Request) *event.Time { return &r.At },
		move: func(dst, src *Request) {
			kept := dst.Hashes[:0]
			*dst = *src
			if src.Hashes != nil {
				dst.Hashes = append(kept, src.Hashes...)
			}
		},
	}
}

func newJobSorter(file string, r jobReader) JobStream {
	return &sorter[Job]{
		file: file, rows: r, ring: make([]*Job, sortWindow),
		at:   func(j *Job) *event.Time { return &j.At },
		move: func(dst, src *Job) { *dst = *src },
	}
}

// Next implements RequestStream and JobStream.
func (s *sorter[T]) Next(out *T) (bool, error) {
	for !s.ended && s.n < len(s.ring) {
		ok, err := s.rows.Next(&s.row)
		if err == nil && ok {
			err = s.insert()
		}
		if err != nil || !ok {
			s.ended = true
			if closed := s.rows.Close(); err == nil {
				err = closed
			}
		}
		if err != nil {
			s.n = 0
			return false, err
		}
	}
	if s.n == 0 {
		return false, nil
	}
	first := s.ring[s.head]
	s.head = (s.head + 1) % len(s.ring)
	s.n--
	if !s.begun {
		s.begun, s.origin = true, min(0, *s.at(first))
	}
	s.last = *s.at(first)
	*out = *first
	*s.at(out) -= s.origin
	return true, nil
}

// insert puts the row that was read in its place.
func (s *sorter[T]) insert() error {
	at := *s.at(&s.row)
	if s.begun && at < s.last {
		return &FormatError{
			File: s.file, Line: s.rows.Line(), Field: "time",
			Found: fmt.Sprintf("a row %v before one of the rows more than %d lines up", s.last-at, sortWindow), Want: "rows in order of time (sort the file)",
		}
	}
	size := len(s.ring)
	i := (s.head + s.n) % size
	free := s.ring[i]
	if free == nil {
		free = new(T)
	}
	s.move(free, &s.row)
	for k := s.n; k > 0; k-- {
		before := (i + size - 1) % size
		if *s.at(s.ring[before]) <= at {
			break
		}
		s.ring[i], i = s.ring[before], before
	}
	s.ring[i] = free
	s.n++
	return nil
}

// Close closes the file.
func (s *sorter[T]) Close() error {
	if s.ended {
		return nil
	}
	s.ended, s.n = true, 0
	return s.rows.Close()
}
