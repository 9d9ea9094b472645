package scenario

import (
	"strings"
	"testing"
)

const parameterised = "parameters: {scale: 2}\n" + base

func override(t *testing.T, text string) Override {
	t.Helper()
	o, err := ParseOverride(text)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestOverridesReachValues(t *testing.T) {
	text := strings.Replace(parameterised, "nodes: 4", "nodes: ${scale * 4}", 1)
	text = strings.Replace(text, "- name: chat\n    model", "- name: chat-1.5\n    model", 1)
	for _, c := range []struct {
		set  string
		got  func(*Document) any
		want any
	}{
		{"scale=3", func(d *Document) any { return d.Fleet.Pools[0].Nodes }, 12},
		{"parameters.scale=3", func(d *Document) any { return d.Fleet.Pools[0].Nodes }, 12},
		{"fleet.pools[0].nodes=7", func(d *Document) any { return d.Fleet.Pools[0].Nodes }, 7},
		{"fleet.pools.main.nodes=${scale * 5}", func(d *Document) any { return d.Fleet.Pools[0].Nodes }, 10},
		{"deployments.chat-1.5.replicas=9", func(d *Document) any { return d.Deployments[0].Replicas }, 9},
		{"deployments.chat-1.5.engine.max_num_seqs=32", func(d *Document) any { return d.Deployments[0].Engine.MaxNumSeqs }, 32},
		{"deployments[0].parallelism={tp: 2, dp: 2}", func(d *Document) any { return d.Deployments[0].Parallelism.GPUs() }, 4},
		{"workloads.requests.chat.prompt={mean: 100, cv: 1}", func(d *Document) any { return d.Workloads.Requests[0].Prompt.Mean.String() }, "100"},
		{"workloads.requests.chat.prompt.value=64", func(d *Document) any { return d.Workloads.Requests[0].Prompt.Value.String() }, "64"},
		{"description=one: two", nil, nil},
		{`description="one: two"`, func(d *Document) any { return d.Description }, "one: two"},
		{"seed=18446744073709551615", func(d *Document) any { return d.Seed }, uint64(18446744073709551615)},
	} {
		doc, err := Parse("my.yaml", []byte(text), override(t, c.set))
		switch {
		case c.got == nil:
			if err == nil {
				t.Errorf("--set %s: no error", c.set)
			}
		case err != nil:
			t.Errorf("--set %s: %v", c.set, err)
		case c.got(doc) != c.want:
			t.Errorf("--set %s: got %v, want %v", c.set, c.got(doc), c.want)
		}
	}
}

func TestOverridesLaterOnesWin(t *testing.T) {
	doc := mustParse(t, "my.yaml", []byte(base), override(t, "fleet.pools.main.nodes=5"), override(t, "fleet.pools[0].nodes=6"))
	if got := doc.Fleet.Pools[0].Nodes; got != 6 {
		t.Errorf("nodes = %d, want 6", got)
	}
}

func TestOverrideErrors(t *testing.T) {
	for _, c := range []struct{ set, want string }{
		{"skale=1", `--set skale=1: unknown path or parameter "skale". Did you mean scale?`},
		{"horizn=1d", `--set horizn=1d: unknown path or parameter "horizn". Did you mean horizon?`},
		{"parameters.skale=1", `unknown parameter "skale". Did you mean scale?`},
		{"fleet.pools[3].nodes=1", `--set fleet.pools[3].nodes=1: fleet.pools has 1 elements, there is no [3]`},
		{"fleet.pools[x].nodes=1", `an index is written as [0]`},
		{"fleet.pools.mian.nodes=1", `fleet.pools has no element named "mian". Did you mean main?`},
		{"fleet.pools.main.nodess=1", `unknown key "nodess" in fleet.pools[0]. Did you mean nodes?`},
		{"fleet.pools.main.nodes.x=1", `fleet.pools[0].nodes is a single value; it has no "x"`},
		{"fleet.pools.main.gpu=H10O", `--set fleet.pools.main.gpu=H10O: fleet.pools[0].gpu: unknown GPU "H10O". Did you mean H100?`},
		{"fleet.pools.main.nodes=-1", `--set fleet.pools.main.nodes=-1: fleet.pools[0].nodes: -1 is less than 1`},
		{"horizon=5", `--set horizon=5: horizon: "5" has no unit`},
		{"horizon=", `--set horizon=: the value is empty`},
		{"horizon=[1", `the value is not valid YAML`},
	} {
		_, err := Parse("my.yaml", []byte(parameterised), override(t, c.set))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("--set %s:\n got %v\nwant %s", c.set, err, c.want)
		}
	}
	if _, err := ParseOverride("scale"); err == nil || !strings.Contains(err.Error(), "want path=value") {
		t.Errorf("no equals sign: %v", err)
	}
}
