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

// softmaxLayers returns how many layers attend to the whole context.
func (m *Model) softmaxLayers() int {
	switch m.Attention {
	case HybridLinear:
		return m.Layers / 8
	case StateSpace:
		return 0
	}
	return m.Layers - m.LocalLayers
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

// KVValues returns the values that one context token keeps in KV memory: of all
// layers that keep the whole context's, 2 × KV heads × head size each, or MLA's
// latent and RoPE vectors. What layers with constant state hold does not grow
// with the context.
//
// Of local layers, those with a sliding window beside others that see all keep
// the window alone: vLLM's hybrid KV cache manager and TensorRT-LLM's pools by
// window size free what has fallen out of it. Those with chunks keep all, as
// neither engine frees it by default: vLLM has the hybrid manager off for Llama 4
// (VLLM_ALLOW_CHUNKED_LOCAL_ATTN_WITH_HYBRID_KV_CACHE is 0 from 0.10.1, pull
// request 21761, through 0.11 at least), TensorRT-LLM has one pool unless windows
// are given. Where all layers are local they are taken to keep all too.
func (m *Model) KVValues() float64 {
	layers := m.softmaxLayers()
	if m.ChunkedLocal || layers == 0 {
		layers += m.LocalLayers
	}
	return m.layerKVValues(layers)
}

// globalKVValues returns the values of a context token that every query of a
// later token reads, localKVValues those that only queries in its span read.
func (m *Model) globalKVValues() float64 { return m.layerKVValues(m.softmaxLayers()) }
func (m *Model) localKVValues() float64  { return m.layerKVValues(m.LocalLayers) }

func (m *Model) layerKVValues(n int) float64 {
	layers := float64(n)
	if m.Attention == MLA {
		return layers * float64(m.KVRank+m.RopeDim)
	}
	return layers * 2 * float64(m.KVHeads) * float64(m.HeadDim)
}

// StateValues returns the values that a sequence keeps whatever its length: the
// states of linear-attention and state-space layers.
func (m *Model) StateValues() float64 {
	rest := float64(m.Layers - m.softmaxLayers())
	switch m.Attention {
	case HybridLinear:
		return rest * float64(m.Heads) * float64(m.HeadDim) * float64(m.HeadDim)
	case StateSpace:
		return rest * float64(m.Heads) * float64(m.HeadDim) * 128
	}
	return 0
}

// PairFLOPs returns the FLOPs of attention per pair of a query token and a
// context token, over the layers that attend to all of it: 2 for the score and 2
// for the weighted sum, per query head and dimension. absorbed selects MLA's
// decode form, in which queries attend in the latent space (2·(2·latent + RoPE)
// per head) and keys and values are never expanded.
func (m *Model) PairFLOPs(absorbed bool) float64 { return m.pairFLOPs(m.softmaxLayers(), absorbed) }

// LocalPairFLOPs returns the same of local layers, per pair in their span.
func (m *Model) LocalPairFLOPs(absorbed bool) float64 { return m.pairFLOPs(m.LocalLayers, absorbed) }

func (m *Model) pairFLOPs(n int, absorbed bool) float64 {
	layers, heads := float64(n), float64(m.Heads)
	switch {
	case m.Attention == MLA && absorbed:
		return layers * heads * 2 * float64(2*m.KVRank+m.RopeDim)
	case m.Attention == MLA:
		return layers * heads * 2 * float64(m.HeadDim+m.VDim)
	}
	return layers * heads * 4 * float64(m.HeadDim)
}
