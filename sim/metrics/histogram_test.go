package metrics

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestBucketsTileTheNumbers(t *testing.T) {
	next := int64(0)
	for b := 0; b < totalBuckets-subBuckets; b++ {
		lo, hi := bounds(b)
		if lo != next {
			t.Fatalf("bucket %d starts at %d, want %d", b, lo, next)
		}
		if bucketOf(lo) != b || bucketOf(hi) != b {
			t.Fatalf("bucket %d holds %d..%d, which map to %d and %d", b, lo, hi, bucketOf(lo), bucketOf(hi))
		}
		next = hi + 1
	}
}

func TestQuantilesStayWithinTheStatedError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, 1<<50), 1, 200).Draw(t, "values")
		q := rapid.Float64Range(0, 1).Draw(t, "q")
		var h Histogram
		sum := 0.0
		for _, v := range values {
			h.Record(v)
			sum += float64(v)
		}
		slices.Sort(values)
		rank := min(max(int(math.Ceil(q*float64(len(values)))), 1), len(values))
		want := values[rank-1]
		if got := h.Quantile(q); math.Abs(float64(got-want)) > RelativeError*float64(want) {
			t.Fatalf("quantile %v = %d, want %d", q, got, want)
		}
		if mean := sum / float64(len(values)); math.Abs(h.Mean()-mean) > 1e-12*mean {
			t.Fatalf("mean %v, want %v", h.Mean(), mean)
		}
	})
}

func TestAProgressionIsItsValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var bulk, single, merged, part Histogram
		for range rapid.IntRange(1, 4).Draw(t, "progressions") {
			// Up to the largest values and weights that a progression may have.
			first := rapid.Int64Range(0, 1<<rapid.IntRange(0, 62).Draw(t, "bits")).Draw(t, "first")
			count := rapid.Int64Range(0, 500).Draw(t, "count")
			step := rapid.Int64Range(0, 1<<rapid.IntRange(0, 62).Draw(t, "stepBits")).Draw(t, "step")
			step = min(step, (math.MaxInt64-first)/max(count, 1))
			n := rapid.Uint64Range(0, 1<<rapid.IntRange(0, 40).Draw(t, "weightBits")).Draw(t, "n")
			bulk.RecordProgression(first, step, count, n)
			part = Histogram{}
			for i := range count {
				single.RecordN(first+i*step, n)
				part.RecordN(first+i*step, n)
			}
			merged.Merge(&part)
		}
		if !bulk.Equal(&single) {
			t.Fatalf("bulk %+v differs from single %+v", bulk, single)
		}
		if !merged.Equal(&single) {
			t.Fatalf("merged %+v differs from single %+v", merged, single)
		}
	})
}

func TestAnEmptyHistogramHasNoFigures(t *testing.T) {
	var h Histogram
	if h.Mean() != 0 || h.Quantile(0.5) != 0 || h.Count() != 0 || h.Max() != 0 {
		t.Errorf("an empty histogram reports %v, %v, %v, %v", h.Mean(), h.Quantile(0.5), h.Count(), h.Max())
	}
}

func TestEqualSeesEveryDifference(t *testing.T) {
	var a Histogram
	a.RecordN(1000, 3)
	for name, change := range map[string]func(*Histogram){
		"a further value":              func(h *Histogram) { h.Record(1000) },
		"a further value elsewhere":    func(h *Histogram) { h.Record(1 << 40) },
		"other values of the same sum": func(h *Histogram) { *h = Histogram{}; h.Record(1000); h.Record(900); h.Record(1100) },
	} {
		var b Histogram
		b.RecordN(1000, 3)
		if !a.Equal(&b) || !b.Equal(&a) {
			t.Fatal("equal histograms differ")
		}
		if change(&b); a.Equal(&b) || b.Equal(&a) {
			t.Errorf("%s goes unnoticed", name)
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	var h Histogram
	b.ReportAllocs()
	v := int64(1)
	for b.Loop() {
		v = (v*6364136223846793005 + 1) & (1<<40 - 1)
		h.Record(v)
	}
}

func BenchmarkRecordProgressionOf1000(b *testing.B) {
	var h Histogram
	b.ReportAllocs()
	for b.Loop() {
		h.RecordProgression(20<<36, 1<<16, 1000, 64)
	}
}

func TestAtMostCountsWithinTheStatedError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, 1<<40), 1, 100).Draw(t, "values")
		v := rapid.Int64Range(0, 1<<40).Draw(t, "v")
		var h Histogram
		least, most := uint64(0), uint64(0)
		for _, x := range values {
			h.Record(x)
			if x <= v {
				least++
			}
			if float64(x) <= float64(v)*(1+2*RelativeError) {
				most++
			}
		}
		if got := h.AtMost(v); got < least || got > most {
			t.Fatalf("%d values at most %d, want %d to %d", got, v, least, most)
		}
		if got := h.AtMost(-1); got != 0 {
			t.Fatalf("%d values below zero", got)
		}
	})
}
