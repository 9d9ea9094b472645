// Package duckdb checks results directories with an independent reader: DuckDB
// under Node.js, which `make duckdb` installs.
package duckdb

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestDuckDBReadsWhatTheSummarySays(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("skipped: Node.js is not installed")
	}
	if _, err := os.Stat("node_modules/@duckdb/node-api"); err != nil {
		t.Skip("skipped: DuckDB is not installed here; run make duckdb")
	}
	dir := t.TempDir()
	sim := filepath.Join(dir, "sim")
	if out, err := exec.Command("go", "build", "-o", sim, "../../cmd/sim").CombinedOutput(); err != nil {
		t.Fatalf("building sim: %v\n%s", err, out)
	}
	for _, c := range []struct {
		name string
		args []string
	}{
		{"one deployment", []string{"run", "bench-short", "--set", "requests=20000"}},
		{"all workloads, with windows", []string{"run", "r1-shock", "--set", "horizon=1d", "--set", "rate=0.5", "--set", "demand.shocks[0].at=12h",
			"--set", "outputs.windows=[{name: before, to: 12h}, {name: after, from: 12h}]"}},
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
