package validate

import (
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
)

func TestStagesTogetherAreAllTheirRequests(t *testing.T) {
	results := make([]stageResult, 2)
	for i := range results {
		r := &results[i]
		r.first, r.last, r.arrived, r.tokens = event.Time(i)*event.Second, event.Time(i+1)*event.Second, 100, 1000
		for v := range int64(100) {
			r.ttft.Record(v + int64(1000*i))
		}
	}
	for range 3 { // asking changes nothing
		all := together(results, []int{0, 1})
		if p50, p99 := all.ttft.Quantile(0.5), all.ttft.Quantile(0.99); p50 != 99 || p99 < 1090 {
			t.Errorf("median %d, p99 %d; want 99 and about 1097", p50, p99)
		}
		if got := all.throughput(); got != 1000 || all.arrived != 200 {
			t.Errorf("%v tokens/s of %d requests, want 2000 tokens in 2 s of 200", got, all.arrived)
		}
	}
}
