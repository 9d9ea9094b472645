// Package browser opens reports in a headless Chromium and uses them as people
// do. It needs Node.js, what `make browser` installs, and a Chromium.
package browser

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/jevons-sim/jevons/workloads/presets"
)

// browsers are the names that a Chromium goes by.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}

// find returns a Chromium, or skips the test.
func find(t *testing.T) string {
	t.Helper()
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("skipped: no Chromium is installed")
	return ""
}

// watch opens the directories of the sources, so that go test does not answer
// from its cache once one of them has changed: it does not see what the sim
// that is built here, and Node.js, are made of.
func watch(t *testing.T) {
	t.Helper()
	for _, root := range []string{".", "../../cmd", "../../internal", "../../sim", "../../traces", "../../workloads"} {
		err := filepath.WalkDir(root, func(_ string, d fs.DirEntry, err error) error {
			if err == nil && d.Name() == "node_modules" {
				return filepath.SkipDir
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// tools returns what the tests need: Node.js, a Chromium and sim, or skips.
func tools(t *testing.T) (node, chromium, sim string) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("skipped: Node.js is not installed")
	}
	for _, module := range []string{"playwright-core", "axe-core"} {
		if _, err := os.Stat(filepath.Join("node_modules", module)); err != nil {
			t.Skip("skipped: " + module + " is not installed here; run make browser")
		}
	}
	chromium = find(t)
	watch(t)
	sim = filepath.Join(t.TempDir(), "sim")
	if out, err := exec.Command("go", "build", "-o", sim, "../../cmd/sim").CombinedOutput(); err != nil {
		t.Fatalf("building sim: %v\n%s", err, out)
	}
	return node, chromium, sim
}

func TestReportsOfSeveralRunsInABrowser(t *testing.T) {
	node, chromium, sim := tools(t)
	dir := t.TempDir()
	var pages []string
	for _, c := range []struct {
		page string
		args []string
	}{
		{"grid/report.html", []string{"sweep", "bench-short", "--set", "requests=500", "--vary", "replicas=1,2,4", "--vary", "rate=5,20,80", "--replications", "2", "--out", "grid"}},
		{"names/report.html", []string{"sweep", "bench-short", "--set", "requests=500", "--vary", "router=random,round-robin", "--out", "names"}},
		{"sobol/report.html", []string{"sweep", "bench-short", "--set", "requests=300", "--sample", "sobol:8", "--vary", "rate=10.0:100.0:log", "--vary", "replicas=2:8", "--out", "sobol"}},
		{"compare.html", []string{"compare", "bench-short", "bench-short", "--set", "requests=500", "--set-b", "replicas=4", "--replications", "3", "--report", "compare.html"}},
		{"plan.html", []string{"plan", "bench-short", "--set", "requests=500", "--slo", "ttft_p99<100ms", "--over", "replicas=1:8", "--replications", "2", "--report", "plan.html"}},
	} {
		cmd := exec.Command(sim, c.args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("sim %v: %v\n%s", c.args, err, out)
		}
		pages = append(pages, filepath.Join(dir, c.page))
	}
	out, err := exec.Command(node, append([]string{"page.mjs", chromium}, pages...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// smaller makes the presets finish in seconds; what is not here runs as it is.
var smaller = map[string][]string{
	"bench-short": {"requests=5000"},
	"bench-long":  {"requests=500"},
	"r1-shock":    {"horizon=1d", "rate=0.5", "demand.shocks[0].at=12h", "outputs.windows=[{name: before, to: 12h}, {name: after, from: 12h}]"},
	"replay":      {"traces=nowhere", "horizon=6h"},

	"llama3-405b-54-days":    {"horizon=6d"},
	"deepseek-v3-training":   {"horizon=3d"},
	"r1-zero":                {"horizon=12h"},
	"grpo-32b-sync-vs-async": {"horizon=4h"},
	"three-laws":             {"rate=0.05", "nodes=16"},
	"jevons":                 {"rate=0.2"},
	"investors":              {"rate=0.2"},
	"capex":                  {"rate=0.02"},
	"no-gpu":                 {"rate=0.2"},
	"post-transformer":       {"rate=0.1"},
	"measured-elasticities":  {"rate=0.2"},
}

// long are presets that take longer than a test may.
var long = []string{"sovereign-18k", "deepseek-day"}

func TestReportsInABrowser(t *testing.T) {
	node, chromium, sim := tools(t)
	dir := t.TempDir()
	look := func(name string, args ...string) {
		t.Run(name, func(t *testing.T) {
			results := filepath.Join(dir, name)
			if out, err := exec.Command(sim, append(args, "--out", results)...).CombinedOutput(); err != nil {
				t.Fatalf("sim %v: %v\n%s", args, err, out)
			}
			out, err := exec.Command(node, "check.mjs", chromium, results).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Logf("%s", out)
		})
	}
	for _, p := range presets.List() {
		if slices.Contains(long, p.Name) && os.Getenv("JEVONS_LONG") == "" {
			continue
		}
		args := []string{"run", p.Name}
		for _, set := range smaller[p.Name] {
			args = append(args, "--set", set)
		}
		look(p.Name, args...)
	}
	look("replications", "run", "bench-short", "--set", "requests=500", "--replications", "3")
}
