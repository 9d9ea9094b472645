package traces

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/sim/event"
)

// Writer writes requests in a format. Close completes the text; it does not
// close what lies below.
type Writer interface {
	Write(r *Request) error
	Close() error
}

// writers lists the formats that can be written.
var writers = []struct {
	name string
	make func(io.Writer) (Writer, error)
}{
	{"native-csv", newNativeWriter},
	{"native-parquet", newParquetWriter},
	{"azure", newAzureWriter},
	{"mooncake", newMooncakeWriter},
}

// WritableFormats returns the names of the formats that NewWriter knows.
func WritableFormats() []string {
	var names []string
	for _, w := range writers {
		names = append(names, w.name)
	}
	return names
}

// NewWriter returns a writer of a format. The native formats keep everything
// but block hashes; azure keeps arrivals to 100 ns and lengths; mooncake keeps
// arrivals to the millisecond, lengths and hashes, and needs those.
func NewWriter(w io.Writer, format string) (Writer, error) {
	for _, c := range writers {
		if c.name == format {
			return c.make(w)
		}
	}
	return nil, fmt.Errorf("format %q cannot be written.%s (formats: %s)", format, suggest.Hint(format, WritableFormats()), strings.Join(WritableFormats(), ", "))
}

// csvWriter writes rows of CSV.
type csvWriter struct {
	csv  *csv.Writer
	row  []string
	fill func(row []string, r *Request) []string
}

func newCSVWriter(w io.Writer, header []string, fill func([]string, *Request) []string) (Writer, error) {
	c := &csvWriter{csv: csv.NewWriter(w), fill: fill}
	return c, c.csv.Write(header)
}

// Write implements Writer.
func (c *csvWriter) Write(r *Request) error {
	c.row = c.fill(c.row[:0], r)
	return c.csv.Write(c.row)
}

// Close implements Writer.
func (c *csvWriter) Close() error {
	c.csv.Flush()
	return c.csv.Error()
}

func newNativeWriter(w io.Writer) (Writer, error) {
	header := []string{"at_ns", "prompt", "output", "thinking", "class", "tenant", "session", "priority"}
	return newCSVWriter(w, header, func(row []string, r *Request) []string {
		return append(row, decimal(r.At), decimal(r.Prompt), decimal(r.Output), decimal(r.Thinking), r.Class, r.Tenant,
			strconv.FormatUint(r.Session, 10), decimal(r.Priority))
	})
}

func newAzureWriter(w io.Writer) (Writer, error) {
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	header := []string{azureColumns[azureTime].name, azureColumns[azurePrompt].name, azureColumns[azureOutput].name}
	return newCSVWriter(w, header, func(row []string, r *Request) []string {
		return append(row, start.Add(time.Duration(r.At)).Format(azureLayout), decimal(r.Prompt), decimal(r.Output))
	})
}

func decimal[T int32 | event.Time](v T) string { return strconv.FormatInt(int64(v), 10) }

// parquetWriter writes native Parquet.
type parquetWriter struct {
	rows  *parquet.GenericWriter[parquetRow]
	batch []parquetRow
}

// parquetRow is nativeRow without the alternative time.
type parquetRow struct {
	Nanos    int64  `parquet:"at_ns,delta"`
	Prompt   int32  `parquet:"prompt"`
	Output   int32  `parquet:"output"`
	Thinking int32  `parquet:"thinking"`
	Class    string `parquet:"class,dict"`
	Tenant   string `parquet:"tenant,dict"`
	Session  uint64 `parquet:"session"`
	Priority int32  `parquet:"priority"`
}

func newParquetWriter(w io.Writer) (Writer, error) {
	return &parquetWriter{
		rows:  parquet.NewGenericWriter[parquetRow](w, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(1<<20)),
		batch: make([]parquetRow, 0, parquetBatch),
	}, nil
}

// Write implements Writer.
func (p *parquetWriter) Write(r *Request) error {
	p.batch = append(p.batch, parquetRow{
		Nanos: int64(r.At), Prompt: r.Prompt, Output: r.Output, Thinking: r.Thinking,
		Class: r.Class, Tenant: r.Tenant, Session: r.Session, Priority: r.Priority,
	})
	if len(p.batch) < cap(p.batch) {
		return nil
	}
	return p.flush()
}

func (p *parquetWriter) flush() error {
	_, err := p.rows.Write(p.batch)
	p.batch = p.batch[:0]
	return err
}

// Close implements Writer.
func (p *parquetWriter) Close() error {
	if err := p.flush(); err != nil {
		return err
	}
	return p.rows.Close()
}

// mooncakeWriter writes JSON lines.
type mooncakeWriter struct {
	out  *bufio.Writer
	json *json.Encoder
}

// mooncakeLine is a line of a Mooncake trace.
type mooncakeLine struct {
	Timestamp int64    `json:"timestamp"`
	Input     int32    `json:"input_length"`
	Output    int32    `json:"output_length"`
	Hashes    []uint64 `json:"hash_ids"`
}

func newMooncakeWriter(w io.Writer) (Writer, error) {
	out := bufio.NewWriter(w)
	return &mooncakeWriter{out, json.NewEncoder(out)}, nil
}

// Write implements Writer.
func (m *mooncakeWriter) Write(r *Request) error {
	if r.HashBlock != mooncakeBlock {
		return fmt.Errorf("the trace has no hashes of %d-token prompt blocks, which mooncake needs", mooncakeBlock)
	}
	ms := math.Round(float64(r.At) / float64(event.Millisecond))
	return m.json.Encode(mooncakeLine{int64(ms), r.Prompt, r.Output, r.Hashes})
}

// Close implements Writer.
func (m *mooncakeWriter) Close() error { return m.out.Flush() }
