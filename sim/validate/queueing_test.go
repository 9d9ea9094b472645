package validate

import (
	"context"
	"testing"
)

func TestQueuesMeetTheirClosedForms(t *testing.T) {
	o := QueueingOptions{Loads: []float64{0.5, 0.8}, Customers: 150_000, Workers: 2, Seed: 1}
	r, err := Queueing(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range r.Rows {
		t.Logf("%-24s %-8s simulated %.4f exact %.4f error %+.2f %% ± %.2f %%", row.ID, row.Metric, row.Predicted, row.Actual, row.ErrorPct, row.StandardErrorPct)
		if !row.OK {
			t.Errorf("%s: simulated %v, exact %v, error %+.2f %% beyond %.2f %%", row.ID, row.Predicted, row.Actual, row.ErrorPct, row.TolerancePct)
		}
	}
}

func TestErlangWaitKnownValues(t *testing.T) {
	for _, c := range []struct {
		servers int
		rho     float64
		want    float64
	}{
		{1, 0.5, 1},      // M/M/1: ρ/(1−ρ)
		{1, 0.8, 4},      //
		{2, 0.5, 1. / 3}, // M/M/2 at load 1: C = 1/3, over 2·0.5
		{10, 0.9, 0.6687},
	} {
		if got := erlangWait(c.servers, c.rho); got < c.want*0.9999 || got > c.want*1.0001 {
			t.Errorf("M/M/%d at ρ = %v: wait %v, want %v", c.servers, c.rho, got, c.want)
		}
	}
}

func BenchmarkQueueCase(b *testing.B) {
	for _, m := range queueModels() {
		b.Run(m.name, func(b *testing.B) {
			b.ReportAllocs()
			const customers = 200_000
			for b.Loop() {
				queueCase(context.Background(), m, 0.8, customers, QueueingOptions{TolerancePct: 1, Seed: 1})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/customers, "ns/customer")
		})
	}
}
