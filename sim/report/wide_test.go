package report

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/jevons-sim/jevons/sim/result"
)

func TestRunsComeBackAsTheyWereWritten(t *testing.T) {
	rows := []RunRow{
		{1, 1, 7, "id-1", nil, []result.Figure{{Path: "cost_usd", Value: 1.5}, {Path: "requests.ttft_s.p99", Value: 0.25}}},
		{1, 2, 1 << 63, "id-2", nil, []result.Figure{{Path: "cost_usd", Value: -2}}},
	}
	path := filepath.Join(t.TempDir(), "replications.parquet")
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), ".replications.parquet.tmp-1"), nil, 0o666); err != nil {
		t.Fatal(err) // of a writer that was killed
	}
	for range 2 { // the second replaces the first
		if err := WriteRunsFile(path, meta, nil, rows); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ReadReplications(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(rows, got); d != "" {
		t.Error(d)
	}
	if list, _ := os.ReadDir(filepath.Dir(path)); len(list) != 1 {
		t.Errorf("temporary files stay behind: %v", list)
	}
}

func TestParametersAreNumbersWhereAllAre(t *testing.T) {
	rows := []RunRow{{Point: 1, Parameters: []string{"1", "20/s"}}, {Point: 2, Parameters: []string{"2.5", "3"}}}
	var b bytes.Buffer
	if err := WriteRuns(&b, meta, []string{"nodes", "rate"}, rows); err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range f.Schema().Columns() {
		names = append(names, c[0])
	}
	if d := cmp.Diff([]string{"point", "replication", "seed", "run_id", "nodes", "rate"}, names); d != "" {
		t.Error(d)
	}
	for name, want := range map[string]parquet.Kind{"nodes": parquet.Double, "rate": parquet.ByteArray} {
		leaf, _ := f.Schema().Lookup(name)
		if got := leaf.Node.Type().Kind(); got != want {
			t.Errorf("%s is stored as %v, want %v", name, got, want)
		}
	}
}
