package perf

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// hfConfig is what the cost model reads of a Hugging Face config.json. Model
// families name some things differently; the alternatives stand side by side.
type hfConfig struct {
	ModelType  string    `json:"model_type"`
	TextConfig *hfConfig `json:"text_config"` // of multimodal models

	Layers  *int `json:"num_hidden_layers"`
	Hidden  *int `json:"hidden_size"`
	Heads   *int `json:"num_attention_heads"`
	KVHeads *int `json:"num_key_value_heads"`
	HeadDim *int `json:"head_dim"`
	FFN     *int `json:"intermediate_size"`
	Vocab   *int `json:"vocab_size"`

	QRank   *int `json:"q_lora_rank"`
	KVRank  *int `json:"kv_lora_rank"`
	RopeDim *int `json:"qk_rope_head_dim"`
	NopeDim *int `json:"qk_nope_head_dim"`
	VDim    *int `json:"v_head_dim"`

	MoEFFN        *int   `json:"moe_intermediate_size"`
	LocalExperts  *int   `json:"num_local_experts"`
	Experts       *int   `json:"num_experts"`
	RoutedExperts *int   `json:"n_routed_experts"`
	PerToken      *int   `json:"num_experts_per_tok"`
	Shared        *int   `json:"n_shared_experts"`
	GroupsPerTok  *int   `json:"topk_group"` // groups are trained to be nodes
	FirstDense    *int   `json:"first_k_dense_replace"`
	DenseOnly     []int  `json:"mlp_only_layers"`
	Interleave    *int   `json:"interleave_moe_layer_step"`
	DenseFFN      *int   `json:"intermediate_size_mlp"`
	Activation    string `json:"hidden_act"`

	localConfig

	Tied     *bool  `json:"tie_word_embeddings"`
	Dtype    string `json:"torch_dtype"`
	NewDtype string `json:"dtype"`
	Context  *int   `json:"max_position_embeddings"`
	MTP      *int   `json:"num_nextn_predict_layers"`
	Quant    *struct {
		Method string `json:"quant_method"`
	} `json:"quantization_config"`
}

// ParseConfig reads the architecture of a model from its Hugging Face
// config.json. It understands transformers with multi-head, grouped-query and
// latent attention, dense or with experts; an error names the key that is
// missing or out of range.
func ParseConfig(name string, r io.Reader) (Model, error) {
	var c hfConfig
	if err := json.NewDecoder(r).Decode(&c); err != nil {
		return Model{}, fmt.Errorf("%s: not a config.json: %w", name, err)
	}
	if c.TextConfig != nil {
		text := *c.TextConfig
		text.ModelType = cmp.Or(text.ModelType, c.ModelType)
		text.Dtype = cmp.Or(text.Dtype, text.NewDtype, c.Dtype, c.NewDtype)
		if text.Quant == nil {
			text.Quant = c.Quant
		}
		c = text
	}
	m, err := c.model()
	if err != nil {
		return Model{}, fmt.Errorf("%s: %w", name, err)
	}
	m.Name, m.Source = name, name
	return m, nil
}

func (c *hfConfig) model() (Model, error) {
	m := Model{
		KVHeads: value(c.KVHeads), HeadDim: value(c.HeadDim), FFN: value(c.FFN), VDim: value(c.VDim),
		MoEFFN: value(c.MoEFFN), ExpertsActive: value(c.PerToken), SharedExperts: value(c.Shared), ExpertNodes: value(c.GroupsPerTok),
		Experts: cmp.Or(value(c.LocalExperts), value(c.Experts), value(c.RoutedExperts)),
		QRank:   value(c.QRank), KVRank: value(c.KVRank), RopeDim: value(c.RopeDim),
		FFNMatrices: 3, Context: value(c.Context), MTPLayers: value(c.MTP), Attention: GQA,
	}
	for _, need := range []struct {
		key  string
		from *int
		to   *int
	}{{"num_hidden_layers", c.Layers, &m.Layers}, {"hidden_size", c.Hidden, &m.Hidden}, {"num_attention_heads", c.Heads, &m.Heads}, {"vocab_size", c.Vocab, &m.Vocab}} {
		if need.from == nil {
			return m, fmt.Errorf("config.json has no %q", need.key)
		}
		if *need.from < 1 || *need.from > 1<<24 {
			return m, fmt.Errorf("config.json: %q is %d, want 1 to %d", need.key, *need.from, 1<<24)
		}
		*need.to = *need.from
	}
	if c.Tied != nil {
		m.TiedEmbeddings = *c.Tied
	}
	c.attention(&m)
	c.experts(&m)
	m.Native = c.native()
	return m, m.validate(c.key())
}

func value(p *int) int {
	if p == nil {
		return 0
	}
	return *p
}

// attention sets the kind of attention and its head sizes.
func (c *hfConfig) attention(m *Model) {
	m.KVHeads = cmp.Or(m.KVHeads, m.Heads)
	switch {
	case m.KVRank > 0:
		m.Attention = MLA
		m.HeadDim = value(c.NopeDim) + m.RopeDim
	case m.HeadDim == 0:
		m.HeadDim = m.Hidden / m.Heads
	}
	if m.Attention == GQA && m.KVHeads == m.Heads {
		m.Attention = MHA
	}
	c.localLayers(m)
}

// experts sets which layers are mixtures of experts and how wide they are.
func (c *hfConfig) experts(m *Model) {
	if m.Experts == 0 {
		m.DenseLayers, m.MoEFFN = m.Layers, 0
		return
	}
	m.DenseLayers = cmp.Or(value(c.FirstDense), len(c.DenseOnly))
	if step := value(c.Interleave); step > 1 {
		m.DenseLayers = m.Layers - m.Layers/step
	}
	if m.MoEFFN == 0 { // Mixtral, GPT-OSS and Llama 4 call an expert's width intermediate_size
		m.MoEFFN = m.FFN
		m.FFN = value(c.DenseFFN)
	}
	if c.ModelType == "llama4_text" {
		m.SharedExperts = 1
	}
}

// native returns the format of the published weights.
func (c *hfConfig) native() fleet.Format {
	if c.Quant != nil {
		if f, ok := fleet.ParseFormat(c.Quant.Method); ok {
			return f
		}
	}
	if f, ok := fleet.ParseFormat(cmp.Or(c.Dtype, c.NewDtype)); ok {
		return f
	}
	return fleet.BF16
}

// validate checks what a config.json may get wrong.
func (m *Model) validate(span string) error {
	const limit = 1 << 24
	for _, f := range []struct {
		key   string
		value int
		least int
	}{
		{"num_key_value_heads", m.KVHeads, 1}, {"head_dim", m.HeadDim, 1}, {"intermediate_size", m.FFN, 0},
		{"moe_intermediate_size", m.MoEFFN, 0}, {"number of experts", m.Experts, 0}, {"num_experts_per_tok", m.ExpertsActive, 0},
		{"n_shared_experts", m.SharedExperts, 0}, {"q_lora_rank", m.QRank, 0}, {"kv_lora_rank", m.KVRank, 0},
		{"qk_rope_head_dim", m.RopeDim, 0}, {"v_head_dim", m.VDim, 0}, {"max_position_embeddings", m.Context, 0}, {span, m.Window, min(m.LocalLayers, 1)},
	} {
		if f.value < f.least || f.value > limit {
			return fmt.Errorf("config.json: %q is %d, want %d to %d", f.key, f.value, f.least, limit)
		}
	}
	switch {
	case m.DenseLayers < 0 || m.DenseLayers > m.Layers:
		return fmt.Errorf("config.json: %d dense layers of %d", m.DenseLayers, m.Layers)
	case m.DenseLayers > 0 && m.FFN == 0:
		return fmt.Errorf("config.json has no %q", "intermediate_size")
	case m.Experts > 0 && (m.ExpertsActive < 1 || m.ExpertsActive > m.Experts):
		return fmt.Errorf("config.json: \"num_experts_per_tok\" is %d, want 1 to the %d experts", m.ExpertsActive, m.Experts)
	case m.Attention == MLA && (m.VDim == 0 || m.HeadDim == 0):
		return fmt.Errorf("config.json: latent attention needs \"qk_nope_head_dim\" and \"v_head_dim\"")
	}
	return nil
}
