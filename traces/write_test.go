package traces

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
)

// rewrite writes requests in a format and returns the file.
func rewrite(t interface{ Fatal(...any) }, dir, format string, rows []Request) *File {
	var b bytes.Buffer
	w, err := NewWriter(&b, format)
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if err := w.Write(&rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, format)
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestNativeFormatsKeepRequestsExactly(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		at := int64(0)
		var rows []Request
		for range rapid.IntRange(1, 20).Draw(rt, "rows") {
			at += rapid.Int64Range(0, 1<<50).Draw(rt, "gap")
			output := rapid.Int32Range(1, 1<<30).Draw(rt, "output")
			rows = append(rows, Request{
				At: event.Time(at), Prompt: rapid.Int32Min(1).Draw(rt, "prompt"), Output: output, Thinking: rapid.Int32Range(0, output).Draw(rt, "thinking"),
				Class: rapid.StringMatching(`[a-z,"]{0,5}`).Draw(rt, "class"), Tenant: rapid.StringMatching(`[a-z é]?[a-z]{1,3}`).Draw(rt, "tenant"),
				Session: rapid.Uint64().Draw(rt, "session"), Priority: rapid.Int32().Draw(rt, "priority"),
			})
		}
		for i := range rows {
			rows[i].Tenant = strings.TrimSpace(rows[i].Tenant)
		}
		for _, format := range []string{"native-csv", "native-parquet"} {
			f := rewrite(rt, dir, format, rows)
			s, err := f.Requests(1)
			if err != nil {
				rt.Fatal(err)
			}
			got, err := drainRequests(s)
			if err != nil {
				rt.Fatal(err)
			}
			if f.Format != format || !reflect.DeepEqual(got, rows) {
				rt.Fatalf("%s read as %s:\n got %+v\nwant %+v", format, f.Format, got, rows)
			}
		}
	})
}

func TestForeignFormatsKeepWhatTheyCanHold(t *testing.T) {
	f, err := Open("sample:mooncake.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	rows := requestsOf(t, f, 1)
	if got := requestsOf(t, rewrite(t, t.TempDir(), "mooncake", rows), 1); !reflect.DeepEqual(got, rows) {
		t.Error("mooncake changed on its way through mooncake")
	}
	for i, r := range requestsOf(t, rewrite(t, t.TempDir(), "azure", rows), 1) {
		if want := rows[i]; r.At != want.At-rows[0].At || r.Prompt != want.Prompt || r.Output != want.Output {
			t.Fatalf("request %d became %+v, want %+v", i, r, want)
		}
	}
}

func TestParquetOfOtherProgramsIsRead(t *testing.T) {
	// Optional columns, wide numbers and seconds are what data frames write.
	type row struct {
		Seconds float64 `parquet:"at_s"`
		Prompt  *int64  `parquet:"prompt,optional"`
		Output  *int32  `parquet:"output,optional"`
		Class   *string `parquet:"class,optional"`
	}
	prompt, output, class := int64(5), int32(6), "chat"
	var b bytes.Buffer
	if err := parquet.Write(&b, []row{{1.5, &prompt, &output, &class}}); err != nil {
		t.Fatal(err)
	}
	f, err := Open(write(t, "t.parquet", b.String()))
	if err != nil {
		t.Fatal(err)
	}
	want := []Request{{At: 1500 * event.Millisecond, Prompt: 5, Output: 6, Class: "chat"}}
	if got := requestsOf(t, f, 1); !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, want %+v", got, want)
	}
}
