package perf

// trainShape is what the training model needs to know of an architecture:
// parameters and FLOPs of its parts, per layer.
type trainShape struct {
	layers, moeLayers int
	hidden            float64
	attention         float64 // parameters of the attention projections
	scores            float64 // heads × (key width + value width): multiply-adds per (query, key) pair, averaged over the layers
	localScores       float64 // the same of local layers, averaged over all layers too
	span              Span    // of local layers
	heads             float64
	kvWidth           float64 // key and value elements per token that context parallelism passes on
	ffn               float64 // parameters of a dense layer's FFN
	ffnWidth          float64 // width of that FFN
	router            float64
	expert            float64 // parameters of one expert
	expertWidth       float64 // width of one expert
	experts           float64 // routed experts of an MoE layer
	routed, shared    float64 // experts that a token visits
	head              float64 // parameters of the output head
	embedding         float64 // parameters of the input embedding, 0 when tied to the head
}

// newTrainShape takes a model's shape apart.
func newTrainShape(m *Model) trainShape {
	s := trainShape{
		layers:      m.Layers,
		moeLayers:   m.MoELayers(),
		hidden:      float64(m.Hidden),
		attention:   m.attentionParams(),
		scores:      m.PairFLOPs(false) / 2 / float64(m.Layers),
		localScores: m.LocalPairFLOPs(false) / 2 / float64(m.Layers),
		span:        m.Span(),
		heads:       float64(m.Heads),
		kvWidth:     2 * float64(m.KVHeads) * float64(m.HeadDim),
		ffn:         m.denseFFNParams(),
		ffnWidth:    float64(m.FFN),
		head:        m.embeddingParams(),
	}
	if m.Attention == MLA {
		s.kvWidth = float64(m.Heads) * float64(m.HeadDim+m.VDim)
	}
	if !m.TiedEmbeddings {
		s.embedding = m.embeddingParams()
	}
	if s.moeLayers > 0 {
		s.router = float64(m.Hidden) * float64(m.Experts)
		s.expert = m.expertParams()
		s.expertWidth = float64(m.MoEFFN)
		s.experts = float64(m.Experts)
		s.routed = float64(m.ExpertsActive)
		s.shared = float64(m.SharedExperts)
	}
	return s
}

// layerFLOPs returns a layer's forward FLOPs per token outside the attention
// core: two per parameter that the token meets.
func (s *trainShape) layerFLOPs(moe bool) float64 {
	if moe {
		return 2 * (s.attention + s.router + float64(s.expert*(s.routed+s.shared)))
	}
	return 2 * (s.attention + s.ffn)
}

// coreFLOPs returns a layer's forward FLOPs per token of the attention core
// over a full (not causal) context of seq tokens. Of local layers it is what twice
// the causal pairs amount to, so that half of it is the causal work there too.
func (s *trainShape) coreFLOPs(seq float64) float64 {
	flops := float64(2 * seq * s.scores)
	if s.localScores > 0 && seq >= 1 {
		attended := 2*float64(s.span.Pairs(0, int64(seq)))/seq - 1 // seq where the span covers it
		flops += float64(2 * attended * s.localScores)
	}
	return flops
}

// forwardFLOPs returns the model FLOPs of one forward pass over one token. The
// attention core counts in full, as Megatron-LM and Korthikanti et al. do:
// figures that count the causal half are lower for the same time.
func (s *trainShape) forwardFLOPs(seq float64) float64 {
	dense := float64(s.layers - s.moeLayers)
	moe := float64(s.moeLayers)
	return float64(dense*s.layerFLOPs(false)) + float64(moe*s.layerFLOPs(true)) +
		float64(float64(s.layers)*s.coreFLOPs(seq)) + 2*s.head
}

// parameters returns all weights, and those of the routed experts among them.
func (s *trainShape) parameters() (total, experts float64) {
	dense := float64(s.layers - s.moeLayers)
	moe := float64(s.moeLayers)
	experts = float64(moe * s.expert * s.experts)
	total = float64(float64(s.layers)*s.attention) + float64(dense*s.ffn) +
		float64(moe*(s.router+float64(s.expert*s.shared))) + experts + s.head + s.embedding
	return total, experts
}
