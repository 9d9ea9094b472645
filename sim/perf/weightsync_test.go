package perf

import (
	"math"
	"testing"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// TestWeightsArriveWhenTheyWereMeasuredTo compares with the README of
// checkpoint-engine (broadcasts), LlamaRL (arXiv 2505.24034; direct, engines of
// 8 GPUs assumed) and INTELLECT-2 (2505.07291; over the internet).
func TestWeightsArriveWhenTheyWereMeasuredTo(t *testing.T) {
	for _, c := range []struct {
		name     string
		gpu      string
		gpus     int
		bytes    float64
		w        WeightTransfer
		measured float64
		within   float64
	}{
		{"GLM-4.5-Air in BF16", "H800", 8, 2 * 106e9, WeightTransfer{}, 3.47, 0.05},
		{"DeepSeek-V3.1 in FP8", "H20", 16, 671e9, WeightTransfer{}, 10.19, 0.05},
		{"Kimi-K2 in FP8", "H20", 16, 1.03e12, WeightTransfer{}, 14.36, 0.15},
		{"Kimi-K2 in FP8 on many", "H20", 256, 1.03e12, WeightTransfer{}, 16.04, 0.05},
		{"Llama 8B", "H100", 8, 2 * 8e9, WeightTransfer{Direct: true}, 0.04, 0.05},
		{"Llama 405B", "H100", 8, 2 * 405e9, WeightTransfer{Direct: true}, 2.31, 0.15},
		{"62 GB at 590 Mb/s", "H100", 8, 62e9, WeightTransfer{Bandwidth: 590e6 / 8}, 14 * 60, 0.05},
	} {
		gpu, err := fleet.LookupGPU(c.gpu)
		if err != nil {
			t.Fatal(err)
		}
		got := c.w.Time(c.bytes, c.gpus, gpu).Seconds()
		t.Logf("%s: %.2f s, measured %.2f s (%+.0f %%)", c.name, got, c.measured, 100*(got/c.measured-1))
		if math.Abs(got/c.measured-1) > c.within {
			t.Errorf("%s: %.3f s, measured %.3f s", c.name, got, c.measured)
		}
	}
	gpu, _ := fleet.LookupGPU("H100")
	whole, delta := WeightTransfer{}.Time(1e12, 8, gpu), WeightTransfer{Changed: 0.02}.Time(1e12, 8, gpu)
	if delta*50 != whole {
		t.Errorf("2 %% of the weights take %v, all of them %v", delta, whole)
	}
}
