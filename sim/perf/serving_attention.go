package perf

import "github.com/jevons-sim/jevons/sim/fleet"

// This file is the time of attention, in layers that see the whole context and in
// local ones.

// pairSeconds returns the time of attention per pair of tokens in the layers that
// attend to all of them. Decodes of MLA models attend in the latent space.
func (s *Serving) pairSeconds(decode bool) float64 {
	return s.attentionSeconds(s.Model.PairFLOPs(decode))
}

// attentionSeconds returns the time of so many FLOPs of attention. It is computed
// in 16 bits.
func (s *Serving) attentionSeconds(flops float64) float64 {
	ranks, _ := s.Imbalance()
	return flops * ranks / float64(s.GPUs()) / (s.GPU.FLOPS(fleet.BF16) * s.Coef.Attention)
}

// kvSeconds returns the time to read one context token's KV in the layers that
// attend to all of the context.
func (s *Serving) kvSeconds() float64 { return s.readSeconds(s.Model.globalKVValues()) }

// readSeconds returns the time to read so many values of one token's KV.
func (s *Serving) readSeconds(values float64) float64 {
	ranks, _ := s.Imbalance()
	return s.kvShare(values) * ranks / (s.GPU.HBMBandwidth * s.Coef.KVBandwidth)
}

// localTable returns the costs of the replica's local layers, nil without any.
func (s *Serving) localTable() *LocalTable {
	if s.Model.LocalLayers == 0 {
		return nil
	}
	return &LocalTable{
		Span:        s.Model.Span(),
		DecodePair:  units(s.localPairSeconds(true)),
		PrefillPair: units(s.localPairSeconds(false)),
		KVRead:      units(s.readSeconds(s.Model.localKVValues())),
		PairFLOPs:   s.Model.LocalPairFLOPs(false),
		KVBytes:     s.kvShare(s.Model.localKVValues()) * float64(s.Layout.GPUs()),
	}
}

// local sets the time of local layers in a step.
func (s *Serving) local(t *StepTime, queries, done, n int, decode bool) {
	if s.Model.LocalLayers == 0 {
		return
	}
	span, each := s.Model.Span(), float64(queries)
	t.LocalAttention = each * float64(span.Pairs(int64(done), int64(n))) * s.localPairSeconds(decode)
	t.LocalKV = each * float64(span.Reads(int64(done), int64(n))) * s.readSeconds(s.Model.localKVValues())
}

// global returns the step without the time of local layers.
func (t StepTime) global() StepTime {
	t.LocalAttention, t.LocalKV = 0, 0
	return t
}

// localPairSeconds returns the time of attention per pair in local layers.
func (s *Serving) localPairSeconds(decode bool) float64 {
	return s.attentionSeconds(s.Model.LocalPairFLOPs(decode))
}
