package scenario

import "testing"

func TestLookupFindsWhatSetReplaces(t *testing.T) {
	const text = `
parameters: {n: 4}
fleet:
  pools: [{name: main, node: 8xH100, nodes: "${n * 2}"}]
deployments:
  - {name: llama-3.1, model: Llama-3.1-8B, replicas: 3}
`
	for path, want := range map[string]string{
		"n": "6", "parameters.n": "6", "fleet.pools[0].nodes": "12", "fleet.pools.main.node": "8xH100", "deployments.llama-3.1.replicas": "5",
	} {
		got, ok, err := Lookup("s.yaml", []byte(text), []Override{{Path: "n", Value: "6"}, {Path: "deployments.llama-3.1.replicas", Value: "5"}}, path)
		if err != nil || !ok || got != want {
			t.Errorf("%s: %q, %v, %v; want %q", path, got, ok, err, want)
		}
	}
	for _, path := range []string{"", "horizon", "fleet", "fleet.pools[1].nodes", "fleet.pools.other.nodes", "n.m"} {
		if got, ok, err := Lookup("s.yaml", []byte(text), nil, path); ok || err != nil {
			t.Errorf("%q: %q, %v; nothing single is written there", path, got, err)
		}
	}
}
