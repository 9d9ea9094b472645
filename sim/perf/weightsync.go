package perf

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// WeightTransfer is how new weights get from a trainer into inference engines,
// all engines at once.
type WeightTransfer struct {
	// Direct sends each GPU of an engine its own shard, from GPU to GPU.
	// Otherwise all weights pass every GPU, which keeps its share: a broadcast
	// staged in host memory.
	Direct bool
	// Bandwidth into a GPU, in B/s; 0 = of its NIC (direct), or of its link to
	// the host (broadcast).
	Bandwidth float64
	Changed   float64    // share of the bytes that is sent: less than 1 for deltas; 0 = 1
	Fixed     event.Time // beside the bytes: collecting metadata, barriers
}

// hostLink is the rate, in B/s, at which a broadcast staged in host memory
// passes a GPU: that of PCIe 5 × 16. Measured: 61 to 70 GB/s on H800 and H20,
// for models of 0.2 to 1 TB (README of checkpoint-engine).
const hostLink = 64e9

// Time returns the span until engines of so many GPUs have weights of so many
// bytes.
func (w WeightTransfer) Time(bytes float64, gpus int, gpu fleet.GPU) event.Time {
	rate := w.Bandwidth
	if w.Direct {
		bytes /= float64(gpus)
		if rate == 0 {
			rate = gpu.NICBandwidth
		}
	}
	if rate == 0 {
		rate = hostLink
	}
	if w.Changed > 0 {
		bytes *= w.Changed
	}
	return w.Fixed + event.FromSeconds(bytes/rate)
}
