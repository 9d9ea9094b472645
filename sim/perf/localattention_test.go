package perf

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestASpanBoundsWhatAQueryAttendsTo(t *testing.T) {
	window, chunks := Span{Tokens: 4}, Span{Tokens: 4, Chunked: true}
	for i, want := range []struct{ window, chunks int64 }{{1, 1}, {2, 2}, {3, 3}, {4, 4}, {4, 1}, {4, 2}, {4, 3}, {4, 4}, {4, 1}} {
		context := int64(i + 1)
		if a, b := window.Attended(context), chunks.Attended(context); a != want.window || b != want.chunks {
			t.Errorf("query %d attends to %d tokens in a window, %d in chunks, want %+v", context, a, b, want)
		}
	}
}

// Pairs and reads of a chunk in closed form are what its queries attend to one by
// one.
func TestPairsAndReadsOfAChunkAreThoseOfItsQueries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Span{rapid.Int64Range(1, 50).Draw(t, "span"), rapid.Bool().Draw(t, "chunked")}
		done, n := rapid.Int64Range(0, 200).Draw(t, "done"), rapid.Int64Range(1, 200).Draw(t, "n")
		pairs, first := int64(0), done+n
		for q := done + 1; q <= done+n; q++ {
			pairs += s.Attended(q)
			first = min(first, q-s.Attended(q))
		}
		if got := s.Pairs(done, n); got != pairs {
			t.Fatalf("%d pairs, want %d", got, pairs)
		}
		if got := s.Reads(done, n); got != done+n-first {
			t.Fatalf("%d reads, want %d", got, done+n-first)
		}
	})
}

func TestConfigsSayWhichLayersAreLocal(t *testing.T) {
	const shape = `"num_hidden_layers": 26, "hidden_size": 8, "num_attention_heads": 2, "vocab_size": 10, "intermediate_size": 8`
	for _, c := range []struct {
		name, keys    string
		layers, span  int
		chunked       bool
		values        float64 // of KV memory per token, in layers
		attentionKind AttentionKind
	}{
		{"no window", `"sliding_window": null`, 0, 0, false, 26, MHA},
		{"Mistral 7B v0.1: all layers, which keep everything", `"sliding_window": 4096`, 26, 4096, false, 26, SlidingMix},
		{"Gemma 2", `"model_type": "gemma2", "sliding_window": 4096`, 13, 4096, false, 13, SlidingMix},
		{"Gemma 3", `"model_type": "gemma3_text", "sliding_window": 512`, 22, 512, false, 4, SlidingMix},
		{"Gemma 3 with a pattern", `"model_type": "gemma3_text", "sliding_window": 512, "sliding_window_pattern": 2`, 13, 512, false, 13, SlidingMix},
		{"Cohere 2", `"model_type": "cohere2", "sliding_window": 4096`, 20, 4096, false, 6, SlidingMix},
		{"types", `"sliding_window": 128, "layer_types": ["full_attention", "sliding_attention", "sliding_attention"]`, 17, 128, false, 9, SlidingMix},
		{"types without a window", `"layer_types": ["full_attention", "sliding_attention"]`, 0, 0, false, 26, MHA},
		{"Qwen switches it off", `"sliding_window": 128, "use_sliding_window": false, "max_window_layers": 3`, 0, 0, false, 26, MHA},
		{"Qwen by default", `"sliding_window": 128, "max_window_layers": 3`, 0, 0, false, 26, MHA},
		{"Qwen switches it on", `"sliding_window": 128, "use_sliding_window": true, "max_window_layers": 20`, 6, 128, false, 20, SlidingMix},
		{"interleaved", `"interleaved_sliding_window": 64, "layer_types": ["full_attention", "sliding_attention"]`, 13, 64, false, 13, SlidingMix},
		{"Llama 4 by default", `"attention_chunk_size": 8192`, 20, 8192, true, 26, MHA},
		{"Llama 4 with an empty list", `"attention_chunk_size": 8192, "no_rope_layers": [], "no_rope_layer_interval": 2`, 13, 8192, true, 26, MHA},
		{"Llama 4 by its list", `"attention_chunk_size": 8192, "no_rope_layers": [1, 1, 1, 0]`, 20, 8192, true, 26, MHA},
		{"Llama 4 by types", `"attention_chunk_size": 8192, "layer_types": ["chunked_attention", "full_attention"]`, 13, 8192, true, 26, MHA},
	} {
		m, err := ParseConfig(c.name, strings.NewReader("{"+shape+", "+c.keys+"}"))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if m.LocalLayers != c.layers || m.Window != c.span || m.ChunkedLocal != c.chunked || m.Attention != c.attentionKind {
			t.Errorf("%s: %d layers of span %d, chunked %v, %s; want %d of %d, %v, %s", c.name, m.LocalLayers, m.Window, m.ChunkedLocal, m.Attention, c.layers, c.span, c.chunked, c.attentionKind)
		}
		if got := m.KVValues() / float64(2*m.KVHeads*m.HeadDim); got != c.values {
			t.Errorf("%s: KV memory of %v layers per token, want %v", c.name, got, c.values)
		}
	}
}

func TestLlama4IsLocalInThreeLayersOfFour(t *testing.T) {
	m := lookup(t, "Llama-4-Maverick")
	if m.LocalLayers != 36 || m.Span() != (Span{8192, true}) {
		t.Errorf("%d local layers of %+v", m.LocalLayers, m.Span())
	}
	if all := m.PairFLOPs(false) + m.LocalPairFLOPs(false); m.LocalPairFLOPs(false) != 0.75*all {
		t.Errorf("%v of %v FLOPs a pair are in local layers", m.LocalPairFLOPs(false), all)
	}
	if m.KVValues() != 48*2*8*128 {
		t.Errorf("KV memory of %v values per token: engines keep the KV of chunked layers", m.KVValues())
	}
	// Within one chunk attention is that of a model without chunks.
	full := m
	full.LocalLayers = 0
	inside, beyond := newTrainShape(&m), newTrainShape(&full)
	if a, b := inside.coreFLOPs(8192), beyond.coreFLOPs(8192); a != b {
		t.Errorf("attention over a sequence of one chunk takes %v FLOPs, want %v", a, b)
	}
	// Over four chunks the local layers do a quarter of the pairs: 1/4 + 3/4·1/4.
	if ratio := inside.coreFLOPs(32768) / beyond.coreFLOPs(32768); ratio < 0.4374 || ratio > 0.4376 {
		t.Errorf("attention over four chunks takes %v of full attention, want 7/16", ratio)
	}
}
