package html

import (
	"math"

	"github.com/jevons-sim/jevons/sim/result"
)

// seriesSet is timeseries.parquet by metric and label.
type seriesSet struct {
	times  []float64 // seconds
	values map[seriesKey][]float64
	labels map[string][]string // of a metric, in order of appearance
}

type seriesKey struct{ metric, label string }

func readSeries(dir string) (*seriesSet, error) {
	s := &seriesSet{values: map[seriesKey][]float64{}, labels: map[string][]string{}}
	err := eachRow(dir, "timeseries.parquet", func(r *result.SeriesRow) {
		at := float64(r.Time) / 1e9
		if n := len(s.times); n == 0 || s.times[n-1] != at {
			s.times = append(s.times, at)
		}
		key := seriesKey{r.Metric, r.Label}
		if _, known := s.values[key]; !known {
			s.labels[r.Metric] = append(s.labels[r.Metric], r.Label)
		}
		s.values[key] = append(missing(s.values[key], len(s.times)-1), r.Value)
	})
	for k, v := range s.values {
		s.values[k] = missing(v, len(s.times))
	}
	return s, err
}

// missing extends a series to n values with values that are not there.
func missing(v []float64, n int) []float64 {
	for len(v) < n {
		v = append(v, math.NaN())
	}
	return v
}

// before returns the starts of the intervals that end at the samples.
func (s *seriesSet) before() []float64 {
	out := make([]float64, len(s.times))
	for i := 1; i < len(out); i++ {
		out[i] = s.times[i-1]
	}
	return out
}
