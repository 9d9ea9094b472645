package perf

import "math"

// Scaled returns the table of an engine that needs f times the time, the
// FLOPs and the memory traffic for every step.
func (t *StepTable) Scaled(f float64) *StepTable {
	out := *t
	out.Matrix, out.Comm = scaled(t.Matrix, f), scaled(t.Comm, f)
	durations := []*int64{&out.Host, &out.Sequence, &out.DecodePair, &out.PrefillPair, &out.KVRead, &out.FirstUse}
	if t.Local != nil {
		l := *t.Local
		out.Local = &l
		durations = append(durations, &l.DecodePair, &l.PrefillPair, &l.KVRead)
		l.PairFLOPs, l.KVBytes = l.PairFLOPs*f, l.KVBytes*f
	}
	for _, d := range durations {
		*d = int64(math.Round(float64(*d) * f))
	}
	out.WeightBytes = make([]float64, len(t.WeightBytes))
	for i, b := range t.WeightBytes {
		out.WeightBytes[i] = b * f
	}
	out.TokenFLOPs, out.PairFLOPs, out.KVBytes = t.TokenFLOPs*f, t.PairFLOPs*f, t.KVBytes*f
	return &out
}

func scaled(durations []int64, f float64) []int64 {
	out := make([]int64, len(durations))
	for i, d := range durations {
		out[i] = int64(math.Round(float64(d) * f))
	}
	return out
}
