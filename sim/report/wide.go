package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/jevons-sim/jevons/sim/result"
)

// RunRow is one run among several: a point of a sweep, a replication.
type RunRow struct {
	Point       int // from 1
	Replication int // from 1
	Seed        uint64
	RunID       string
	Parameters  []string // what the point changes, as written
	Figures     []result.Figure
}

// Figure returns a figure of the run, false if it has none.
func (r *RunRow) Figure(path string) (float64, bool) {
	for i := range r.Figures {
		if r.Figures[i].Path == path {
			return r.Figures[i].Value, true
		}
	}
	return 0, false
}

// The columns before parameters and figures.
var runColumns = []string{"point", "replication", "seed", "run_id"}

// about describes the columns of a file of runs.
func (t *runTable) about() []result.Column {
	columns := []result.Column{
		{Name: "point", Meaning: "number of the parameters' values, from 1"},
		{Name: "replication", Meaning: "from 1"},
		{Name: "seed", Meaning: "of every random stream"},
		{Name: "run_id", Meaning: "of the run"},
	}
	for _, p := range t.parameters {
		columns = append(columns, result.Column{Name: p, Meaning: "a parameter, as a number where all are numbers"})
	}
	for _, f := range t.figures {
		columns = append(columns, result.Column{Name: f, Unit: UnitOf(f), Meaning: "a figure of summary.json, null where a run has none"})
	}
	return columns
}

// UnitOf returns the unit of a figure, which its path says.
func UnitOf(path string) string {
	for _, part := range strings.Split(path, ".") {
		switch {
		case part == "gpu_s" || part == "by_class" || strings.HasSuffix(part, "_gpu_s"):
			return "GPU·s"
		case strings.HasSuffix(part, "_s") && !strings.HasSuffix(part, "per_s"):
			return "s"
		case strings.HasSuffix(part, "_kwh"):
			return "kWh"
		case strings.HasSuffix(part, "_usd") || strings.HasPrefix(part, "usd_"):
			return "US$"
		}
	}
	return ""
}

// WriteRuns writes runs as a Parquet file with a column for each parameter and
// each figure. Equal rows give equal bytes.
func WriteRuns(w io.Writer, meta Meta, parameters []string, rows []RunRow) error {
	t := newRunTable(parameters, rows)
	out := parquet.NewGenericWriter[any](w, t.schema(),
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}),
		parquet.MaxRowsPerRowGroup(rowGroupRows),
		meta.options(t.about()),
		parquet.KeyValueMetadata("jevons.parameters", strings.Join(parameters, "\n")))
	for i := range rows {
		if _, err := out.WriteRows([]parquet.Row{t.row(&rows[i])}); err != nil {
			return fmt.Errorf("writing runs: %w", err)
		}
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("writing runs: %w", err)
	}
	return nil
}

// WriteRunsFile writes runs to a file that is complete or absent, and removes
// what writers of that file that were killed have left.
func WriteRunsFile(path string, meta Meta, parameters []string, rows []RunRow) (err error) {
	temp := "." + filepath.Base(path) + ".tmp-"
	f, err := os.CreateTemp(filepath.Dir(path), temp)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("writing %s: %w", path, err)
		}
	}()
	if err := WriteRuns(f, meta, parameters, rows); err != nil {
		return err
	}
	for _, step := range []func() error{func() error { return f.Chmod(0o644) }, f.Sync, f.Close, func() error { return os.Rename(f.Name(), path) }} {
		if err := step(); err != nil {
			return err
		}
	}
	list, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return err
	}
	for _, e := range list {
		if strings.HasPrefix(e.Name(), temp) {
			os.Remove(filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
	return syncDir(filepath.Dir(path))
}

// runTable is the layout of a file of runs.
type runTable struct {
	parameters []string
	numeric    []bool // by parameter
	figures    []string
	column     map[string]int // of a figure
}

func newRunTable(parameters []string, rows []RunRow) *runTable {
	t := &runTable{parameters: parameters, numeric: make([]bool, len(parameters)), column: map[string]int{}}
	for i := range parameters {
		t.numeric[i] = !slices.ContainsFunc(rows, func(r RunRow) bool {
			_, err := strconv.ParseFloat(r.Parameters[i], 64)
			return err != nil
		})
	}
	for _, r := range rows {
		for _, f := range r.Figures {
			t.column[f.Path] = 0
		}
	}
	t.figures = slices.Sorted(maps.Keys(t.column))
	for i, path := range t.figures {
		t.column[path] = len(runColumns) + len(parameters) + i
	}
	return t
}

// orderedGroup is a group whose columns keep their order.
type orderedGroup struct {
	parquet.Group
	names []string
}

// Fields implements parquet.Node.
func (g orderedGroup) Fields() []parquet.Field {
	return slices.SortedFunc(slices.Values(g.Group.Fields()), func(a, b parquet.Field) int {
		return cmp.Compare(slices.Index(g.names, a.Name()), slices.Index(g.names, b.Name()))
	})
}

func (t *runTable) schema() *parquet.Schema {
	g := parquet.Group{
		"point": parquet.Int(32), "replication": parquet.Int(32), "seed": parquet.Uint(64), "run_id": parquet.String(),
	}
	for i, name := range t.parameters {
		if t.numeric[i] {
			g[name] = parquet.Leaf(parquet.DoubleType)
		} else {
			g[name] = parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
		}
	}
	for _, path := range t.figures {
		g[path] = parquet.Optional(parquet.Leaf(parquet.DoubleType))
	}
	return parquet.NewSchema("runs", orderedGroup{g, slices.Concat(runColumns, t.parameters, t.figures)})
}

func (t *runTable) row(r *RunRow) parquet.Row {
	row := parquet.Row{
		parquet.Int32Value(int32(r.Point)), parquet.Int32Value(int32(r.Replication)),
		parquet.Int64Value(int64(r.Seed)), parquet.ByteArrayValue([]byte(r.RunID)),
	}
	for i, text := range r.Parameters {
		if x, err := strconv.ParseFloat(text, 64); err == nil && t.numeric[i] {
			row = append(row, parquet.DoubleValue(x))
		} else {
			row = append(row, parquet.ByteArrayValue([]byte(text)))
		}
	}
	for i := range row {
		row[i] = row[i].Level(0, 0, i)
	}
	row = slices.Grow(row, len(t.figures))
	for i := range t.figures {
		row = append(row, parquet.NullValue().Level(0, 0, len(runColumns)+len(t.parameters)+i))
	}
	for _, f := range r.Figures {
		c := t.column[f.Path]
		row[c] = parquet.DoubleValue(f.Value).Level(0, 1, c)
	}
	return row
}
