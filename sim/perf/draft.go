package perf

import (
	"fmt"
	"math"
)

// Draft is what a replica speculates with.
type Draft struct {
	// Passes is the cost model of the draft's passes, one for every proposal;
	// nil = they cost nothing, as when n-grams of the context are looked up.
	Passes *Serving
	Tokens int     // proposals a step
	Rate   float64 // mean tokens that a decode gains in a step, 1 … Tokens + 1

	extraWeights float64 // bytes per GPU
}

// NGramDraft returns a draft that looks proposals up in the context.
func NGramDraft() Draft { return Draft{} }

// MTPDraft returns the model's own multi-token prediction as a draft.
func (s *Serving) MTPDraft() (Draft, error) {
	if s.Model.MTPLayers == 0 {
		return Draft{}, fmt.Errorf("%s comes without a layer for multi-token prediction (eagle is one trained later)", s.Model.Name)
	}
	return s.LayerDraft()
}

// LayerDraft returns a draft of one layer more, of the kind of the last ones,
// with the model's embedding and output head, however many proposals it is asked
// for in turn: multi-token prediction, or EAGLE (Li et al., ICML 2024). It runs
// on the replica's GPUs like a layer of the model.
func (s *Serving) LayerDraft() (Draft, error) {
	m := s.Model
	m.Name += " draft layer"
	m.Layers, m.DenseLayers = 1, 0
	if !m.MoE() {
		m.DenseLayers = 1
	}
	l := s.Layout
	l.PP = 1
	d, err := s.draft(m, l, s.Precision)
	if err != nil {
		return Draft{}, err
	}
	return Draft{Passes: d, extraWeights: d.Memory.Weights - d.embeddingShare()}, nil
}

// ModelDraft returns a smaller model as a draft, over the tensor-parallel group of
// the replica (of its last stage, under pipeline parallelism), in the model's own
// formats but for the KV.
func (s *Serving) ModelDraft(m Model) (Draft, error) {
	if s.Layout.DP > 1 {
		return Draft{}, fmt.Errorf("draft model %s under data-parallel attention %d: only the model's own MTP layer runs there", m.Name, s.Layout.DP)
	}
	if m.Vocab != s.Model.Vocab {
		return Draft{}, fmt.Errorf("draft model %s has a vocabulary of %d tokens, %s one of %d: they must be the same", m.Name, m.Vocab, s.Model.Name, s.Model.Vocab)
	}
	d, err := s.draft(m, Layout{TP: s.Layout.TP}, Precision{KV: s.Precision.KV}.withDefaults(&m, s.GPU))
	if err != nil {
		return Draft{}, fmt.Errorf("draft model: %w", err)
	}
	return Draft{Passes: d, extraWeights: d.Memory.Weights}, nil
}

// draft returns the cost model of a draft's passes. They are launched together
// with the step: the host schedules once.
//
// Of a draft with local layers these too attend to the whole context: its passes
// are a small part of a step, and their contexts are followed as a sum only.
func (s *Serving) draft(m Model, l Layout, p Precision) (*Serving, error) {
	m.LocalLayers = 0
	l = l.withDefaults()
	if err := l.check(&m); err != nil {
		return nil, err
	}
	d := &Serving{Model: m, GPU: s.GPU, NodeGPUs: s.NodeGPUs, Layout: l, Precision: p, Options: s.Options, Coef: s.Coef, CalibrationName: s.CalibrationName, params: m.Params()}
	d.Coef.Host, d.Coef.Sequence = 0, 0
	d.joined = s.joined // its groups are among the replica's
	d.memory()
	return d, nil
}

// embeddingShare returns the bytes of embeddings on one GPU.
func (s *Serving) embeddingShare() float64 {
	return s.params.Embeddings * s.embeddingBytes() * float64(s.Layout.DP) / float64(s.GPUs())
}

// WithDraft returns the replica with a draft that gains it a mean of rate tokens
// a step for so many proposals. Its weights, and its KV of every context token,
// take their room beside the model's; Memory.KV is what is left for the model's
// own.
func (s *Serving) WithDraft(d Draft, tokens int, rate float64) (*Serving, error) {
	out := *s
	d.Tokens, d.Rate = tokens, rate
	out.Draft = &d
	if d.Passes == nil {
		return &out, nil
	}
	m := &out.Memory
	m.Weights += d.extraWeights
	m.KV = math.Max(0, m.KV-d.extraWeights)
	if m.KVToken > 0 {
		m.KV *= m.KVToken / (m.KVToken + d.Passes.Memory.KVToken)
	}
	if m.KV < math.Max(m.KVToken, 1) {
		return nil, &FitError{Model: s.Model.Name + " with a draft", GPU: s.GPU.Name, Layout: s.Layout, Memory: out.Memory}
	}
	return &out, nil
}

// sampleSeconds returns the time to look at the logits of one token.
func (s *Serving) sampleSeconds() float64 {
	return s.Coef.Logit * float64(s.Model.Vocab) / float64(s.Layout.DP)
}

// SampleTime returns the time to look at the logits of one token, in table units.
func (s *Serving) SampleTime() int64 { return units(s.sampleSeconds()) }

// round returns the time of a step in which every decode gains tokens, and how
// many in the mean: a decode step or, with a draft, its passes and the
// verification of what they propose.
func (s *Serving) round(batch, context int) (seconds, tokens float64) {
	if s.Draft == nil {
		return s.DecodeStep(batch, context).Total(), 1
	}
	t := s.verification(batch, context)
	seconds = t.Total()
	if d := s.Draft.Passes; d != nil {
		seconds += float64(float64(s.Draft.Tokens) * d.DecodeStep(batch, context).Total())
	}
	return seconds, s.Draft.Rate
}

// verification returns the duration of the step that verifies the proposals of
// batch decodes with context tokens each.
func (s *Serving) verification(batch, context int) StepTime {
	queries := float64(s.Draft.Tokens + 1)
	t, one := s.linear(float64(batch)*queries), s.DecodeStep(batch, context)
	t.Host = one.Host + float64(float64(batch*s.Draft.Tokens)*s.sampleSeconds())
	t.Attention = one.Attention * queries
	t.KV = one.KV
	t.LocalAttention, t.LocalKV = one.LocalAttention*queries, one.LocalKV
	return t
}
