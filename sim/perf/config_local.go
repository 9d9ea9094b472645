package perf

// localConfig is what a config.json says of layers whose attention is bounded.
type localConfig struct {
	Window            *int     `json:"sliding_window"`
	InterleavedWindow *int     `json:"interleaved_sliding_window"`
	UseWindow         *bool    `json:"use_sliding_window"`     // Qwen: false switches the window off
	FirstWindow       *int     `json:"max_window_layers"`      // Qwen: layers from here on have it
	WindowPattern     *int     `json:"sliding_window_pattern"` // Gemma 3, Cohere 2: the last layer of so many sees all
	AttentionChunk    *int     `json:"attention_chunk_size"`
	RoPELayers        []int    `json:"no_rope_layers"`         // Llama 4: 1 = with RoPE, which are the chunked layers
	NoRoPEInterval    *int     `json:"no_rope_layer_interval"` // in place of an empty list
	LayerTypes        []string `json:"layer_types"`            // repeated where shorter than the model
}

// key returns the key that gave the span of local layers.
func (c *localConfig) key() string {
	switch {
	case c.AttentionChunk != nil:
		return "attention_chunk_size"
	case c.Window == nil && c.InterleavedWindow != nil:
		return "interleaved_sliding_window"
	}
	return "sliding_window"
}

// localLayers sets which layers attend to a span only. The rules where layer_types
// is missing are those of the transformers library for the families named.
func (c *hfConfig) localLayers(m *Model) {
	if c.AttentionChunk != nil {
		m.Window, m.ChunkedLocal = *c.AttentionChunk, true
		m.LocalLayers = c.chunkedLayers(m.Layers)
	} else if window := c.window(); window != nil {
		m.Window = *window
		m.LocalLayers = c.slidingLayers(m.Layers)
	}
	switch {
	case m.LocalLayers == 0:
		m.Window, m.ChunkedLocal = 0, false
	case !m.ChunkedLocal && m.Attention != MLA:
		m.Attention = SlidingMix
	}
}

func (c *hfConfig) window() *int {
	if c.UseWindow != nil && !*c.UseWindow || c.UseWindow == nil && c.FirstWindow != nil {
		return nil // Qwen's default is false
	}
	if c.Window != nil {
		return c.Window
	}
	return c.InterleavedWindow
}

func (c *hfConfig) chunkedLayers(layers int) int {
	switch {
	case len(c.LayerTypes) > 0:
		return c.layersOf(layers, "chunked_attention")
	case len(c.RoPELayers) > 0:
		n := 0
		for i := range layers {
			if c.RoPELayers[i%len(c.RoPELayers)] != 0 {
				n++
			}
		}
		return n
	}
	return allButEvery(layers, c.NoRoPEInterval, 4)
}

func (c *hfConfig) slidingLayers(layers int) int {
	switch {
	case len(c.LayerTypes) > 0:
		return c.layersOf(layers, "sliding_attention")
	case c.FirstWindow != nil:
		return layers - min(max(*c.FirstWindow, 0), layers)
	case c.ModelType == "gemma2":
		return (layers + 1) / 2 // those of even index
	case c.ModelType == "gemma3" || c.ModelType == "gemma3_text":
		return allButEvery(layers, c.WindowPattern, 6)
	case c.ModelType == "cohere2":
		return allButEvery(layers, c.WindowPattern, 4)
	case c.WindowPattern != nil:
		return allButEvery(layers, c.WindowPattern, 1)
	}
	return layers // Mistral 7B v0.1
}

// layersOf returns how many layers are of a type.
func (c *localConfig) layersOf(layers int, name string) int {
	n := 0
	for i := range layers {
		if c.LayerTypes[i%len(c.LayerTypes)] == name {
			n++
		}
	}
	return n
}

// allButEvery returns the layers that are left when one of every so many is taken.
func allButEvery(layers int, every *int, otherwise int) int {
	if every != nil && *every > 0 {
		otherwise = *every
	}
	return layers - layers/otherwise
}
