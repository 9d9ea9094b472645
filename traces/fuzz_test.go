package traces

import (
	"io"
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
)

// fuzz gives a format's reader arbitrary texts: it must neither panic nor yield
// a row that the rest of the program does not expect.
func fuzz(f *testing.F, format, sample string) {
	text, err := source{samplePrefix + sample}.open()
	if err != nil {
		f.Fatal(err)
	}
	seed, err := io.ReadAll(io.LimitReader(text, 2000))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(seed))
	f.Fuzz(func(t *testing.T, text string) {
		path := write(t, "trace", text)
		file, err := OpenAs(path, format)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Inspect(file); err != nil {
			return
		}
		switch file.Kind {
		case Requests:
			s, err := file.Requests(1)
			if err != nil {
				return
			}
			var r Request
			for ok, err := s.Next(&r); ok && err == nil; ok, err = s.Next(&r) {
				if r.At < 0 || r.Prompt < 1 || r.Output < 1 || r.Thinking < 0 || r.Thinking > r.Output {
					t.Fatalf("impossible request %+v", r)
				}
			}
		case Jobs:
			s, err := file.Jobs()
			if err != nil {
				return
			}
			var j Job
			for ok, err := s.Next(&j); ok && err == nil; ok, err = s.Next(&j) {
				if j.At < 0 || j.Workers < 1 || j.GPUs < 0 || j.GPUMilli < 0 || j.Duration < 0 || j.Estimate < 0 {
					t.Fatalf("impossible job %+v", j)
				}
			}
		case Nodes:
			_, _ = file.Nodes()
		}
	})
}

func FuzzAzure(f *testing.F)     { fuzz(f, "azure", "azure-llm.csv") }
func FuzzMooncake(f *testing.F)  { fuzz(f, "mooncake", "mooncake.jsonl") }
func FuzzPods(f *testing.F)      { fuzz(f, "openb-pods", "openb-pods.csv") }
func FuzzNodes(f *testing.F)     { fuzz(f, "openb-nodes", "openb-nodes.csv") }
func FuzzSWF(f *testing.F)       { fuzz(f, "swf", "cluster.swf") }
func FuzzHelios(f *testing.F)    { fuzz(f, "helios", "helios.csv") }
func FuzzAcme(f *testing.F)      { fuzz(f, "acme", "acme.csv") }
func FuzzPhilly(f *testing.F)    { fuzz(f, "philly", "philly.json") }
func FuzzNativeCSV(f *testing.F) { fuzz(f, "native-csv", "requests.csv") }

func FuzzParquet(f *testing.F) {
	var b strings.Builder
	w, err := NewWriter(&b, "native-parquet")
	if err != nil {
		f.Fatal(err)
	}
	if err := w.Write(&Request{At: 1, Prompt: 2, Output: 3, Class: "chat"}); err != nil {
		f.Fatal(err)
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(b.String())
	f.Fuzz(func(t *testing.T, text string) {
		_ = readAll(write(t, "trace", "PAR1"+strings.TrimPrefix(text, "PAR1")))
	})
}

func FuzzServeGen(f *testing.F) {
	f.Add("0,0.5,1,Gamma,1,2\r\n600,0,0,,0,0\r\n", "{45: 0.5, 46: 0.5}")
	f.Add("0,1,1,Weibull,0.01,2\n", "{1: 1}")
	f.Fuzz(func(t *testing.T, trace, dict string) {
		windows, err := parseWindows(lint{file: "f"}, strings.NewReader(trace))
		if err != nil {
			return
		}
		h, err := parseDict(dict, 1e6)
		if err != nil || h.total() == 0 {
			return
		}
		c := &client{windows: windows, periods: []period{{input: h, output: h}}}
		s := newPoolRequests(&pool{clients: []*client{c}}, 1)
		var r Request
		last := event.Time(0)
		for range 1000 {
			ok, err := s.Next(&r)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				return
			}
			if r.At < last || r.Prompt < 1 || r.Output < 1 {
				t.Fatalf("impossible request %+v after %v", r, last)
			}
			last = r.At
		}
	})
}
