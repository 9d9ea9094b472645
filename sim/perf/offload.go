package perf

import (
	"fmt"
	"math"
)

// Offload returns how many KV blocks of so many tokens fit the host memory of a
// replica, in bytes per GPU, and the time to move one between GPU and host, in
// table units, at a bandwidth in B/s per GPU and direction. Every GPU that holds
// a share of a block moves it over its own link; under data-parallel attention
// those are the GPUs of one rank.
func (s *Serving) Offload(memory, bandwidth float64, blockSize int) (blocks int, move int64, err error) {
	if s.Memory.KVToken == 0 {
		return 0, 0, fmt.Errorf("%s has no KV cache that host memory could hold", s.Model.Name)
	}
	share := s.Memory.KVToken * float64(blockSize) // of a block on one GPU, over all ranks
	count := math.Floor(memory / share)
	return int(math.Min(count, math.MaxInt32)), units(share * float64(s.Layout.DP) / bandwidth), nil
}
