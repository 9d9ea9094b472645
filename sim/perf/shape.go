package perf

// This file counts a model's parameters, KV cache and work from its shape.

// MoE reports whether some layers are mixtures of experts.
func (m *Model) MoE() bool { return m.Experts > 0 && m.DenseLayers < m.Layers }

// MoELayers returns the number of layers that are mixtures of experts.
func (m *Model) MoELayers() int {
	if m.Experts == 0 {
		return 0
	}
	return m.Layers - m.DenseLayers
}

// softmaxLayers returns how many layers attend to the whole context and keep
// its KV.
func (m *Model) softmaxLayers() int {
	switch m.Attention {
	case SlidingMix:
		return (m.Layers + 1) / 2
	case HybridLinear:
		return m.Layers / 8
	case StateSpace:
		return 0
	}
	return m.Layers
}

// attentionParams returns the parameters of one layer's attention.
func (m *Model) attentionParams() float64 {
	h, a, e := float64(m.Hidden), float64(m.Heads), float64(m.HeadDim)
	switch m.Attention {
	case MLA:
		query := h * a * e
		if m.QRank > 0 {
			query = float64(m.QRank) * (h + float64(a*e))
		}
		latent, rope, v := float64(m.KVRank), float64(m.RopeDim), float64(m.VDim)
		return query + float64(h*(latent+rope)) + float64(latent*a*(e-rope+v)) + float64(a*v*h)
	case StateSpace:
		// Input projection to x and the gate (2 × inner), B, C and step sizes;
		// output projection. inner = heads × head_dim.
		inner := a * e
		const state = 128
		return h * (3*inner + 2*state + a)
	}
	return 2 * h * e * (a + float64(m.KVHeads))
}

// denseFFNParams returns the parameters of one dense layer's feed-forward part.
func (m *Model) denseFFNParams() float64 {
	return float64(m.FFNMatrices) * float64(m.Hidden) * float64(m.FFN)
}

// expertParams returns the parameters of one expert.
func (m *Model) expertParams() float64 {
	return float64(m.FFNMatrices) * float64(m.Hidden) * float64(m.MoEFFN)
}

// embeddingParams returns the parameters of one embedding table.
func (m *Model) embeddingParams() float64 { return float64(m.Vocab) * float64(m.Hidden) }

// Params are parameter counts by the part of the model that holds them.
type Params struct {
	Attention  float64 // of all layers
	DenseFFN   float64 // of all dense layers
	Experts    float64 // routed experts of all MoE layers
	Shared     float64 // shared experts and routers
	Embeddings float64 // input embedding and output head
}

// Total returns the sum.
func (p Params) Total() float64 {
	return p.Attention + p.DenseFFN + p.Experts + p.Shared + p.Embeddings
}

// Params counts the model's parameters. Norms and biases, under 0.1 % of any
// model, are left out, and so are MTP layers, which serving may drop.
func (m *Model) Params() Params {
	moe := float64(m.MoELayers())
	p := Params{
		Attention:  float64(m.Layers) * m.attentionParams(),
		DenseFFN:   (float64(m.Layers) - moe) * m.denseFFNParams(),
		Experts:    moe * float64(m.Experts) * m.expertParams(),
		Embeddings: m.embeddingParams(),
	}
	if moe > 0 {
		p.Shared = moe * (float64(float64(m.SharedExperts)*m.expertParams()) + float64(m.Hidden*m.Experts))
	}
	if !m.TiedEmbeddings {
		p.Embeddings *= 2
	}
	return p
}

// ParamsTotal returns the number of parameters, counted from the shape.
func (m *Model) ParamsTotal() float64 { return m.Params().Total() }

// ActiveParams returns the parameters that one token is multiplied with: the
// active experts only, the output head but not the input embedding, which is a
// table look-up.
func (m *Model) ActiveParams() float64 {
	p := m.Params()
	active := p.Attention + p.DenseFFN + p.Shared + m.embeddingParams()
	if m.Experts > 0 {
		active += float64(p.Experts * float64(m.ExpertsActive) / float64(m.Experts))
	}
	return active
}

// KVValues returns the values that one context token keeps in the KV cache of
// all layers: 2 × KV heads × head size per layer, or MLA's latent and RoPE
// vectors. Layers with a sliding window or constant state do not count: what
// they hold does not grow with the context.
func (m *Model) KVValues() float64 {
	layers := float64(m.softmaxLayers())
	if m.Attention == MLA {
		return layers * float64(m.KVRank+m.RopeDim)
	}
	return layers * 2 * float64(m.KVHeads) * float64(m.HeadDim)
}

// StateValues returns the values that a sequence keeps whatever its length:
// the windows of sliding layers, the states of linear-attention and state-space
// layers.
func (m *Model) StateValues() float64 {
	rest := float64(m.Layers - m.softmaxLayers())
	switch m.Attention {
	case SlidingMix:
		return rest * 2 * float64(m.KVHeads) * float64(m.HeadDim) * float64(m.Window)
	case HybridLinear:
		return rest * float64(m.Heads) * float64(m.HeadDim) * float64(m.HeadDim)
	case StateSpace:
		return rest * float64(m.Heads) * float64(m.HeadDim) * 128
	}
	return 0
}

// PairFLOPs returns the FLOPs of attention per pair of a query token and a
// context token, over all layers: 2 for the score and 2 for the weighted sum,
// per query head and dimension. absorbed selects MLA's decode form, in which
// queries attend in the latent space (2·(2·latent + RoPE) per head) and keys
// and values are never expanded.
func (m *Model) PairFLOPs(absorbed bool) float64 {
	layers, heads := float64(m.softmaxLayers()), float64(m.Heads)
	switch {
	case m.Attention == MLA && absorbed:
		return layers * heads * 2 * float64(2*m.KVRank+m.RopeDim)
	case m.Attention == MLA:
		return layers * heads * 2 * float64(m.HeadDim+m.VDim)
	}
	return layers * heads * 4 * float64(m.HeadDim)
}
