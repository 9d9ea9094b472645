package perf

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/internal/shared"
)

func TestTheCatalogueIsTheSharedTable(t *testing.T) {
	want, err := os.ReadFile(shared.Path(t, "facts/models.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if modelTable != string(want) {
		t.Error("sim/perf/data/models.csv differs from ../shared/facts/models.csv: copy it")
	}
}

func TestCountedParametersMeetPublishedOnes(t *testing.T) {
	for _, m := range Models() {
		if m.Attention == HybridLinear || m.Attention == StateSpace {
			continue // their layers are approximated
		}
		if got := m.Params().Total(); math.Abs(got/m.PublishedTotal-1) > 0.012 {
			t.Errorf("%s: counted %.2f B parameters, published %.2f B", m.Name, got/1e9, m.PublishedTotal/1e9)
		}
	}
}

func lookup(t testing.TB, name string) Model {
	t.Helper()
	m, err := LookupModel(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestKVCachePerToken(t *testing.T) {
	for _, c := range []struct {
		model string
		want  float64 // values
		why   string
	}{
		{"Llama-2-7B", 2 * 32 * 128 * 32, "multi-head: K and V of 32 heads of 128 in 32 layers"},
		{"Llama-3.1-8B", 2 * 8 * 128 * 32, "grouped-query: 8 KV heads"},
		{"Llama-3.1-405B", 2 * 8 * 128 * 126, "126 layers"},
		{"DeepSeek-R1", (512 + 64) * 61, "latent attention: 512 + 64 values per layer"},
		{"GPT-OSS-120B", 2 * 8 * 64 * 18, "half of 36 layers see the whole context"},
		{"Mamba2-2.7B", 0, "no KV cache"},
	} {
		if m := lookup(t, c.model); m.KVValues() != c.want {
			t.Errorf("%s: %v values per token, want %v (%s)", c.model, m.KVValues(), c.want, c.why)
		}
	}
}

func TestLookupModelSuggests(t *testing.T) {
	if _, err := LookupModel("DeepSeek-R2"); err == nil || !strings.Contains(err.Error(), "Did you mean DeepSeek-R1?") {
		t.Errorf("error %v", err)
	}
	if m := lookup(t, "deepseek-ai/DeepSeek-R1"); m.Name != "DeepSeek-R1" {
		t.Errorf("by Hugging Face ID: %s", m.Name)
	}
}

const deepSeekConfig = `{"model_type": "deepseek_v3", "hidden_size": 7168, "num_hidden_layers": 61, "num_attention_heads": 128,
 "num_key_value_heads": 128, "intermediate_size": 18432, "moe_intermediate_size": 2048, "n_routed_experts": 256, "num_experts_per_tok": 8,
 "n_shared_experts": 1, "n_group": 8, "topk_group": 4, "first_k_dense_replace": 3, "q_lora_rank": 1536, "kv_lora_rank": 512, "qk_rope_head_dim": 64, "qk_nope_head_dim": 128,
 "v_head_dim": 128, "vocab_size": 129280, "tie_word_embeddings": false, "torch_dtype": "bfloat16", "max_position_embeddings": 163840,
 "num_nextn_predict_layers": 1, "quantization_config": {"quant_method": "fp8"}}`

const llamaConfig = `{"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
 "intermediate_size": 14336, "vocab_size": 128256, "tie_word_embeddings": false, "torch_dtype": "bfloat16", "max_position_embeddings": 131072}`

const ossConfig = `{"model_type": "gpt_oss", "hidden_size": 2880, "num_hidden_layers": 36, "num_attention_heads": 64, "num_key_value_heads": 8,
 "head_dim": 64, "intermediate_size": 2880, "num_local_experts": 128, "num_experts_per_tok": 4, "vocab_size": 201088, "sliding_window": 128,
 "layer_types": ["sliding_attention", "full_attention"], "max_position_embeddings": 131072, "quantization_config": {"quant_method": "mxfp4"}}`

func TestAConfigFileGivesTheCatalogueShape(t *testing.T) {
	for _, c := range []struct{ name, config string }{
		{"DeepSeek-R1", deepSeekConfig}, {"Llama-3.1-8B", llamaConfig}, {"GPT-OSS-120B", ossConfig},
	} {
		got, err := ParseConfig(c.name, strings.NewReader(c.config))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		want := lookup(t, c.name)
		want.HFID, want.Source, want.Notes, want.PublishedTotal, want.PublishedActive = "", got.Source, "", 0, 0
		if got != want {
			t.Errorf("%s: parsed\n%+v, want\n%+v", c.name, got, want)
		}
	}
}

func TestABadConfigFileIsExplained(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"a missing key", `{"hidden_size": 4096}`, `no "num_hidden_layers"`},
		{"a negative size", `{"num_hidden_layers": -1, "hidden_size": 8, "num_attention_heads": 2, "vocab_size": 10}`, `"num_hidden_layers" is -1`},
		{"not JSON", `layers: 3`, "not a config.json"},
		{"an empty window", `{"num_hidden_layers": 1, "hidden_size": 8, "num_attention_heads": 2, "vocab_size": 10, "intermediate_size": 8, "sliding_window": 0}`, `"sliding_window" is 0, want 1 to`},
		{"a negative chunk", `{"num_hidden_layers": 4, "hidden_size": 8, "num_attention_heads": 2, "vocab_size": 10, "intermediate_size": 8, "attention_chunk_size": -1}`, `"attention_chunk_size" is -1, want 1 to`},
		{"no FFN", `{"num_hidden_layers": 1, "hidden_size": 8, "num_attention_heads": 2, "vocab_size": 10}`, `no "intermediate_size"`},
	} {
		if _, err := ParseConfig("m", strings.NewReader(c.config)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one that says %q", c.name, err, c.want)
		}
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add(deepSeekConfig)
	f.Add(llamaConfig)
	f.Add(ossConfig)
	f.Add(`{"num_hidden_layers": 4, "hidden_size": 8, "num_attention_heads": 2, "vocab_size": 10, "intermediate_size": 8, "attention_chunk_size": 8192, "no_rope_layers": [1, 0]}`)
	f.Fuzz(func(t *testing.T, config string) {
		m, err := ParseConfig("m", strings.NewReader(config))
		if err != nil {
			return
		}
		if p := m.Params().Total(); !(p >= 0) || math.IsInf(p, 0) {
			t.Errorf("%v parameters from %s", p, config)
		}
	})
}
