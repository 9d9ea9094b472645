package perf

import (
	"fmt"
	"math"
)

// LeastReplicaSeconds returns a lower bound on the time of a replica that
// requests with a mean prompt and output of so many tokens each cost, however
// their steps are batched: decode batches are as full as seqs and a KV memory of
// kvTokens allow, prompts are computed in the shadow of weights that are read
// for decoding anyway, and the compute and memory roofs each bound the sum of
// the work. Every request starts with empty KV memory: prefixes are not shared.
// Drafts cost nothing, nor does what they propose in vain; nor do local layers,
// whose work is concave in the context, so that the mean context would not bound
// it from below.
//
// With a step limit above 0, in seconds, batches are no larger than lets a
// decode step keep within it; the error says when none is small enough.
func (s *Serving) LeastReplicaSeconds(prompt, output float64, seqs int, kvTokens int64, step float64) (float64, error) {
	context := int(prompt + output/2)
	decode := func(batch int) StepTime { return s.DecodeStep(batch, context).global() }
	batch := int(math.Min(float64(seqs), math.Max(1, float64(kvTokens)/math.Max(1, prompt+output/2))))
	if step > 0 {
		if one := decode(1).Total(); one > step {
			return 0, fmt.Errorf("%s on %s: a decode step takes %.3g ms even for one request, more than %.3g ms", s.Model.Name, s.Layout, one*1e3, step*1e3)
		}
		lo, hi := 1, batch // a batch that keeps within the limit; the largest that may
		for lo < hi {
			if mid := (lo + hi + 1) / 2; decode(mid).Total() <= step {
				lo = mid
			} else {
				hi = mid - 1
			}
		}
		batch = lo
	}
	d := decode(batch)
	perToken := output / float64(batch) // decode steps that a request pays for
	steps := perToken
	if s.Draft != nil {
		steps /= s.Draft.Rate // of those that verify; every token is computed once at least
	}
	full, one := s.PrefillStep(s.Options.MaxTokens, 0).global(), s.PrefillStep(1, 0)
	p := s.PrefillStep(int(math.Max(1, prompt)), 0)
	share := prompt / float64(s.Options.MaxTokens)
	compute := float64(d.Compute()*perToken) + float64((full.Compute()-full.Attention)*share) + p.Attention
	memory := float64(d.Memory()*steps) + p.KV
	comm := float64(d.Comm*steps) + float64((full.Comm-one.Comm)*share) // latencies are the decode steps'
	return math.Max(compute, memory) + comm + float64(d.Host*steps), nil
}
