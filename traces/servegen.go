package traces

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/jevons-sim/jevons/sim/event"
)

// serveGen is the format of ServeGen's pools of clients
// (github.com/alibaba/ServeGen): for client N a chunk-N-trace.csv of windows
// and a chunk-N-dataset.json of length histograms, in a directory or a tar file.
var serveGen = format{
	name: "servegen", kind: Requests,
	detect:   func(head []byte) bool { return len(head) > 262 && string(head[257:262]) == "ustar" },
	generate: generateServeGen,
}

// pool is a ServeGen pool: clients in order of their numbers.
type pool struct {
	clients []*client
}

// client is one client of a pool.
type client struct {
	number  int
	windows []window // in order of time
	periods []period // in order of time
}

// window is a span of constant arrival rate.
type window struct {
	start, end event.Time
	rate       float64 // requests per second
	family     string  // of the gaps between arrivals: Gamma, Weibull or another
	shape      float64
}

// period is a span of constant length distributions, until the next one.
type period struct {
	start  event.Time
	input  histogram // tokens
	output histogram // tokens, thinking included
	ratio  histogram // thinking / output; empty = no thinking
}

// chunkName matches the files of a pool.
var chunkName = regexp.MustCompile(`^chunk-(\d{1,6})-(trace\.csv|dataset\.json)$`)

// largestChunk bounds one file of a pool in bytes.
const largestChunk = 256 << 20

// chunks collects the files of a pool.
type chunks struct {
	lint
	clients map[int]*client
}

// readPool reads a whole pool: its histograms, not its requests, take memory.
func readPool(s source, l lint) (*pool, error) {
	c := &chunks{lint: l, clients: map[int]*client{}}
	var err error
	if info, statErr := os.Stat(s.path); statErr == nil && info.IsDir() {
		err = c.readDir(s.path)
	} else {
		err = c.readTar(s)
	}
	if err != nil {
		return nil, err
	}
	return c.pool()
}

// chunkFiles returns the files of a pool in a directory, in order of their
// names.
func chunkFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if chunkName.MatchString(e.Name()) {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	return names, nil
}

func (c *chunks) readDir(dir string) error {
	names, err := chunkFiles(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := c.add(name, text); err != nil {
			return err
		}
	}
	return nil
}

func (c *chunks) readTar(s source) error {
	f, err := s.open()
	if err != nil {
		return err
	}
	defer f.Close()
	archive := tar.NewReader(f)
	for {
		h, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, tar.ErrHeader):
			return &FormatError{File: s.path, Found: "a broken tar header", Want: "an intact tar file"}
		case err != nil:
			return readError(s.path, 0, err)
		case h.Typeflag != tar.TypeReg || !chunkName.MatchString(path.Base(h.Name)):
			continue
		}
		name := s.path + "/" + h.Name
		if h.Size > largestChunk {
			return &FormatError{File: name, Found: fmt.Sprintf("%d bytes", h.Size), Want: fmt.Sprintf("at most %d", int64(largestChunk))}
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			return readError(name, 0, err)
		}
		if err := c.add(name, text); err != nil {
			return err
		}
	}
}

// add parses one file of the pool.
func (c *chunks) add(name string, text []byte) error {
	parts := chunkName.FindStringSubmatch(path.Base(filepath.ToSlash(name)))
	number, err := strconv.Atoi(parts[1])
	if err != nil {
		return &FormatError{File: name, Found: "client number " + parts[1], Want: "a small number"}
	}
	cl := c.clients[number]
	if cl == nil {
		cl = &client{number: number}
		c.clients[number] = cl
	}
	file := lint{file: name}
	if c.note != nil {
		file.note = func(line int, problem string) { c.note(line, path.Base(filepath.ToSlash(name))+": "+problem) }
	}
	if parts[2] == "trace.csv" {
		if cl.windows != nil {
			return &FormatError{File: name, Found: "a second " + parts[0], Want: "one per client (is this several pools in one?)"}
		}
		cl.windows, err = parseWindows(file, bytes.NewReader(text))
		return err
	}
	if cl.periods != nil {
		return &FormatError{File: name, Found: "a second " + parts[0], Want: "one per client (is this several pools in one?)"}
	}
	cl.periods, err = parsePeriods(file, text)
	return err
}

// pool checks that the clients are complete.
func (c *chunks) pool() (*pool, error) {
	p := &pool{}
	for _, cl := range c.clients {
		p.clients = append(p.clients, cl)
	}
	slices.SortFunc(p.clients, func(a, b *client) int { return a.number - b.number })
	if len(p.clients) == 0 {
		return nil, &FormatError{File: c.lint.file, Found: "no chunk-N-trace.csv", Want: "a pool of clients"}
	}
	for _, cl := range p.clients {
		if err := cl.check(c.lint.file); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (c *client) check(file string) error {
	switch {
	case c.windows == nil:
		return &FormatError{File: file, Found: fmt.Sprintf("no chunk-%d-trace.csv", c.number), Want: "one beside the dataset"}
	case c.periods == nil:
		return &FormatError{File: file, Found: fmt.Sprintf("no chunk-%d-dataset.json", c.number), Want: "one beside the trace"}
	}
	for _, w := range c.windows {
		if w.rate > 0 && c.period(w.start) == nil {
			return &FormatError{
				File: file, Field: fmt.Sprintf("chunk-%d-dataset.json", c.number),
				Found: fmt.Sprintf("no lengths for the window at %v", w.start), Want: "histograms of input_tokens and output_tokens",
			}
		}
	}
	return nil
}

// period returns the length distributions at an instant: of the last period
// that has begun and has any mass; nil when there is none.
func (c *client) period(at event.Time) *period {
	for i := len(c.periods) - 1; i >= 0; i-- {
		if p := &c.periods[i]; p.start <= at && p.input.total() > 0 && p.output.total() > 0 {
			return p
		}
	}
	return nil
}
