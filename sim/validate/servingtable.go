package validate

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
)

// measurements is a CSV table whose columns are found by name.
type measurements struct {
	file   string
	column map[string]int
	rows   []measurement
}

// measurement is one row. The first field that cannot be read is kept in err,
// so that a row can be read whole before it is checked.
type measurement struct {
	table *measurements
	line  int
	cells []string
	err   error
}

// readMeasurements reads a table with at least the columns given; a missing
// one is an error that names the nearest there is.
func readMeasurements(file string, r io.Reader, required ...string) (*measurements, error) {
	c := csv.NewReader(r)
	header, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: empty, want a table with a header", file)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	m := &measurements{file: file, column: map[string]int{}}
	for i, name := range header {
		name = strings.TrimPrefix(strings.TrimSpace(name), "\ufeff")
		if _, twice := m.column[name]; twice {
			return nil, fmt.Errorf("%s:1: column %q appears twice", file, name)
		}
		m.column[name] = i
	}
	for _, name := range required {
		if _, ok := m.column[name]; !ok {
			return nil, fmt.Errorf("%s:1: no column %q.%s", file, name, suggest.Hint(name, header))
		}
	}
	for {
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		line, _ := c.FieldPos(0)
		m.rows = append(m.rows, measurement{table: m, line: line, cells: slices.Clone(cells)})
	}
}

// has reports whether a column is there and not empty.
func (m *measurement) has(column string) bool { return m.text(column) != "" }

// text returns a field, "" where the table has no such column.
func (m *measurement) text(column string) string {
	i, ok := m.table.column[column]
	if !ok {
		return ""
	}
	return strings.TrimSpace(m.cells[i])
}

// number returns a field as a number above 0 or, where it is empty, the default.
func (m *measurement) number(column string, missing float64) float64 {
	s := m.text(column)
	if s == "" {
		return missing
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= 0) || v > 1e18 {
		m.fail(column, "is %q, want a number of at least 0", s)
		return missing
	}
	return v
}

// count returns a field as a whole number.
func (m *measurement) count(column string, missing int) int {
	v := m.number(column, float64(missing))
	if v != float64(int(v)) {
		m.fail(column, "is %q, want a whole number", m.text(column))
		return missing
	}
	return int(v)
}

func (m *measurement) fail(column, format string, args ...any) {
	if m.err == nil {
		m.err = fmt.Errorf("%s:%d: %s %s", m.table.file, m.line, column, fmt.Sprintf(format, args...))
	}
}
