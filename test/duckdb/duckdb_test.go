// Package duckdb checks results directories with an independent reader: DuckDB
// under Node.js, which `make duckdb` installs.
package duckdb

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tools returns Node.js and sim, or skips.
func tools(t *testing.T) (node, sim string) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("skipped: Node.js is not installed")
	}
	if _, err := os.Stat("node_modules/@duckdb/node-api"); err != nil {
		t.Skip("skipped: DuckDB is not installed here; run make duckdb")
	}
	sim = filepath.Join(t.TempDir(), "sim")
	if out, err := exec.Command("go", "build", "-o", sim, "../../cmd/sim").CombinedOutput(); err != nil {
		t.Fatalf("building sim: %v\n%s", err, out)
	}
	return node, sim
}

// broken is a short r1-shock in which nodes fail.
var broken = []string{"run", "r1-shock", "--set", "horizon=1d", "--set", "rate=0.5", "--set", "demand.shocks[0].at=12h",
	"--set", "outputs.windows=[{name: before, to: 12h}, {name: after, from: 12h}]",
	"--set", "fleet.pools[0].failures={node: {mtbf: 10d, detection: 1m, repair: 2h}, software: {mtbf: 5d, detection: 30s}}"}

func TestTheQueriesOfTheNotebookSayWhatTheSummarySays(t *testing.T) {
	node, sim := tools(t)
	dir := t.TempDir()
	results, sweep := filepath.Join(dir, "results"), filepath.Join(dir, "sweep")
	for _, args := range [][]string{
		append(slices.Clone(broken), "--out", results),
		{"sweep", "bench-short", "--set", "requests=500", "--vary", "replicas=2,4", "--vary", "rate=5,20", "--replications", "2", "--out", sweep},
	} {
		if out, err := exec.Command(sim, args...).CombinedOutput(); err != nil {
			t.Fatalf("sim %v: %v\n%s", args, err, out)
		}
	}
	notebooks, err := filepath.Abs("../../docs/notebooks.md")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(node, "notebooks.mjs", notebooks, results, sweep).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

func TestDuckDBReadsWhatTheSummarySays(t *testing.T) {
	node, sim := tools(t)
	dir := t.TempDir()
	for _, c := range []struct {
		name string
		args []string
	}{
		{"one deployment", []string{"run", "bench-short", "--set", "requests=20000"}},
		{"all workloads, with windows", []string{"run", "r1-shock", "--set", "horizon=1d", "--set", "rate=0.5", "--set", "demand.shocks[0].at=12h",
			"--set", "outputs.windows=[{name: before, to: 12h}, {name: after, from: 12h}]"}},
		{"nodes that fail", broken},
		{"recorded work", []string{"run", "replay", "--set", "traces=../../../shared/traces"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			results := filepath.Join(dir, strings.ReplaceAll(c.name, " ", "-"))
			if out, err := exec.Command(sim, append(c.args, "--out", results)...).CombinedOutput(); err != nil {
				t.Fatalf("sim %v: %v\n%s", c.args, err, out)
			}
			out, err := exec.Command(node, "check.mjs", results).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Logf("%s", out)
		})
	}
}
