package serving

import "testing"

func TestConfigNamesTheFieldOutOfRange(t *testing.T) {
	valid := fields{"seqs": 4, "tokens": 8, "block": 16, "blocks": 10, "host": 1}
	for _, c := range []struct {
		change func(*Config)
		want   string
	}{
		{func(*Config) {}, ""},
		{func(c *Config) { c.Table = nil }, "engine: no step table"},
		{func(c *Config) { c.MaxSeqs = 0 }, "engine: max_num_seqs is 0, must be at least 1"},
		{func(c *Config) { c.MaxTokens = 3 }, "engine: max_num_batched_tokens is 3, must be at least max_num_seqs (4): every running request takes a token a step"},
		{func(c *Config) { c.MaxTokens = 9 }, "engine: max_num_batched_tokens is 9, the step table ends at 8"},
		{func(c *Config) { c.BlockSize = 0 }, "engine: block_size is 0, must be at least 1"},
		{func(c *Config) { c.Blocks = 0 }, "engine: 0 KV blocks, need at least 1"},
		{func(c *Config) { c.MaxWaiting = -1 }, "engine: max_waiting is -1, must not be negative"},
		{func(c *Config) { c.Table.Host = 1 << 15 }, "engine: a step of 1 tokens takes 0.5 ns by the step table, must be at least 1 ns"},
	} {
		cfg := valid.config()
		c.change(&cfg)
		got := ""
		if err := cfg.Validate(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("error %q, want %q", got, c.want)
		}
	}
}

func TestUnknownDisciplineNamesTheNearest(t *testing.T) {
	_, err := ParseDiscipline("prio")
	if want := `unknown queue discipline "prio": want one of fcfs, priority, shortest-predicted, fair. Did you mean priority?`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	for _, d := range []Discipline{FCFS, Priority} {
		if got, err := ParseDiscipline(d.String()); got != d || err != nil {
			t.Errorf("ParseDiscipline(%q) = %v, %v", d, got, err)
		}
	}
}

func TestARequestFitsUpToItsLastTokenButOne(t *testing.T) {
	cfg := fields{"seqs": 1, "tokens": 8, "block": 4, "blocks": 4, "host": 1}.config()
	for _, c := range []struct {
		prompt, output int32
		fits           bool
	}{{16, 1, true}, {17, 1, false}, {10, 7, true}, {10, 8, false}, {1, 16, true}, {2_000_000_000, 2_000_000_000, false}} {
		if got := cfg.Fits(&Request{Prompt: c.prompt, Output: c.output}); got != c.fits {
			t.Errorf("%d prompt and %d output tokens: fits = %v in 16 tokens of KV", c.prompt, c.output, got)
		}
	}
}
