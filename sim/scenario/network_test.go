package scenario

import (
	"strings"
	"testing"
)

// tiered is a scenario with a network of racks and pods.
const tiered = `name: tiered
horizon: 1d
fleet:
  pools:
    - name: main
      node: 8xH100
      nodes: 16
      nodes_per_rack: 2
      nodes_per_pod: 8
      oversubscription: {rack: 1.5, pod: 7}
scheduler: {topology: unconstrained}
workloads:
  training:
    - {name: llm, model: Llama-3.1-8B, steps: 10, gpus: 16, required_topology: rack}
  jobs:
    - {name: mix, submit: 0s, gpus: [{gpus: 32}], duration: 1h, required_topology: pod}
deployments:
  - name: chat
    model: Llama-3.1-8B
    replicas: 1
    required_topology: nvlink-domain
    prefill: {replicas: 1, required_topology: pod}
`

func TestTiersOfTheNetworkAreRead(t *testing.T) {
	s, err := Parse("my.yaml", []byte(tiered))
	if err != nil {
		t.Fatal(err)
	}
	p := s.Fleet.Pools[0]
	if p.NodesPerPod != 8 || *p.Oversubscription != (Oversubscription{Rack: 1.5, Pod: 7}) {
		t.Errorf("pods of %d nodes, oversubscription %+v", p.NodesPerPod, p.Oversubscription)
	}
	if s.Workloads.Training[0].RequiredTopology != "rack" || s.Workloads.Jobs[0].RequiredTopology != "pod" || s.Scheduler.Topology != "unconstrained" {
		t.Errorf("topology %q of training, %q of jobs, %q of the scheduler", s.Workloads.Training[0].RequiredTopology, s.Workloads.Jobs[0].RequiredTopology, s.Scheduler.Topology)
	}
}

func TestErrorsInTheNetworkNameTheValue(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"nodes_per_pod: 8", "nodes_per_pod: 7", "my.yaml:9:22: fleet.pools[0].nodes_per_pod: a pod of 7 nodes is not whole racks of 2"},
		{"      nodes_per_rack: 2\n", "", "oversubscription.rack: the pool has no racks: nodes_per_rack is missing"},
		{"      nodes_per_pod: 8\n", "", "oversubscription.pod: the pool has no pods: nodes_per_pod is missing"},
		{"rack: 1.5", "rack: 0.5", "oversubscription.rack: 0.5 is less than 1, the least allowed"},
		{"pod: 7}", "pods: 7}", `oversubscription.pods: unknown key "pods". Did you mean pod?`},
		{"oversubscription:", "oversubscribtion:", "Did you mean oversubscription?"},
		{"required_topology: rack", "required_topology: rak", `required_topology: unknown value "rak". Did you mean rack?`},
		{"required_topology: nvlink-domain", "required_topology: nvlink-domian", `deployments[0].required_topology: unknown value "nvlink-domian". Did you mean nvlink-domain?`},
		{"prefill: {replicas: 1, required_topology: pod}", "prefill: {replicas: 1, required_topolgy: pod}", `deployments[0].prefill.required_topolgy: unknown key "required_topolgy". Did you mean required_topology?`},
		{"      nodes_per_pod: 8\n      oversubscription: {rack: 1.5, pod: 7}\n", "", "deployments[0].prefill.required_topology: no pool for this work has a tier pod: nodes_per_pod is missing"},
		{"topology: unconstrained", "topology: prefered", `scheduler.topology: unknown value "prefered". Did you mean preferred?`},
		{"      nodes_per_pod: 8\n      oversubscription: {rack: 1.5, pod: 7}\n", "", "workloads.jobs[0].required_topology: no pool for this work has a tier pod: nodes_per_pod is missing"},
	} {
		if !strings.Contains(tiered, c.old) {
			t.Fatalf("%q is not in the scenario", c.old)
		}
		_, err := Parse("my.yaml", []byte(strings.Replace(tiered, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s for %s:\n got %v\nwant %s", c.new, c.old, err, c.want)
		}
	}
}
