package perf

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// AttentionKind is how a model's layers look back at their context.
type AttentionKind string

// The kinds of attention.
const (
	MHA          AttentionKind = "mha"           // a KV head per query head
	GQA          AttentionKind = "gqa"           // query heads share KV heads
	MLA          AttentionKind = "mla"           // one latent vector per token
	SlidingMix   AttentionKind = "swa"           // as GQA, but LocalLayers see a window only
	HybridLinear AttentionKind = "hybrid-linear" // one softmax layer in eight
	StateSpace   AttentionKind = "state-space"   // constant state, no KV cache
)

// Model is the architecture of a language model: all the cost model needs to
// know of it. It is a row of the catalogue or a parsed config.json.
type Model struct {
	Name   string
	HFID   string // Hugging Face repository; "" = none
	Source string
	Notes  string

	Layers      int
	DenseLayers int // of these, layers with a dense FFN; the others are mixtures of experts
	Hidden      int
	Heads       int
	KVHeads     int
	HeadDim     int // of queries and keys; MLA's includes the RoPE part
	Attention   AttentionKind

	// Of the layers, LocalLayers attend to Window tokens only: the last ones, or
	// under ChunkedLocal those since a multiple of Window (see Span).
	LocalLayers  int
	Window       int
	ChunkedLocal bool

	// MLA's low-rank dimensions.
	QRank, KVRank, RopeDim, VDim int

	FFN           int // intermediate size of a dense layer
	MoEFFN        int // of one expert
	Experts       int // routed experts per MoE layer; 0 = dense model
	ExpertsActive int // of these, per token
	SharedExperts int // experts that every token passes
	ExpertNodes   int // on how many nodes a token's experts may be; 0 = any

	Vocab          int
	TiedEmbeddings bool
	FFNMatrices    int // 3 = gated (SwiGLU), 2 = plain

	Native    fleet.Format // of the published weights
	Context   int          // longest context, tokens
	MTPLayers int

	// PublishedTotal and PublishedActive are the parameter counts on the model
	// card; 0 = none. What the cost model uses is counted from the shape.
	PublishedTotal, PublishedActive float64
}

//go:embed data/models.csv
var modelTable string

// Models returns the catalogue in its own order.
func Models() []Model { return models().list }

// LookupModel returns the model of that name or Hugging Face ID, ignoring
// case. The error names the nearest entry.
func LookupModel(name string) (Model, error) {
	c := models()
	if i, ok := c.byName[strings.ToLower(name)]; ok {
		return c.list[i], nil
	}
	return Model{}, fmt.Errorf("unknown model %q.%s (`sim models` lists all)", name, suggest.Hint(name, c.names))
}

type modelCatalogue struct {
	list   []Model
	byName map[string]int
	names  []string
}

// models parses the embedded table once; an error in it is a programming
// error, caught by the package's tests.
var models = sync.OnceValue(func() *modelCatalogue {
	rows, err := csv.NewReader(strings.NewReader(modelTable)).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("perf: embedded model table: %v", err))
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	c := &modelCatalogue{byName: map[string]int{}}
	for _, row := range rows[1:] {
		m := modelFromRow(row, column)
		c.byName[strings.ToLower(m.Name)] = len(c.list)
		if m.HFID != "" {
			c.byName[strings.ToLower(m.HFID)] = len(c.list)
		}
		c.names = append(c.names, m.Name)
		c.list = append(c.list, m)
	}
	return c
})

// expertNodes are models trained to route a token to experts on few nodes only.
// Source: DeepSeek-V3 technical report, section 2.1.2 (M = 4).
var expertNodes = map[string]int{"DeepSeek-V3": 4, "DeepSeek-R1": 4}

func modelFromRow(row []string, column map[string]int) Model {
	field := func(name string) string { return row[column[name]] }
	number := func(name string) float64 {
		if field(name) == "" {
			return 0
		}
		v, err := strconv.ParseFloat(field(name), 64)
		if err != nil {
			panic(fmt.Sprintf("perf: embedded model table: %s of %s: %v", name, row[0], err))
		}
		return v
	}
	count := func(name string) int { return int(number(name)) }
	native, ok := fleet.ParseFormat(field("native_dtype"))
	if !ok {
		panic(fmt.Sprintf("perf: embedded model table: native_dtype of %s is %q", row[0], field("native_dtype")))
	}
	m := Model{
		Name: field("model"), HFID: field("hf_id"), Source: field("source"), Notes: field("notes"),
		Layers: count("layers"), DenseLayers: count("dense_layers"), Hidden: count("hidden"),
		Heads: count("heads"), KVHeads: count("kv_heads"), HeadDim: count("head_dim"), Attention: AttentionKind(field("attention")),
		QRank: count("mla_q_rank"), KVRank: count("mla_kv_rank"), RopeDim: count("mla_rope_dim"), VDim: count("mla_v_dim"),
		FFN: count("ffn"), MoEFFN: count("moe_ffn"), Experts: count("experts"), ExpertsActive: count("experts_active"),
		SharedExperts: count("shared_experts"), Vocab: count("vocab"), TiedEmbeddings: field("tied_embeddings") == "1",
		FFNMatrices: 3, Native: native, Context: count("context"), MTPLayers: count("mtp_layers"),
		ExpertNodes: expertNodes[field("model")], PublishedTotal: number("params_total_b") * 1e9, PublishedActive: number("params_active_b") * 1e9,
	}
	if strings.Contains(m.Notes, "2 matrices") {
		m.FFNMatrices = 2
	}
	if l, ok := localLayers[m.Name]; ok {
		m.LocalLayers, m.Window, m.ChunkedLocal = m.Layers-m.Layers/l.every, l.span, l.chunked
	}
	return m
}

// localLayers are models of which one layer in every attends to the whole
// context and the others to a span, from their published config.json:
// layer_types and sliding_window of GPT-OSS, no_rope_layers and
// attention_chunk_size of Llama 4.
var localLayers = map[string]struct {
	every, span int
	chunked     bool
}{
	"GPT-OSS-20B":      {2, 128, false},
	"GPT-OSS-120B":     {2, 128, false},
	"Llama-4-Scout":    {4, 8192, true},
	"Llama-4-Maverick": {4, 8192, true},
}
