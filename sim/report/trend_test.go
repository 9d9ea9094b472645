package report

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
)

func TestSparklinesRiseWithTheirValues(t *testing.T) {
	if got, want := sparkline([]float64{0, 1, 2, 3, 4, 5, 6, 7, 8, math.NaN(), 0}, 0, 8), "▁▂▃▄▅▆▇██ ▁"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := sparkline([]float64{-14, 0, 9}, 0, 8); got != "▁▁█" {
		t.Errorf("values beyond the bounds: %s", got)
	}
	if got := sparkline([]float64{3, 3}, 0, 0); got != "▁▁" {
		t.Errorf("a flat line of nothing is %q", got)
	}
}

func TestSpreadingKeepsTheIntegral(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var samples []sample
		at, integral := int64(0), 0.0
		for range rapid.IntRange(1, 200).Draw(t, "samples") {
			d := rapid.Int64Range(1, 1000).Draw(t, "length")
			v := rapid.Float64Range(0, 10).Draw(t, "value")
			at += d
			integral += v * float64(d)
			samples = append(samples, sample{at, v})
		}
		out := spread(samples)
		sum := 0.0
		for _, v := range out {
			sum += v * float64(at) / float64(len(out))
		}
		if len(out) > sparkWidth || math.Abs(sum-integral) > 1e-6*integral+1e-6 {
			t.Errorf("%d values with the integral %v, want %v", len(out), sum, integral)
		}
	})
}

func TestATrendShowsWhatItsRowsSay(t *testing.T) {
	tr := NewTrend(result.Discard{})
	hour := int64(event.Hour)
	for i := range int64(4) {
		held := ledger.Product(4000*i, event.Hour) // 0, 4, 8, 12 of 16 GPUs
		for _, r := range []result.LedgerRow{
			{Class: "training", Account: "compute.train", GPUTime: held},
			{Class: "none", Account: "idle.no_demand", GPUTime: ledger.Product(16000, event.Hour).Sub(held)},
			{Class: "none", Account: "absent", GPUTime: ledger.Product(99000, event.Hour)},
		} {
			r.From, r.To = i*hour, (i+1)*hour
			if err := tr.Ledger(&r); err != nil {
				t.Fatal(err)
			}
		}
		if err := tr.Series(&result.SeriesRow{Time: (i + 1) * hour, Metric: "jobs_waiting", Value: float64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []Format{Table, Markdown} {
		var b bytes.Buffer
		if err := tr.Print(&b, f); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"held by gangs", "▁▃▅▇", "0.0 % – 75.0 %", "jobs waiting", "0 – 3"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s lacks %q:\n%s", f, want, b.String())
			}
		}
		if strings.Contains(b.String(), "requests/s") {
			t.Errorf("%s shows requests that there are none of", f)
		}
	}
	var b bytes.Buffer
	for _, f := range []Format{CSV, AsJSON} {
		if err := tr.Print(&b, f); err != nil || b.Len() > 0 {
			t.Errorf("%s prints a trend: %q, %v", f, b.String(), err)
		}
	}
	if got := spread(tr.waiting); !slices.Equal(got, []float64{0, 1, 2, 3}) {
		t.Errorf("jobs waiting %v", got)
	}
}
