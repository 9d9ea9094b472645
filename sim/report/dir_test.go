package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
)

var meta = Meta{RunID: "00000000-0000-5000-8000-000000000000", Scenario: "test", Version: "dev"}

// write fills a directory with so many rows of each kind.
func write(t *testing.T, d *Dir, rows int) {
	t.Helper()
	for i := range rows {
		err := errors.Join(
			d.Request(requestRow(i)), d.Job(jobRow(i)),
			d.Series(&result.SeriesRow{Time: int64(i), Metric: "queue", Label: "main", Value: float64(i) / 3}),
			d.Placement(&result.PlacementRow{From: int64(i), To: int64(i + 5), Pool: "main", NodeTo: 3, GPUMilli: 8000, Gang: 1, Name: "job", Class: "batch", End: "finished"}),
			d.Incident(&result.IncidentRow{Time: int64(i), Event: "fails", Component: "gpu", Pool: "main"}),
			d.Ledger(&result.LedgerRow{From: int64(i), To: int64(i + 1), Pool: "main", Class: "rl", Account: "compute.rollout", GPUTime: ledger.Product(int64(i), event.Day)}),
		)
		if err != nil {
			t.Fatal(err)
		}
	}
}

func requestRow(i int) *result.RequestRow {
	return &result.RequestRow{
		ID: int64(i + 1), Class: "chat", Tenant: []string{"", "a"}[i%2], Deployment: "d", Outcome: "completed",
		PromptTokens: int32(i % 4096), OutputTokens: int32(i % 333), Arrive: int64(i) * 1e9, Scheduled: int64(i)*1e9 + 5, FirstToken: int64(i)*1e9 + 50, Finish: int64(i+3) * 1e9,
	}
}

func jobRow(i int) *result.JobRow {
	return &result.JobRow{ID: int64(i), Name: "job", Kind: "batch", State: "completed", GPUMilli: 8000, Nodes: 1, Domains: 1, Submit: int64(i), End: int64(i + 9)}
}

func create(t *testing.T, path string, force bool) *Dir {
	t.Helper()
	d, err := Create(path, meta, force)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

func TestACommittedDirectoryReadsBack(t *testing.T) {
	parent := t.TempDir()
	path := filepath.Join(parent, "out")
	d := create(t, path, false)
	const rows = 3000
	write(t, d, rows)
	if err := d.Commit(map[string]int{"schema": 1}, []byte("name: test\n"), nil, nil); err != nil {
		t.Fatal(err)
	}
	if got := entries(t, parent); !cmp.Equal(got, []string{"out"}) {
		t.Errorf("beside the results lie %v", got)
	}
	want := []string{"incidents.parquet", "jobs.parquet", "ledger.parquet", "placements.parquet", "requests.parquet", "run.log.json", "scenario.yaml", "summary.json", "timeseries.parquet"}
	if d := cmp.Diff(want, entries(t, path)); d != "" {
		t.Errorf("files (-want +got):\n%s", d)
	}
	requests, err := parquet.ReadFile[result.RequestRow](filepath.Join(path, "requests.parquet"))
	if err != nil || len(requests) != rows {
		t.Fatalf("%d requests, %v", len(requests), err)
	}
	for i := range requests {
		if requests[i] != *requestRow(i) {
			t.Fatalf("request %d reads back as %+v, want %+v", i, requests[i], *requestRow(i))
		}
	}
	jobs, err := parquet.ReadFile[result.JobRow](filepath.Join(path, "jobs.parquet"))
	if err != nil || len(jobs) != rows || jobs[7] != *jobRow(7) {
		t.Errorf("%d jobs, %v", len(jobs), err)
	}
	accounts, err := parquet.ReadFile[ledgerFileRow](filepath.Join(path, "ledger.parquet"))
	if err != nil || len(accounts) != rows {
		t.Fatalf("%d ledger rows, %v", len(accounts), err)
	}
	// 2,999 thousandths of GPUs for a day: 2999 × 86.4e12 units of 1e-12 GPU-s.
	if got, want := accounts[2999].GPUTime, toLedgerFile(&result.LedgerRow{GPUTime: ledger.Product(2999, event.Day)}).GPUTime; got != want {
		t.Errorf("GPU time reads back as %x, want %x", got, want)
	}
}

func TestEveryFileDescribesItsColumns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	d := create(t, path, false)
	if err := d.Replications([]RunRow{{Point: 1, Replication: 1, Seed: 1, RunID: "x", Figures: []result.Figure{{Path: "requests.ttft_s.p99", Value: 1}}}}); err != nil {
		t.Fatal(err)
	}
	if err := d.Commit(map[string]int{"schema": 1}, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(path, "*.parquet"))
	if err != nil || len(files) != len(result.Columns)+1 {
		t.Fatalf("files %v, %v: want those described, and the replications", files, err)
	}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		pq, err := parquet.OpenFile(f, info.Size())
		if err != nil {
			t.Fatal(err)
		}
		text, _ := pq.Lookup("jevons.columns")
		var about []result.Column
		if err := json.Unmarshal([]byte(text), &about); err != nil {
			t.Fatalf("%s: %v", filepath.Base(file), err)
		}
		var got []string
		for _, c := range about {
			got = append(got, c.Name)
			if c.Meaning == "" || strings.HasSuffix(c.Name, "_ns") && c.Unit != "ns" || strings.HasSuffix(c.Name, "_s.p99") && c.Unit != "s" {
				t.Errorf("%s: column %+v", filepath.Base(file), c)
			}
		}
		var want []string
		for _, field := range pq.Schema().Fields() {
			want = append(want, field.Name())
		}
		slices.Sort(got)
		slices.Sort(want)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: columns described (-want +got):\n%s", filepath.Base(file), d)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEqualRunsGiveEqualBytes(t *testing.T) {
	parent := t.TempDir()
	for _, name := range []string{"a", "b"} {
		d := create(t, filepath.Join(parent, name), false)
		write(t, d, 2500)
		if err := d.Commit(map[string]int{"schema": 1}, []byte("x"), nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range entries(t, filepath.Join(parent, "a")) {
		a, _ := os.ReadFile(filepath.Join(parent, "a", file))
		b, _ := os.ReadFile(filepath.Join(parent, "b", file))
		if !bytes.Equal(a, b) {
			t.Errorf("%s differs between equal runs", file)
		}
	}
}

func TestAnAbortedDirectoryLeavesNothing(t *testing.T) {
	parent := t.TempDir()
	d := create(t, filepath.Join(parent, "out"), false)
	write(t, d, 2000)
	d.Abort()
	if got := entries(t, parent); len(got) != 0 {
		t.Errorf("left behind: %v", got)
	}
}

func TestAFailedCommitLeavesNothing(t *testing.T) {
	parent := t.TempDir()
	d := create(t, filepath.Join(parent, "out"), false)
	write(t, d, 10)
	if err := d.Commit(func() {}, nil, nil, nil); err == nil { // no JSON for a function
		t.Error("no error")
	}
	if got := entries(t, parent); len(got) != 0 {
		t.Errorf("left behind: %v", got)
	}
}

func TestAFullDiskIsAnError(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("skipped: no /dev/full on this system")
	}
	parent := t.TempDir()
	d := create(t, filepath.Join(parent, "out"), false)
	d.rows.requests.out.Reset(full)
	write(t, d, 10)
	if err := d.Commit(1, nil, nil, nil); err == nil {
		t.Error("no error")
	}
	if got := entries(t, parent); len(got) != 0 {
		t.Errorf("left behind: %v", got)
	}
}

func TestWhatExistsIsNotOverwritten(t *testing.T) {
	parent := t.TempDir()
	results, other := filepath.Join(parent, "results"), filepath.Join(parent, "other")
	d := create(t, results, false)
	if err := d.Commit(1, []byte("first"), nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(other, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path     string
		force    bool
		complete bool
	}{{results, false, true}, {other, false, false}, {other, true, false}} {
		_, err := Create(c.path, meta, c.force)
		var exists *ExistsError
		if !errors.As(err, &exists) || exists.Complete != c.complete {
			t.Errorf("Create(%s, force %v): %v", filepath.Base(c.path), c.force, err)
		}
	}
	d = create(t, results, true)
	if err := d.Commit(1, []byte("second"), nil, nil); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(filepath.Join(results, "scenario.yaml")); string(got) != "second" {
		t.Errorf("forced results hold %q", got)
	}
	if got := entries(t, parent); !cmp.Equal(got, []string{"other", "results"}) {
		t.Errorf("left behind: %v", got)
	}
}

func TestAReadOnlyParentIsAnError(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("skipped: root may write anywhere")
	}
	parent := t.TempDir()
	if err := os.Chmod(parent, 0o555); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(filepath.Join(parent, "out"), meta, false); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("error %v", err)
	}
}

func BenchmarkRequestRow(b *testing.B) {
	d, err := Create(filepath.Join(b.TempDir(), "out"), meta, false)
	if err != nil {
		b.Fatal(err)
	}
	defer d.Abort()
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Request(requestRow(i)); err != nil {
			b.Fatal(err)
		}
		i++
	}
}
