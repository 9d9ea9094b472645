package perf

import "math"

// Table returns the step table of the replica for steps of up to
// Options.MaxTokens query tokens.
func (s *Serving) Table() *StepTable {
	n := s.Options.MaxTokens + 1
	t := &StepTable{
		Matrix: make([]int64, n), Comm: make([]int64, n),
		Host:        units(s.linear(1).Host),
		Sequence:    units(s.sequenceSeconds()),
		DecodePair:  units(s.pairSeconds(true)),
		PrefillPair: units(s.pairSeconds(false)),
		KVRead:      units(s.kvSeconds()),
		TokenFLOPs:  2 * s.Model.ActiveParams(),
		PairFLOPs:   s.Model.PairFLOPs(false),
		WeightBytes: make([]float64, n),
		KVBytes:     s.kvShare(s.Model.globalKVValues()) * float64(s.Layout.GPUs()),
		Local:       s.localTable(),
	}
	if s.Model.MoE() {
		t.FirstUse = units(s.Coef.FirstUse)
	}
	for i := 1; i < n; i++ {
		l := s.linear(float64(i))
		t.Matrix[i], t.Comm[i] = units(l.Matrix()), units(l.Comm)
		t.WeightBytes[i] = s.StepWeightBytes(i) * float64(s.Layout.PP)
	}
	return t
}

// units converts seconds to table units, rounded once.
func units(seconds float64) int64 { return int64(math.Round(seconds * 1e9 * (1 << TableShift))) }

// GPUSecondsPerToken returns the GPU time that one output token costs when
// requests have a prompt and an output of so many tokens each and the batch is
// as full as maxSeqs and the KV memory allow. The prompt's computation, chunk by
// chunk, is spread over the output tokens.
func (s *Serving) GPUSecondsPerToken(prompt, output, maxSeqs int) float64 {
	prompt, output = max(prompt, 1), max(output, 1)
	batch := int(min(int64(maxSeqs), max(1, s.KVTokens()/int64(prompt+output))))
	step, gain := s.round(batch, prompt+output/2)
	chunk := min(prompt, s.Options.MaxTokens)
	prefill := 0.0
	for done := 0; done < prompt; done += chunk {
		// What a last chunk leaves free of its step, other requests use.
		share := float64(min(chunk, prompt-done)) / float64(chunk)
		prefill += float64(share * s.PrefillStep(chunk, done).Total())
	}
	perRequest := prefill + float64(float64(output-1)*step/gain/float64(batch)) // the prompt's last step yields the first token
	return perRequest * float64(s.GPUs()) / float64(output)
}
