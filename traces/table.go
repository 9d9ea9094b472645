package traces

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
	"github.com/jevons-sim/jevons/sim/event"
)

// byteOrderMark may precede the text of files from spreadsheet programs.
const byteOrderMark = "\ufeff"

// column is a column of a CSV format.
type column struct {
	name     string // "" = a column that no file has
	optional bool
}

// table reads CSV rows by column name; columns may lie in any order, others are
// ignored.
type table struct {
	lint
	columns []column
	place   []int // of each column in a row; −1 = the file has none
	csv     *csv.Reader
	file    io.Closer
	tail    *tail
	row     []string
	line    int
	before  string // the previous row, kept by an inspection
}

// tail remembers the last byte of a text.
type tail struct {
	r    io.Reader
	last byte
}

// Read implements io.Reader.
func (t *tail) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if n > 0 {
		t.last = p[n-1]
	}
	return n, err
}

// openTable opens a CSV file and reads its header.
func openTable(s source, l lint, columns []column) (*table, error) {
	f, err := s.open()
	if err != nil {
		return nil, err
	}
	t := &table{lint: l, columns: columns, file: f, tail: &tail{r: f}}
	t.csv = csv.NewReader(t.tail)
	t.csv.ReuseRecord = true
	t.csv.FieldsPerRecord = -1
	if err := t.header(); err != nil {
		f.Close()
		return nil, err
	}
	return t, nil
}

func (t *table) header() error {
	header, err := t.csv.Read()
	var parse *csv.ParseError
	if errors.As(err, &parse) { // however rows are judged: there is no table without
		return &FormatError{File: t.lint.file, Line: parse.Line, Found: parse.Err.Error(), Want: "a header"}
	}
	if err != nil {
		return t.readError(err)
	}
	t.line, _ = t.csv.FieldPos(0)
	names := headerNames(header)
	for _, c := range t.columns {
		i := -1
		if c.name != "" {
			i = slices.Index(names, strings.ToLower(c.name))
		}
		if i < 0 && !c.optional {
			return &FormatError{
				File: t.lint.file, Line: t.line, Field: c.name,
				Found: "no such column." + suggest.Hint(c.name, names) + " (columns: " + strings.Join(names, ", ") + ")", Want: "a column " + c.name,
			}
		}
		t.place = append(t.place, i)
	}
	t.csv.FieldsPerRecord = len(names)
	return nil
}

func headerNames(header []string) []string {
	names := make([]string, len(header))
	for i, h := range header {
		names[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, byteOrderMark)))
	}
	return names
}

// hasHeader reports whether a text begins with a CSV header that has all the
// named columns.
func hasHeader(head []byte, names ...string) bool {
	line, _, _ := strings.Cut(string(head), "\n")
	have := headerNames(strings.Split(line, ","))
	for _, n := range names {
		if !slices.Contains(have, strings.ToLower(n)) {
			return false
		}
	}
	return true
}

func (t *table) readError(err error) error {
	var parse *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return &FormatError{File: t.lint.file, Found: "no rows", Want: "a header"}
	case errors.Is(err, csv.ErrFieldCount) && errors.As(err, &parse):
		return t.reject(parse.Line, "", "wrong number of fields", strconv.Itoa(len(t.row))+" fields", strconv.Itoa(t.csv.FieldsPerRecord)+", as in the header")
	case errors.As(err, &parse):
		return t.reject(parse.Line, "", problemMalformed, parse.Err.Error(), "a row of CSV")
	}
	return readError(t.lint.file, t.line+1, err)
}

// next reads a row; unusable ones are skipped when they are only noted.
func (t *table) next() (bool, error) {
	for {
		row, err := t.csv.Read()
		t.row = row
		if errors.Is(err, io.EOF) {
			if t.tail.last != '\n' {
				t.warn(t.line, problemNewline)
			}
			return false, nil
		}
		if err != nil {
			if err := t.readError(err); err != nil {
				return false, err
			}
			continue
		}
		t.line, _ = t.csv.FieldPos(0)
		if t.note != nil {
			t.noteRepeated()
		}
		return true, nil
	}
}

func (t *table) noteRepeated() {
	row := strings.Join(t.row, ",")
	if row == t.before {
		t.warn(t.line, problemRepeated)
	}
	t.before = row
}

// text returns a field; "" where the file has no such column.
func (t *table) text(c int) string {
	if t.place[c] < 0 {
		return ""
	}
	return strings.TrimSpace(t.row[t.place[c]])
}

// rejectField is reject for a field of the current row.
func (t *table) rejectField(c int, problem, want string) error {
	found := quote(t.text(c))
	if t.text(c) == "" {
		found = "nothing"
	}
	return t.reject(t.line, t.columns[c].name, problem, found, want)
}

// integer reads a field as a number from least to most. It returns ok = false
// for a row that has been noted and must be skipped.
func (t *table) integer(c int, least, most int64) (v int64, ok bool, err error) {
	text := t.text(c)
	if text == "" && t.columns[c].optional {
		return 0, true, nil
	}
	v, err = strconv.ParseInt(text, 10, 64)
	if err == nil && least <= v && v <= most {
		return v, true, nil
	}
	problem := problemMalformed
	switch {
	case text == "":
		problem = problemMissing
	case err == nil && v < 0 && least >= 0:
		problem = problemNegative
	}
	return 0, false, t.rejectField(c, problem, fmt.Sprintf("a whole number from %d to %d", least, most))
}

// integers reads several fields of the same range.
func (t *table) integers(most int64, fields ...int64Field) (ok bool, err error) {
	for _, f := range fields {
		v, ok, err := t.integer(f.column, 0, most)
		if err != nil || !ok {
			return false, err
		}
		*f.into = v
	}
	return true, nil
}

// int64Field is a column and where its value goes.
type int64Field struct {
	column int
	into   *int64
}

// tokens reads a field as a length; zero is noted and reads as one.
func (t *table) tokens(c int) (n int32, ok bool, err error) {
	v, ok, err := t.integer(c, 0, math.MaxInt32)
	if ok && v == 0 {
		t.warn(t.line, t.columns[c].name+" "+problemZero)
		v = 1
	}
	return int32(v), ok, err
}

// order notes a row that is earlier than the one before.
func (l *lint) order(line int, at event.Time, last *event.Time) {
	if at < *last {
		l.warn(line, problemOrder)
	}
	*last = at
}

// Line is the line of the last row.
func (t *table) Line() int { return t.line }

// Close closes the file.
func (t *table) Close() error { return t.file.Close() }
