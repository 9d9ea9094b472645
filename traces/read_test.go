package traces

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/jevons-sim/jevons/sim/event"
)

// requestsOf reads all requests of a file, each with its own hashes.
func requestsOf(t testing.TB, f *File, seed uint64) []Request {
	t.Helper()
	s, err := f.Requests(seed)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := drainRequests(s)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func drainRequests(s RequestStream) (rows []Request, err error) {
	for {
		var r Request
		ok, err := s.Next(&r)
		if !ok || err != nil {
			return rows, err
		}
		r.Hashes = slices.Clone(r.Hashes)
		rows = append(rows, r)
	}
}

func jobsOf(t testing.TB, f *File) []Job {
	t.Helper()
	s, err := f.Jobs()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := drainJobs(s)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func drainJobs(s JobStream) (rows []Job, err error) {
	for {
		var j Job
		ok, err := s.Next(&j)
		if !ok || err != nil {
			return rows, err
		}
		rows = append(rows, j)
	}
}

// write puts a text into a file and returns its path.
func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadersUnderstandTheirFormats(t *testing.T) {
	const podHeader = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n"
	for _, c := range []struct {
		name, text string
		format     string
		want       any
	}{
		{"azure with and without zone", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:47.68059+00:00,5,0", "azure",
			[]Request{{Prompt: 374, Output: 44}, {At: event.Second, Prompt: 5, Output: 1}}},
		{"rows out of order are sorted", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46,1,1\n2023-11-16 18:15:45,2,2\n", "azure",
			[]Request{{Prompt: 2, Output: 2}, {At: event.Second, Prompt: 1, Output: 1}}},
		{"mooncake keeps hashes", `{"timestamp": 1500, "input_length": 600, "output_length": 5, "hash_ids": [7, 9]}`, "mooncake",
			[]Request{{At: 1500 * event.Millisecond, Prompt: 600, Output: 5, Hashes: []uint64{7, 9}, HashBlock: 512}}},
		{"native columns in any order", "output,at_s,prompt,extra\r\n3,0.5,2,x\r\n", "native-csv", []Request{{At: event.Second / 2, Prompt: 2, Output: 3}}},
		{"native with everything", "at_ns,prompt,output,thinking,class,tenant,session,priority\n7,2,3,1,\"a,b\",t,9,-1\n", "native-csv",
			[]Request{{At: 7, Prompt: 2, Output: 3, Thinking: 1, Class: "a,b", Tenant: "t", Session: 9, Priority: -1}}},
		{"pods", podHeader + "a,1000,20,1,460,T4|A10,LS,Running,5,30,10\nb,1,2,8,1000,,BE,Pending,6,16,\nc,1,2,0,0,,BE,Failed,6,7,6\n", "openb-pods",
			[]Job{
				{At: 5 * event.Second, Name: "a", Workers: 1, GPUMilli: 460, CPUMilli: 1000, MemoryMiB: 20, GPUTypes: []string{"T4", "A10"}, Duration: 20 * event.Second, Status: "Running"},
				{At: 6 * event.Second, Name: "b", Workers: 1, GPUs: 8, CPUMilli: 1, MemoryMiB: 2, Duration: 10 * event.Second, Status: "Pending"},
				{At: 6 * event.Second, Name: "c", Workers: 1, CPUMilli: 1, MemoryMiB: 2, Duration: event.Second, Status: "Failed"},
			}},
		{"swf leaves out jobs that did not run", "; MaxProcs: 4\n1 10 -1 60 4 -1 -1 -1 120 -1 1 3 1 -1 -1 -1 -1 -1\n2 11 -1 0 4 -1 -1 -1 -1 -1 0 3 1 -1 -1 -1 -1 -1\n", "swf",
			[]Job{{At: 10 * event.Second, Name: "1", Tenant: "user-3", Workers: 4, GPUs: 1, Duration: event.Minute, Estimate: 2 * event.Minute, Status: "completed",
				Log: &Log{Wait: -1, CPUTime: -1, UsedMemory: -1, Allocated: 4, Requested: -1, Memory: -1, Code: 1, User: 3, Group: 1, Executable: -1, Queue: -1, Partition: -1}}}},
		{"nodes", "sn,cpu_milli,memory_mib,gpu,model\nn,64000,1,2,T4\nm,1,1,0,\n", "openb-nodes",
			[]Node{{Name: "n", CPUMilli: 64000, MemoryMiB: 1, GPUs: 2, Model: "T4"}, {Name: "m", CPUMilli: 1, MemoryMiB: 1}}},
	} {
		f, err := Open(write(t, "trace", c.text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if f.Format != c.format {
			t.Errorf("%s: format %s, want %s", c.name, f.Format, c.format)
		}
		var got any
		switch f.Kind {
		case Requests:
			got = requestsOf(t, f, 1)
		case Jobs:
			got = jobsOf(t, f)
		case Nodes:
			got, _ = f.Nodes()
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

func TestErrorsNameFileLineAndField(t *testing.T) {
	const azureHeader = "TIMESTAMP,ContextTokens,GeneratedTokens\n"
	for _, c := range []struct{ name, text, want string }{
		{"empty file", "", "an empty file"},
		{"unknown format", "hello\n", `:1: found "hello", want one of the formats`},
		{"bad number", azureHeader + "2023-11-16 18:15:46,1,1\n2023-11-16 18:15:46,x,1\n", `:3: ContextTokens: found "x"`},
		{"negative number", azureHeader + "2023-11-16 18:15:46,-4,1\n", `:2: ContextTokens: found "-4"`},
		{"missing value", azureHeader + "2023-11-16 18:15:46,4,\n", ":2: GeneratedTokens: found nothing"},
		{"bad time", azureHeader + "noon,4,4\n", `:2: TIMESTAMP: found "noon"`},
		{"too few fields", azureHeader + "2023-11-16 18:15:46,4\n", ":2: found 2 fields, want 3"},
		{"broken JSON", "{\"timestamp\": 0, \"input_length\": 1, \"output_length\": 1}\n{\"timestamp\": \n", ":2: found"},
		{"JSON without a field", "{\"timestamp\": 0, \"input_length\": 1}\n", ":1: output_length: found nothing"},
		{"misspelt column", "at_ns,prompt,output,prompt\n1,2,3,x\n1,2,y,x\n", `:3: output: found "y"`},
		{"thinking above output", "at_ns,prompt,output,thinking\n1,2,3,4\n", ":2: thinking: found \"4\""},
		{"a bad field of a log", "1 10 -1 60 4 -1 -1 -1 x -1 1 3 1 -1 -1 -1 -1 -1\n", `:1: requested time: found "x"`},
		{"cut gzip", gzipped("at_ns,prompt,output\n1,2,3\n")[:20], "found the end of the compressed data"},
		{"cut zstd", zstdText("at_ns,prompt,output\n1,2,3\n")[:12], "found the end of the compressed data"},
	} {
		path := write(t, "trace", c.text)
		err := readAll(path)
		var format *FormatError
		if !errors.As(err, &format) {
			t.Errorf("%s: error %v is no FormatError", c.name, err)
			continue
		}
		if !strings.HasPrefix(err.Error(), path) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %q, want %q in it", c.name, err, c.want)
		}
	}
}

// readAll opens a trace and reads it to its end.
func readAll(path string) error {
	f, err := Open(path)
	if err != nil {
		return err
	}
	switch f.Kind {
	case Requests:
		s, err := f.Requests(1)
		if err != nil {
			return err
		}
		_, err = drainRequests(s)
		return err
	case Jobs:
		s, err := f.Jobs()
		if err != nil {
			return err
		}
		_, err = drainJobs(s)
		return err
	}
	_, err = f.Nodes()
	return err
}

func gzipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return b.String()
}

func zstdText(text string) string {
	var b bytes.Buffer
	z, _ := zstd.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return b.String()
}

func TestCompressionIsRecognised(t *testing.T) {
	const text = "at_ns,prompt,output\n1,2,3\n"
	for _, packed := range []string{text, gzipped(text), zstdText(text), byteOrderMark + text} {
		f, err := Open(write(t, "trace", packed))
		if err != nil {
			t.Fatal(err)
		}
		if got := requestsOf(t, f, 1); len(got) != 1 || got[0].Prompt != 2 {
			t.Errorf("read %v", got)
		}
	}
}

func TestABrokenRowDeepInATraceIsNamed(t *testing.T) {
	const broken = 900_000
	var b bytes.Buffer
	b.WriteString("at_ns,prompt,output\n")
	for i := range broken - 2 {
		fmt.Fprintf(&b, "%d,1,1\n", i)
	}
	b.WriteString("5,oops,1\n")
	err := readAll(write(t, "trace.csv", b.String()))
	if err == nil || !strings.Contains(err.Error(), "trace.csv:900000: prompt: found \"oops\"") {
		t.Errorf("error is %v", err)
	}
}

func TestRowsTooLateToSortAreRefused(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("at_ns,prompt,output\n")
	for i := range 2 * sortWindow {
		fmt.Fprintf(&b, "%d,1,1\n", 10+i)
	}
	b.WriteString("3,1,1\n")
	err := readAll(write(t, "trace.csv", b.String()))
	if want := fmt.Sprintf("trace.csv:%d: time", 2*sortWindow+2); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v, want %s in it", err, want)
	}
}

func TestInspectionCountsWhatAReaderRefuses(t *testing.T) {
	f, err := Open(write(t, "t.csv", "at_s,prompt,output\n1,2,3\n0,2,3\n0,2,3\n2,0,3\n2,-1,3\n2,,3"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Inspect(f)
	if err != nil {
		t.Fatal(err)
	}
	want := []Problem{
		{problemOrder, 1, []int{3}}, {problemNewline, 1, []int{7}}, {"prompt " + problemMissing, 1, []int{7}},
		{"prompt " + problemNegative, 1, []int{6}}, {"prompt " + problemZero, 1, []int{5}}, {problemRepeated, 1, []int{4}},
	}
	if r.Requests.Count != 4 || !reflect.DeepEqual(r.Problems, want) {
		t.Errorf("%d requests, problems %v, want %v", r.Requests.Count, r.Problems, want)
	}
}
