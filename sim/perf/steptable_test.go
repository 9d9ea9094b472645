package perf

import (
	"math"
	"testing"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// A step table is the cost model in integers.
func TestTheStepTableIsTheCostModel(t *testing.T) {
	for _, c := range []struct {
		model  string
		layout Layout
	}{
		{"DeepSeek-V3", Layout{TP: 8}}, {"DeepSeek-V3", Layout{TP: 4, PP: 2}}, {"DeepSeek-V3", Layout{DP: 8}}, {"DeepSeek-V3", Layout{TP: 2, DP: 4}},
		{"Llama-4-Maverick", Layout{TP: 8}}, {"GPT-OSS-120B", Layout{TP: 2, PP: 2}},
	} {
		s := replica(t, c.model, "H200", c.layout, Precision{Weights: fleet.FP8, KV: fleet.FP8}, DefaultCalibration(), Options{MaxTokens: 1024})
		table := s.Table()
		for _, context := range []int{100, 3000, 20000} {
			for _, batch := range []int{1, 7, 64, 1000} {
				var local LocalWork
				for range batch {
					local.Decode(table.Local, int64(context-1), 1)
				}
				host, comm, body := table.Step(int64(batch), int64(batch), int64(batch*context), 0, int64(batch*context), local)
				got := float64(host+comm+body) / (1e9 * (1 << TableShift))
				if want := s.DecodeStep(batch, context).Total(); math.Abs(got/want-1) > 1e-4 {
					t.Errorf("%s %v, %d decodes at %d: the table says %.6g s, the model %.6g s", c.model, c.layout, batch, context, got, want)
				}
			}
			local := LocalWork{}
			local.Prefill(table.Local, int64(context), 1000)
			pairs := int64(1000*context + 1000*1001/2)
			host, comm, body := table.Step(1, 1000, 0, pairs, int64(context+1000), local)
			got := float64(host+comm+body) / (1e9 * (1 << TableShift))
			if want := s.PrefillStep(1000, context).Total(); math.Abs(got/want-1) > 1e-4 {
				t.Errorf("%s %v, a chunk after %d: the table says %.6g s, the model %.6g s", c.model, c.layout, context, got, want)
			}
		}
	}
}
