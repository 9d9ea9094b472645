package scheduler

import (
	"encoding/binary"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// shapeOf numbers requests: equal ones fit equally.
func (s *Scheduler) shapeOf(r fleet.Request) int32 {
	n, ok := s.shapes[r]
	if !ok {
		n = int32(len(s.shapes))
		s.shapes[r] = n
	}
	return n
}

// typesOf numbers lists of pools.
func (s *Scheduler) typesOf(pools []int) int32 {
	var buffer [32]byte
	text := buffer[:0]
	for _, pool := range pools {
		text = binary.AppendUvarint(text, uint64(pool))
	}
	n, ok := s.types[string(text)]
	if !ok {
		n = int32(len(s.types))
		s.types[string(text)] = n
	}
	return n
}
