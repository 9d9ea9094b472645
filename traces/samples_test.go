package traces

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/jevons-sim/jevons/internal/variate"
	"github.com/jevons-sim/jevons/sim/event"
)

var update = flag.Bool("update", false, "re-make the embedded samples")

// samples makes every embedded sample from a seeded stream.
var samples = []struct {
	name   string
	rows   int // that the sample has for its readers
	render func(r *event.Rand) []byte
}{
	{"acme.csv", 117, sampleAcme},
	{"azure-llm.csv", 400, sampleAzure},
	{"cluster.swf", 299, sampleSWF},
	{"helios.csv", 119, sampleHelios},
	{"mooncake.jsonl", 300, sampleMooncake},
	{"openb-nodes.csv", 60, sampleNodes},
	{"openb-pods.csv", 300, samplePods},
	{"philly.json", 74, samplePhilly},
	{"requests.csv", 400, sampleRequests},
	{"servegen.tar.gz", 0, sampleServeGen},
}

func TestSamplesAreThoseOfTheirGenerators(t *testing.T) {
	for _, s := range samples {
		r := event.NewStream(1, "samples/"+s.name).Entity(0)
		want := s.render(&r)
		path := filepath.Join("samples", s.name)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(unpacked(t, got), unpacked(t, want)) {
			t.Errorf("%s is not what its generator makes; re-make it with -update", path)
		}
	}
}

func TestSamplesAreReadCompletely(t *testing.T) {
	if got := len(Samples()); got != len(samples) {
		t.Errorf("%d samples, want %d: %v", got, len(samples), Samples())
	}
	for _, s := range samples {
		f, err := Open(samplePrefix + s.name)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		switch f.Kind {
		case Requests:
			n = len(requestsOf(t, f, 1))
		case Jobs:
			n = len(jobsOf(t, f))
		case Nodes:
			nodes, err := f.Nodes()
			if err != nil {
				t.Fatal(err)
			}
			n = len(nodes)
		}
		if n == 0 || (s.rows > 0 && n != s.rows) {
			t.Errorf("%s (%s) has %d rows, want %d", s.name, f.Format, n, s.rows)
		}
	}
}

// unpacked returns the content of a gzip file, or the data as they are.
func unpacked(t *testing.T, data []byte) []byte {
	if !bytes.HasPrefix(data, []byte("\x1f\x8b")) {
		return data
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// length draws a lognormal number of tokens.
func length(r *event.Rand, mean float64) int {
	mu, sigma := variate.LognormalOf(mean, 1)
	return 1 + int(variate.Lognormal(r, mu, sigma))
}

func sampleAzure(r *event.Rand) []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, "TIMESTAMP,ContextTokens,GeneratedTokens")
	at := time.Date(2024, 3, 5, 9, 0, 0, 0, time.UTC)
	for range 400 {
		at = at.Add(time.Duration(r.Exp() * 0.9e9))
		fmt.Fprintf(&b, "%s,%d,%d\n", at.Format(azureLayout), length(r, 900), length(r, 180))
	}
	return b.Bytes()
}

func sampleMooncake(r *event.Rand) []byte {
	var b bytes.Buffer
	ms, next := 0.0, 1
	var history [][]int
	for range 300 {
		ms += r.Exp() * 1500
		tokens := length(r, 6000)
		blocks := (tokens + mooncakeBlock - 1) / mooncakeBlock
		hashes := []int{0}
		if len(history) > 0 && r.Float64() < 0.5 {
			hashes = append([]int(nil), history[r.IntN(len(history))]...)
		}
		hashes = hashes[:min(len(hashes), blocks)]
		for len(hashes) < blocks {
			hashes = append(hashes, next)
			next++
		}
		history = append(history, hashes)
		fmt.Fprintf(&b, `{"timestamp": %d, "input_length": %d, "output_length": %d, "hash_ids": [`, int(ms), tokens, length(r, 300))
		for i, h := range hashes {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprint(&b, h)
		}
		b.WriteString("]}\n")
	}
	return b.Bytes()
}

func sampleNodes(r *event.Rand) []byte {
	models := []struct {
		name             string
		gpus, cpu, share int
	}{{"T4", 2, 64000, 25}, {"V100M32", 8, 96000, 20}, {"A10", 1, 64000, 5}, {"G2", 8, 96000, 10}}
	var b bytes.Buffer
	fmt.Fprintln(&b, "sn,cpu_milli,memory_mib,gpu,model")
	n := 0
	for _, m := range models {
		for range m.share {
			fmt.Fprintf(&b, "node-%04d,%d,%d,%d,%s\n", n, m.cpu, 262144<<r.IntN(2), m.gpus, m.name)
			n++
		}
	}
	return b.Bytes()
}

func samplePods(r *event.Rand) []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time")
	at := 0
	for i := range 300 {
		gpus, milli := []int{0, 1, 1, 1, 1, 1, 2, 4, 8, 1}[r.IntN(10)], 0
		if gpus > 0 {
			milli = 1000
		}
		if gpus == 1 && r.Float64() < 0.4 {
			milli = 50 + 10*r.IntN(90)
		}
		spec := []string{"", "", "V100M32", "T4|A10"}[r.IntN(4)]
		if gpus != 1 {
			spec = ""
		}
		run := 1 + int(r.Exp()*7200)
		phase, scheduled := "Succeeded", fmt.Sprint(at+r.IntN(20))
		switch {
		case r.Float64() < 0.1:
			phase, scheduled = "Pending", ""
		case r.Float64() < 0.2:
			phase = "Failed"
		}
		fmt.Fprintf(&b, "pod-%04d,%d,%d,%d,%d,%s,%s,%s,%d,%d,%s\n", i, 4000*(1+r.IntN(8)), 8192*(1+r.IntN(8)), gpus, milli, spec,
			[]string{"LS", "BE"}[r.IntN(2)], phase, at, at+20+run, scheduled)
		at += int(r.Exp() * 120)
	}
	return b.Bytes()
}

func sampleSWF(r *event.Rand) []byte {
	var b bytes.Buffer
	fmt.Fprint(&b, "; Version: 2.2\n; Computer: synthetic cluster\n; MaxJobs: 300\n; MaxProcs: 64\n; Note: synthetic, no real system\n")
	at := 0
	for i := range 300 {
		run, procs := 1+int(r.Exp()*1800), 1<<r.IntN(7)
		if i == 150 {
			run = 0
		}
		fmt.Fprintf(&b, "%5d %8d %6d %6d %4d -1 -1 %4d %6d -1 1 %2d 1 -1 1 -1 -1 -1\n", i+1, at, r.IntN(60), run, procs, procs, 2*run+60, 1+r.IntN(12))
		at += int(r.Exp() * 300)
	}
	return b.Bytes()
}

func sampleRequests(r *event.Rand) []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, "at_s,prompt,output,thinking,class,tenant,session,priority")
	at := 0.0
	for i := range 400 {
		at += r.Exp() * 0.8
		class, thinking, answer := "chat", 0, length(r, 220)
		if r.Float64() < 0.3 {
			class, thinking = "reasoning", length(r, 1200)
		}
		fmt.Fprintf(&b, "%.6f,%d,%d,%d,%s,tenant-%d,%d,%d\n", at, length(r, 800), thinking+answer, thinking, class, 1+r.IntN(4), i/2+1, r.IntN(2))
	}
	return b.Bytes()
}

func sampleServeGen(r *event.Rand) []byte {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	out := tar.NewWriter(z)
	add := func(name, text string) {
		header := &tar.Header{Name: "pool/" + name, Mode: 0o644, Size: int64(len(text)), Format: tar.FormatUSTAR}
		if err := out.WriteHeader(header); err != nil {
			panic(err)
		}
		if _, err := io.WriteString(out, text); err != nil {
			panic(err)
		}
	}
	for c := range 6 {
		var windows bytes.Buffer
		for w := range 24 {
			family := []string{"Gamma", "Weibull", ""}[r.IntN(3)]
			if family == "" {
				fmt.Fprintf(&windows, "%d,0,0,,0,0\r\n", w*600)
				continue
			}
			rate, shape := 0.02+0.1*r.Float64(), 0.3+r.Float64()
			fmt.Fprintf(&windows, "%d,%.4f,%.3f,%s,%.4f,%.4f\r\n", w*600, rate, 1/shape, family, shape, 1/(rate*shape))
		}
		var periods bytes.Buffer
		fmt.Fprintf(&periods, "{\n  \"0\": {\n    \"input_tokens\": \"%s\",\n    \"output_tokens\": \"%s\",\n    \"reason_ratio\": \"%s\"\n  }\n}\n",
			sampleDict(r, 100), sampleDict(r, 150), "{0.0: 0.1, 0.5: 0.3, 0.75: 0.6}")
		add(fmt.Sprintf("chunk-%d-dataset.json", c), periods.String())
		add(fmt.Sprintf("chunk-%d-trace.csv", c), windows.String())
	}
	if out.Close() != nil || z.Close() != nil {
		panic("packing into memory failed")
	}
	return packed.Bytes()
}

// sampleDict renders a Python dictionary of token counts.
func sampleDict(r *event.Rand, step int) string {
	text := "{"
	for i := range 12 {
		text += fmt.Sprintf("%d: %.6f, ", 20+i*step, r.Exp()/12)
	}
	return text[:len(text)-2] + "}"
}

func TestAPoolReadsTheSameFromADirectory(t *testing.T) {
	dir := t.TempDir()
	data, err := os.ReadFile("samples/servegen.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewReader(bytes.NewReader(unpacked(t, data)))
	for {
		h, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(h.Name)), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var pools [2][]Request
	for i, path := range []string{dir, "sample:servegen.tar.gz"} {
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		pools[i] = requestsOf(t, f, 7)
	}
	if !reflect.DeepEqual(pools[0], pools[1]) {
		t.Errorf("the directory yields %d requests, the tar file %d, or others", len(pools[0]), len(pools[1]))
	}
	sum, err := Digest(dir)
	if err != nil || len(sum) != 64 {
		t.Errorf("digest of a directory is %q, %v", sum, err)
	}
}
