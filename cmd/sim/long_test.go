package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/zap"

	"github.com/jevons-sim/jevons/internal/shared"
)

// long skips a test that takes minutes, unless it is asked for.
func long(t *testing.T) {
	t.Helper()
	if os.Getenv("JEVONS_LONG") == "" {
		t.Skip("skipped: takes minutes; make test-long runs it")
	}
}

// runLine runs a command line in this process, from the top of the checkout.
func runLine(t *testing.T, args ...string) {
	t.Helper()
	var stderr bytes.Buffer
	a := &app{stdin: bytes.NewReader(nil), stdout: io.Discard, stderr: &stderr, log: zap.NewNop()}
	if code := a.execute(context.Background(), args); code != exitDone {
		t.Fatalf("sim %v: exit code %d\n%s", args, code, stderr.String())
	}
}

func TestLongReplayGivesTheSameBytesInStepMode(t *testing.T) {
	long(t)
	t.Chdir("../..")
	dir := t.TempDir()
	modes := map[string][]string{"macro": nil, "again": {"-j", "2"}, "step": {"--step-mode"}}
	for _, name := range []string{"macro", "again", "step"} {
		runLine(t, append([]string{"run", "replay", "--check", "--out", filepath.Join(dir, name)}, modes[name]...)...)
	}
	for _, name := range []string{"again", "step"} {
		for _, file := range []string{"summary.json", "requests.parquet", "jobs.parquet", "ledger.parquet", "timeseries.parquet", "scenario.yaml"} {
			want, err := os.ReadFile(filepath.Join(dir, "macro", file))
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(filepath.Join(dir, name, file))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(want, got) {
				t.Errorf("%s of the run %q differs from the first", file, name)
			}
		}
	}
}

func TestLongDefaultPresetRuns(t *testing.T) {
	long(t)
	runLine(t, "run", "--check", "--out", "-")
}

func TestLongQueueingMeetsItsClosedForms(t *testing.T) {
	long(t)
	runLine(t, "validate", "queueing")
}

func TestLongRLJobsAreAsPublished(t *testing.T) {
	long(t)
	runLine(t, "validate", "rl")
}

func TestLongSchedulingMeetsThePublishedExperiment(t *testing.T) {
	long(t)
	data, nodes := shared.Path(t, "facts/fgd/expected.csv"), shared.Path(t, "traces/openb_node_list_gpu_node.csv.gz")
	runLine(t, "validate", "scheduling", "--data", data, "--traces", filepath.Dir(nodes))
}

// TestLongPoliciesHoldWhatTheyPromiseOnLogs runs the first jobs of the NASA log
// under every combination of policies, and all pods of openb, of which fewer
// would not queue, under those that are quick.
func TestLongPoliciesHoldWhatTheyPromiseOnLogs(t *testing.T) {
	long(t)
	combinations(t, "--workloads", "nasa-ipsc-1993-3.1-cln", "--limit", "3000")
	combinations(t, "--workloads", "openb_pod_list_default", "--backfills", "none,easy")
}

func TestPoliciesHoldWhatTheyPromiseOnALog(t *testing.T) {
	combinations(t, "--workloads", "nasa-ipsc-1993-3.1-cln", "--limit", "300")
}

func combinations(t *testing.T, args ...string) {
	t.Helper()
	nodes := shared.Path(t, "traces/openb_node_list_gpu_node.csv.gz")
	runLine(t, append([]string{"validate", "scheduling", "--combinations", "--traces", filepath.Dir(nodes), "--placements", "best-fit"}, args...)...)
}
