package perf

import (
	"fmt"
	"math"
)

// Offload returns how many KV blocks of so many tokens fit the host memory of a
// replica, in bytes per GPU, and the time to move one between GPU and host, in
// table units, at a bandwidth in B/s per GPU and direction. Every GPU that holds
// a share of a block moves it over its own link. Under data-parallel attention
// the ranks' memories add up; a block is on one of them.
func (s *Serving) Offload(memory, bandwidth float64, blockSize int) (blocks int, move int64, err error) {
	if s.Memory.KVToken == 0 {
		return 0, 0, fmt.Errorf("%s has no KV cache that host memory could hold", s.Model.Name)
	}
	block := s.Memory.KVToken * float64(blockSize)
	count := math.Floor(memory * float64(s.Layout.DP) / block)
	return int(math.Min(count, math.MaxInt32)), units(block / bandwidth), nil
}
