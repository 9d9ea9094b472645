package kueue

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jevons-sim/jevons/imports"
	"github.com/jevons-sim/jevons/sim/scenario"
)

var update = flag.Bool("update", false, "re-make golden files")

func read(t testing.TB, name string, change ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(strings.NewReplacer(change...).Replace(string(text)))
}

func TestManifestsBecomeAScenario(t *testing.T) {
	d, err := Read([]File{{"cluster.yaml", read(t, "testdata/cluster.yaml")}}, Options{Name: "cluster"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("testdata/cluster.scenario.yaml", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(read(t, "testdata/cluster.scenario.yaml")), string(got)); diff != "" {
		t.Errorf("scenario (-update re-makes it):\n%s", diff)
	}
	if _, err := scenario.Parse("cluster.yaml", got); err != nil {
		t.Error(err)
	}
}

func TestNodesAreCountedWhereTheManifestsHaveThem(t *testing.T) {
	const nodes = `
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Node, metadata: {name: a, labels: {nvidia.com/gpu.product: NVIDIA-A100-SXM4-80GB, rack: r1}}, status: {allocatable: {nvidia.com/gpu: "4", cpu: "64", memory: 512Gi}}}
  - {apiVersion: v1, kind: Node, metadata: {name: b, labels: {nvidia.com/gpu.product: NVIDIA-A100-SXM4-80GB, rack: r1}}, status: {allocatable: {nvidia.com/gpu: "4", cpu: "64", memory: 512Gi}}}
  - {apiVersion: v1, kind: Node, metadata: {name: c, labels: {rack: r1}}, status: {allocatable: {cpu: "64", memory: 512Gi}}}
`
	d, err := Read([]File{{"cluster.yaml", read(t, "testdata/cluster.yaml")}, {"nodes.yaml", []byte(nodes)}}, Options{Name: "cluster"})
	if err != nil {
		t.Fatal(err)
	}
	p := d.Scenario.Fleet.Pools[0]
	if p.Nodes != 2 || p.GPUsPerNode != 4 || p.CPUsPerNode != 64 || p.MemoryPerNode != 512<<30 || p.NodesPerRack != 2 || p.GPU != "A100-80G-SXM" {
		t.Errorf("pool %+v", p)
	}
}

// TestLevelsOfATopologyAreRacksAndPods: two blocks, whose racks bear the same
// names, of two racks and of one, with two nodes at most to a rack. A node without
// GPUs is in nobody's way.
func TestLevelsOfATopologyAreRacksAndPods(t *testing.T) {
	text := "apiVersion: v1\nkind: List\nitems:\n"
	for i, at := range [][3]string{{"b1", "r1", "8"}, {"b1", "r1", "8"}, {"b1", "r1", "0"}, {"b1", "r2", "8"}, {"b2", "r1", "8"}} {
		text += fmt.Sprintf("  - {apiVersion: v1, kind: Node, metadata: {name: n%d, labels: {nvidia.com/gpu.product: NVIDIA-A100-SXM4-80GB, block: %s, rack: %s}}, status: {allocatable: {nvidia.com/gpu: %q, cpu: \"64\", memory: 512Gi}}}\n", i, at[0], at[1], at[2])
	}
	for _, c := range []struct {
		levels    string
		rack, pod int
		note      string
	}{
		{"    - nodeLabel: rack\n", 3, 0, ""},
		{"    - nodeLabel: block\n    - nodeLabel: rack\n", 2, 4, ""},
		{"    - nodeLabel: hall\n    - nodeLabel: block\n    - nodeLabel: rack\n", 2, 4, "the level rack makes the racks and block the pods; levels above it are not modelled"},
		{"    - nodeLabel: row\n", 0, 0, "no Node object has the label row: racks are not modelled"},
	} {
		manifests := read(t, "testdata/cluster.yaml", "    - nodeLabel: rack\n", c.levels)
		d, err := Read([]File{{"cluster.yaml", manifests}, {"nodes.yaml", []byte(text)}}, Options{Name: "cluster"})
		if err != nil {
			t.Fatal(err)
		}
		if p := d.Scenario.Fleet.Pools[0]; p.Nodes != 4 || p.NodesPerRack != c.rack || p.NodesPerPod != c.pod {
			t.Errorf("%q: %d nodes, %d to a rack, %d to a pod; want 4, %d, %d", c.levels, p.Nodes, p.NodesPerRack, p.NodesPerPod, c.rack, c.pod)
		}
		var notes []string
		for _, n := range d.Notes {
			if n.Field == "spec.topologyName" {
				notes = append(notes, n.Text)
			}
		}
		if got := strings.Join(notes, "; "); !strings.Contains(got, c.note) || (c.note == "") != (got == "") {
			t.Errorf("%q: notes %q, want %q", c.levels, got, c.note)
		}
		if _, err := d.YAML(); err != nil {
			t.Errorf("%q: %v", c.levels, err)
		}
	}
}

func TestManifestsThatKueueWouldRefuseAreErrors(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"borrowingLimit: 8", "borowingLimit: 8", `m.yaml:37: spec.resourceGroups[0].flavors[0].resources[0].borowingLimit: ClusterQueue kueue.x-k8s.io/v1beta1 has no such field`},
		{"cohortName: all", "cohort: all", "m.yaml:45: spec.cohort: ClusterQueue kueue.x-k8s.io/v1beta2 has no such field"},
		{"nominalQuota: 40", "nominalQuota: many", "m.yaml:21: ClusterQueue vision:"},
		{"nominalQuota: 40", "nominalQuota: -4", "found -4, want at least 0"},
		{"kind: ResourceFlavor", "kind: Flavour", "no ResourceFlavor of GPUs was found"},
		{"metadata:\n  name: a100", "metadata: [", "m.yaml"},
		{"metadata:\n  name: a100", "metadata:\n  name: A 100", "metadata.name: \"A 100\": a lowercase RFC 1123 subdomain must consist of"},
	} {
		_, err := Read([]File{{"m.yaml", read(t, "testdata/cluster.yaml", c.old, c.new)}}, Options{Name: "x"})
		var format *imports.Error
		if !errors.As(err, &format) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.new, err, c.want)
		}
	}
}

// FuzzRead: what is read without an error is a fleet that can be; what is not
// names its place.
func FuzzRead(f *testing.F) {
	f.Add(string(read(f, "testdata/cluster.yaml")))
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Read([]File{{"cluster.yaml", []byte(text)}}, Options{Name: "x"})
		if err != nil {
			var at *imports.Error
			if !errors.As(err, &at) {
				t.Fatalf("%v does not name its place", err)
			}
			return
		}
		for _, p := range d.Scenario.Fleet.Pools {
			if p.Nodes < 1 || p.GPUsPerNode < 0 || p.GPUsPerNode > 64 {
				t.Fatalf("impossible pool %+v", p)
			}
		}
		_, _ = d.YAML() // which checks the scenario, and may refuse it
	})
}
