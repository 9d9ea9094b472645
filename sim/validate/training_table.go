package validate

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
)

// trainingColumns are the columns of a table of measured training steps. The
// last line is optional: what a layout needs beyond the common columns.
var trainingColumns = []string{
	"id", "source", "model", "params_b", "layers", "hidden", "heads", "ffn", "vocab", "seq_len", "gpu", "gpus",
	"tp", "cp", "pp", "vpp", "dp", "global_batch_seqs", "micro_batch", "recompute", "stack", "flops_def",
	"iter_s", "tflops_per_gpu", "mfu_pct", "hfu_pct", "tok_s_gpu", "train_minutes", "gpu_hours", "verified", "evidence", "notes",
	"ep", "zero", "schedule", "format", "tokens",
}

// trainingText are the columns that hold text; the others hold numbers.
var trainingText = []string{
	"id", "source", "model", "gpu", "recompute", "stack", "flops_def", "verified", "evidence", "notes", "schedule", "format",
}

// requiredTrainingColumns are those without which no row says anything.
var requiredTrainingColumns = []string{"id", "model", "gpu", "gpus"}

// trainingRow is one line of such a table: its fields by column, numbers
// checked. A blank number is 0.
type trainingRow struct {
	line   int
	text   map[string]string
	number map[string]float64
	filled []string // columns taken from the program's own copy of the row
}

func (r *trainingRow) count(name string) int { return int(r.number[name]) }

// readTrainingTable reads a table. Errors name file, line and field.
func readTrainingTable(name string, from io.Reader) ([]*trainingRow, error) {
	reader := csv.NewReader(from)
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s:1: the table is empty: want a line of column names", name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := checkTrainingHeader(name, header); err != nil {
		return nil, err
	}
	var rows []*trainingRow
	seen := map[string]int{}
	for {
		fields, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := reader.FieldPos(0)
		row, err := newTrainingRow(name, line, header, fields)
		if err != nil {
			return nil, err
		}
		if first, ok := seen[row.text["id"]]; ok {
			return nil, fmt.Errorf("%s:%d: id %q stands in line %d already", name, line, row.text["id"], first)
		}
		seen[row.text["id"]] = line
		rows = append(rows, row)
	}
	if rows == nil {
		return nil, fmt.Errorf("%s: the table has no rows", name)
	}
	return rows, nil
}

func checkTrainingHeader(name string, header []string) error {
	have := map[string]bool{}
	for _, column := range header {
		if have[column] {
			return fmt.Errorf("%s:1: column %q appears twice", name, column)
		}
		have[column] = true
		if !slices.Contains(trainingColumns, column) {
			return fmt.Errorf("%s:1: unknown column %q.%s (columns: %s)", name, column, suggest.Hint(column, trainingColumns), strings.Join(trainingColumns, ", "))
		}
	}
	for _, column := range requiredTrainingColumns {
		if !have[column] {
			return fmt.Errorf("%s:1: column %q is missing (needed: %s)", name, column, strings.Join(requiredTrainingColumns, ", "))
		}
	}
	return nil
}

func newTrainingRow(name string, line int, header, fields []string) (*trainingRow, error) {
	row := &trainingRow{line: line, text: map[string]string{}, number: map[string]float64{}}
	for i, column := range header {
		value := strings.TrimSpace(fields[i])
		row.text[column] = value
		if value == "" || slices.Contains(trainingText, column) {
			continue
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil || !(v >= 0) || v > 1e30 {
			return nil, fmt.Errorf("%s:%d: %s is %q: want a number of at least 0, or nothing where it was not published", name, line, column, value)
		}
		if most := mostOf(column); most > 0 && (v > most || v != math.Trunc(v)) {
			return nil, fmt.Errorf("%s:%d: %s is %q: want a whole number of at most %.0f", name, line, column, value, most)
		}
		row.number[column] = v
	}
	if row.text["id"] == "" {
		return nil, fmt.Errorf("%s:%d: id is empty", name, line)
	}
	return row, nil
}

// mostOf returns the largest number that a column of whole numbers takes, or 0
// for a column of other numbers.
func mostOf(column string) float64 {
	switch column {
	case "params_b", "iter_s", "tflops_per_gpu", "mfu_pct", "hfu_pct", "tok_s_gpu", "train_minutes", "gpu_hours", "tokens":
		return 0
	case "seq_len", "global_batch_seqs", "vocab", "hidden", "ffn":
		return 1e9
	case "layers":
		return 1e4
	}
	return 1e6
}

// fillFrom takes blank columns of the layout from the program's own copy of the
// same published row, which completes it from the authors' scripts and text.
func (r *trainingRow) fillFrom(own *trainingRow) {
	for _, column := range trainingColumns {
		value := own.text[column]
		if value == "" || r.text[column] != "" || !layoutColumn(column) {
			continue
		}
		r.text[column], r.number[column] = value, own.number[column]
		r.filled = append(r.filled, column)
	}
}

// layoutColumn says whether a column describes how a job ran, not what was
// measured.
func layoutColumn(column string) bool {
	switch column {
	case "layers", "hidden", "heads", "ffn", "vocab", "seq_len", "tp", "cp", "pp", "vpp", "dp", "global_batch_seqs", "micro_batch", "recompute", "ep", "zero", "schedule", "format", "tokens":
		return true
	}
	return false
}
