package traces

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
)

// Kind is what a trace records.
type Kind string

// Kinds of traces.
const (
	Requests Kind = "requests"
	Jobs     Kind = "jobs"
	Nodes    Kind = "nodes"
)

// format is a file format: how to recognise it and how to read it. Readers of
// the other kinds are nil.
type format struct {
	name     string
	kind     Kind
	detect   func(head []byte) bool // of the first bytes, decompressed
	requests func(s source, l lint) (requestReader, error)
	generate func(s source, seed uint64) (RequestStream, error) // of pools of clients
	jobs     func(s source, l lint) (jobReader, error)
	nodes    func(s source, l lint) ([]Node, error)
}

// formats lists all formats, the more particular first.
var formats = []*format{
	&nativeParquet, &serveGen, &azure, &openbPods, &openbNodes, &nativeCSV, &nativeJobs, &acme, &helios, &philly, &mooncake, &swf, &mappedCSV,
}

// Formats returns the names of the formats.
func Formats() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// Node is a node of a recorded cluster.
type Node struct {
	Name      string
	CPUMilli  int64 // CPU cores, in thousandths
	MemoryMiB int64
	GPUs      int
	Model     string // of the GPUs; "" = none
}

// File is a trace file whose format is known.
type File struct {
	Path   string
	Format string
	Kind   Kind

	format *format
	source source
}

// Open recognises the format of a trace: a file, a directory of ServeGen chunks
// or an embedded sample ("sample:NAME").
func Open(path string) (*File, error) { return OpenAs(path, "") }

// OpenAs opens a trace whose format is given; "" or "auto" recognises it.
func OpenAs(path, name string) (*File, error) {
	s := source{path}
	if name != "" && name != "auto" {
		f, err := lookupFormat(name)
		if err != nil {
			return nil, err
		}
		return newFile(s, f), nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return newFile(s, &serveGen), nil
	}
	head, err := s.head()
	if err != nil {
		return nil, err
	}
	for _, f := range formats {
		if f.detect(head) {
			return newFile(s, f), nil
		}
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	return nil, &FormatError{File: path, Line: 1, Found: quote(strings.TrimSpace(string(line))), Want: "one of the formats " + strings.Join(Formats(), ", ") + " (csv needs its columns named)"}
}

func newFile(s source, f *format) *File {
	return &File{Path: s.path, Format: f.name, Kind: f.kind, format: f, source: s}
}

func lookupFormat(name string) (*format, error) {
	for _, f := range formats {
		if f.name == name {
			return f, nil
		}
	}
	return nil, fmt.Errorf("unknown trace format %q.%s (formats: %s)", name, suggest.Hint(name, Formats()), strings.Join(Formats(), ", "))
}

// head returns the first bytes, decompressed.
func (s source) head() ([]byte, error) {
	r, err := s.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	head, err := io.ReadAll(io.LimitReader(r, 16<<10))
	if err != nil {
		return nil, readError(s.path, 0, err)
	}
	if len(head) == 0 {
		return nil, &FormatError{File: s.path, Found: "an empty file", Want: "a trace"}
	}
	return bytes.TrimPrefix(head, []byte(byteOrderMark)), nil
}

// mismatch is the error of asking a file for another kind of record.
func (f *File) mismatch(want Kind) error {
	return &FormatError{File: f.Path, Found: fmt.Sprintf("a trace of %s (%s)", f.Kind, f.Format), Want: "a trace of " + string(want)}
}

// Requests starts the trace's requests in order of arrival. Pools of clients
// draw them from the seed; recorded requests do not depend on it. The stream
// closes its file at the end; a reader that stops earlier calls [Close].
func (f *File) Requests(seed uint64) (RequestStream, error) {
	switch {
	case f.format.generate != nil:
		return f.format.generate(f.source, seed)
	case f.format == &mappedCSV:
		return nil, f.unmapped()
	case f.format.requests == nil:
		return nil, f.mismatch(Requests)
	}
	r, err := f.format.requests(f.source, lint{file: f.Path})
	if err != nil {
		return nil, err
	}
	return newRequestSorter(f.Path, r), nil
}

// Jobs starts the trace's jobs in order of submission, like Requests.
func (f *File) Jobs() (JobStream, error) {
	if f.format == &mappedCSV {
		return nil, f.unmapped()
	}
	if f.format.jobs == nil {
		return nil, f.mismatch(Jobs)
	}
	r, err := f.format.jobs(f.source, lint{file: f.Path})
	if err != nil {
		return nil, err
	}
	return newJobSorter(f.Path, r), nil
}

// Nodes returns the nodes of a node list, in the file's order.
func (f *File) Nodes() ([]Node, error) {
	if f.format.nodes == nil {
		return nil, f.mismatch(Nodes)
	}
	return f.format.nodes(f.source, lint{file: f.Path})
}

// Close releases what a stream holds. Streams that ended need it no more.
func Close(stream any) error {
	if c, ok := stream.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
