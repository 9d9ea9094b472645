package report

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/jevons-sim/jevons/sim/result"
)

// Runs is a file of runs.
type Runs struct {
	Meta       Meta
	Parameters []string
	Rows       []RunRow
}

// ReadReplications reads the runs of a results directory's
// replications.parquet.
func ReadReplications(path string) ([]RunRow, error) {
	runs, err := ReadRuns(path)
	if err != nil {
		return nil, err
	}
	return runs.Rows, nil
}

// ReadRuns reads a file that WriteRuns wrote. Parameters that are numbers come
// back as they print shortest.
func ReadRuns(path string) (*Runs, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading runs: %w", err)
	}
	defer f.Close()
	r := parquet.NewGenericReader[any](f)
	defer r.Close()
	about := func(key string) string {
		text, _ := r.File().Lookup(key)
		return text
	}
	out := &Runs{Meta: Meta{RunID: about("jevons.run_id"), Scenario: about("jevons.scenario")}}
	out.Meta.Version = createdBy(r.File().Metadata().CreatedBy)
	if names := about("jevons.parameters"); names != "" {
		out.Parameters = strings.Split(names, "\n")
	}
	columns := r.Schema().Columns()
	for range r.NumRows() {
		rows := make([]parquet.Row, 1)
		if n, err := r.ReadRows(rows); n != 1 {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
		row := RunRow{Parameters: make([]string, len(out.Parameters))}
		if len(out.Parameters) == 0 {
			row.Parameters = nil
		}
		for _, v := range rows[0] {
			name := columns[v.Column()][0]
			parameter := slices.Index(out.Parameters, name)
			switch {
			case name == "point":
				row.Point = int(v.Int32())
			case name == "replication":
				row.Replication = int(v.Int32())
			case name == "seed":
				row.Seed = v.Uint64()
			case name == "run_id":
				row.RunID = v.String()
			case parameter >= 0 && v.Kind() == parquet.Double:
				row.Parameters[parameter] = strconv.FormatFloat(v.Double(), 'g', -1, 64)
			case parameter >= 0:
				row.Parameters[parameter] = v.String()
			case v.Kind() == parquet.Double && !v.IsNull():
				row.Figures = append(row.Figures, result.Figure{Path: name, Value: v.Double()})
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

// createdBy returns the version in a file's note of what wrote it: "jevons
// version 1.2 (build …)".
func createdBy(text string) string {
	_, version, _ := strings.Cut(text, " version ")
	version, _, _ = strings.Cut(version, "(build")
	return strings.TrimSpace(version)
}
