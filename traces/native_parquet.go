package traces

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"

	"github.com/parquet-go/parquet-go"

	"github.com/jevons-sim/jevons/sim/event"
)

var nativeParquet = format{
	name: "native-parquet", kind: Requests,
	detect:   func(head []byte) bool { return bytes.HasPrefix(head, []byte("PAR1")) },
	requests: openNativeParquet,
}

// nativeRow is a row of a native Parquet file. Numbers are wide, so that files
// of programs that only know wide numbers can be read.
type nativeRow struct {
	Nanos    int64   `parquet:"at_ns"`
	Seconds  float64 `parquet:"at_s"`
	Prompt   int64   `parquet:"prompt"`
	Output   int64   `parquet:"output"`
	Thinking int64   `parquet:"thinking"`
	Class    string  `parquet:"class,dict"`
	Tenant   string  `parquet:"tenant,dict"`
	Session  uint64  `parquet:"session"`
	Priority int64   `parquet:"priority"`
}

// parquetBatch is how many rows are read at once.
const parquetBatch = 512

type parquetReader struct {
	lint
	file    fs.File
	rows    *parquet.GenericReader[nativeRow]
	seconds bool // times are in at_s
	batch   []nativeRow
	next    int // in the batch
	ended   bool
	row     int
	last    event.Time
}

func openNativeParquet(s source, l lint) (_ requestReader, err error) {
	f, err := s.raw()
	if err != nil {
		return nil, err
	}
	p := &parquetReader{lint: l, file: f}
	if err := p.open(s.path); err != nil {
		f.Close()
		return nil, err
	}
	return p, nil
}

func (p *parquetReader) open(path string) (err error) {
	defer p.guard(&err)
	at, ok := p.file.(io.ReaderAt)
	info, err := p.file.Stat()
	if err != nil || !ok {
		return fmt.Errorf("reading %s: not a plain file", path)
	}
	file, err := parquet.OpenFile(at, info.Size())
	if err != nil {
		return &FormatError{File: path, Found: "no Parquet file (" + err.Error() + ")", Want: "an uncompressed, complete Parquet file"}
	}
	have := map[string]bool{}
	for _, field := range file.Schema().Fields() {
		have[field.Name()] = field.Leaf()
	}
	p.seconds = !have["at_ns"]
	for _, name := range []string{"prompt", "output"} {
		if !have[name] {
			return &FormatError{File: path, Field: name, Found: "no such column", Want: "a column " + name}
		}
	}
	if p.seconds && !have["at_s"] {
		return &FormatError{File: path, Field: "at_ns", Found: "no such column", Want: "a column at_ns or at_s"}
	}
	p.rows = parquet.NewGenericReader[nativeRow](file)
	p.batch = make([]nativeRow, 0, parquetBatch)
	return nil
}

// guard turns a panic of the Parquet library, which some damaged files cause,
// into an error.
func (p *parquetReader) guard(err *error) {
	if r := recover(); r != nil {
		*err = &FormatError{File: p.lint.file, Found: fmt.Sprintf("damaged Parquet data (%v)", r), Want: "an intact file with the columns of native-parquet"}
	}
}

// Next implements RequestStream.
func (p *parquetReader) Next(r *Request) (bool, error) {
	for {
		if p.next == len(p.batch) {
			if p.ended {
				return false, nil
			}
			if err := p.fill(); err != nil {
				return false, err
			}
			continue
		}
		row := &p.batch[p.next]
		p.next++
		p.row++
		if ok, err := p.parse(r, row); ok || err != nil {
			return ok, err
		}
	}
}

func (p *parquetReader) fill() (err error) {
	defer p.guard(&err)
	n, err := p.rows.Read(p.batch[:parquetBatch])
	p.batch, p.next = p.batch[:n], 0
	if errors.Is(err, io.EOF) {
		p.ended = true
		return nil
	}
	if err != nil {
		return &FormatError{File: p.lint.file, Line: p.row + 1, Found: "unreadable rows (" + err.Error() + ")", Want: "an intact Parquet file"}
	}
	return nil
}

func (p *parquetReader) parse(r *Request, row *nativeRow) (bool, error) {
	at := event.Time(row.Nanos)
	if p.seconds {
		at = event.FromSeconds(row.Seconds)
	}
	for _, f := range []struct {
		name           string
		v, least, most int64
	}{
		{"at_ns", int64(at), 0, math.MaxInt64 - 1},
		{"prompt", row.Prompt, 0, math.MaxInt32},
		{"output", row.Output, 0, math.MaxInt32},
		{"thinking", row.Thinking, 0, row.Output},
		{"priority", row.Priority, math.MinInt32, math.MaxInt32},
	} {
		if f.v < f.least || f.v > f.most {
			problem := problemMalformed
			if f.v < 0 {
				problem = problemNegative
			}
			return false, p.reject(p.row, f.name, problem, fmt.Sprint(f.v), fmt.Sprintf("a whole number from %d to %d", f.least, f.most))
		}
	}
	if row.Prompt == 0 {
		p.warn(p.row, "prompt "+problemZero)
	}
	if row.Output == 0 {
		p.warn(p.row, "output "+problemZero)
	}
	*r = Request{
		At: at, Prompt: int32(max(1, row.Prompt)), Output: int32(max(1, row.Output)), Thinking: int32(row.Thinking),
		Class: row.Class, Tenant: row.Tenant, Session: row.Session, Priority: int32(row.Priority),
	}
	p.order(p.row, at, &p.last)
	return true, nil
}

// Line is the number of the last row.
func (p *parquetReader) Line() int { return p.row }

// Close closes the file.
func (p *parquetReader) Close() error { return errors.Join(p.rows.Close(), p.file.Close()) }
