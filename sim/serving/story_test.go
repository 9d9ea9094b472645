package serving

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/perf"
)

var update = flag.Bool("update", false, "re-make the golden files")

// A story is a file of testdata: an engine and what happens to it, the
// arithmetic by hand in comments, a line "----", and then every step as the
// oracle takes it. Times are in nanoseconds. The commands are
//
//	engine seqs= tokens= block= blocks= queue= guaranteed= swap= host_blocks= move= cache= speculate= accept= draft= host= compute= weights= comm= decode= prefill= read=
//	request id= at= prompt= output= priority= session=
//	cancel | expire id= at=
//	usage at=
type story struct {
	t        *testing.T
	engine   event.Engine
	cfg      Config
	replica  *Replica
	requests map[int64]*Request
	itl      metrics.Histogram
	log      strings.Builder
}

// Event kinds of a story.
const (
	storyRequest event.Kind = iota
	storyCancel
	storyExpire
	storyUsage
)

// fields are the arguments of a command.
type fields map[string]int64

// play reads the commands and returns what happens.
func play(t *testing.T, text string, stepMode bool) *story {
	s := &story{t: t, requests: map[int64]*Request{}}
	for _, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "" {
			continue
		}
		f := fields{}
		for _, arg := range strings.Fields(rest) {
			key, value, _ := strings.Cut(arg, "=")
			var n int64
			if _, err := fmt.Sscan(value, &n); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			f[key] = n
		}
		s.command(name, f, stepMode)
	}
	for s.engine.Step() {
		s.noteStep()
	}
	fmt.Fprintf(&s.log, "%5d  done, %d KV blocks in use; %d inter-token latencies from %d to %d\n",
		s.engine.Now(), s.replica.KVBlocks(s.engine.Now()), s.itl.Count(), s.itl.Min()>>perf.TableShift, s.itl.Max()>>perf.TableShift)
	return s
}

func (s *story) command(name string, f fields, stepMode bool) {
	e, at := &s.engine, event.Time(f["at"])
	switch name {
	case "engine":
		s.cfg = f.config()
		s.cfg.StepMode = stepMode
		if err := s.cfg.Validate(); err != nil {
			s.t.Fatal(err)
		}
		s.replica = NewReplica(e, &s.cfg, s, &s.itl)
	case "request":
		s.requests[f["id"]] = &Request{
			ID: uint64(f["id"]), Arrive: at, Prompt: int32(f["prompt"]), Output: int32(f["output"]), Priority: int32(f["priority"]),
			Content: Content{Tail: uint64(f["session"])},
		}
		e.At(at, event.ClassArrival, s, storyRequest, f["id"])
	case "cancel":
		e.At(at, event.ClassTimer, s, storyCancel, f["id"])
	case "expire":
		e.At(at, event.ClassTimer, s, storyExpire, f["id"])
	case "usage":
		e.At(at, event.ClassSample, s, storyUsage, 0)
	default:
		s.t.Fatalf("unknown command %q", name)
	}
}

// config returns the engine of a story. Durations are linear in tokens.
func (f fields) config() Config {
	t := &perf.StepTable{
		Host: f["host"] << perf.TableShift, DecodePair: f["decode"] << perf.TableShift,
		PrefillPair: f["prefill"] << perf.TableShift, KVRead: f["read"] << perf.TableShift,
	}
	if n := max(f["window"], f["chunk"]); n > 0 {
		t.Local = &perf.LocalTable{
			Span:       perf.Span{Tokens: n, Chunked: f["chunk"] > 0},
			DecodePair: f["local_decode"] << perf.TableShift, PrefillPair: f["local_prefill"] << perf.TableShift, KVRead: f["local_read"] << perf.TableShift,
		}
	}
	for n := range f["tokens"] + 1 {
		t.Matrix = append(t.Matrix, max(n*f["compute"], f["weights"])<<perf.TableShift)
		t.Comm = append(t.Comm, f["comm"]<<perf.TableShift)
	}
	return Config{
		Table: t, Speculation: f.speculation(), MaxSeqs: int(f["seqs"]), MaxTokens: int(f["tokens"]),
		BlockSize: int(f["block"]), Blocks: int(f["blocks"]), Queue: Discipline(f["queue"]), Admission: Admission(f["guaranteed"]),
		Preemption: Preemption(f["swap"]), HostBlocks: int(f["host_blocks"]), HostMove: f["move"] << perf.TableShift, PrefixCache: f["cache"] > 0,
	}
}

// speculation returns speculation in which every pass of the draft takes draft
// ns per token.
func (f fields) speculation() *Speculation {
	if f["speculate"] == 0 {
		return nil
	}
	t := &perf.StepTable{}
	for n := range f["tokens"] + 1 {
		t.Matrix, t.Comm = append(t.Matrix, n*f["draft"]<<perf.TableShift), append(t.Comm, 0)
	}
	s, err := NewSpeculation(Proposals{Tokens: int(f["speculate"]), Accept: []float64{float64(f["accept"]) / 100}, Draft: t, Sample: f["sample"] << perf.TableShift})
	if err != nil {
		panic(err)
	}
	return s
}

// Handle implements event.Handler.
func (s *story) Handle(_ *event.Engine, ev event.Event) {
	switch ev.Kind {
	case storyRequest:
		fmt.Fprintf(&s.log, "%5d  request %d arrives\n", ev.Time, ev.Arg)
		s.replica.Submit(ev.Time, s.requests[ev.Arg])
	case storyCancel:
		fmt.Fprintf(&s.log, "%5d  client of %d gives up\n", ev.Time, ev.Arg)
		s.replica.Cancel(ev.Time, s.requests[ev.Arg])
	case storyExpire:
		fmt.Fprintf(&s.log, "%5d  deadline of %d\n", ev.Time, ev.Arg)
		s.replica.Expire(ev.Time, s.requests[ev.Arg])
	case storyUsage:
		u := s.replica.Usage(ev.Time)
		fmt.Fprintf(&s.log, "%5d  so far: host %d, prefill %d, decode %d, comm %d, no batch %d\n",
			ev.Time, u.Host, u.Prefill, u.Decode, u.Comm, ev.Time-u.Busy())
	}
}

// Done implements Sink.
func (s *story) Done(now event.Time, q *Request, o Outcome) {
	cached := ""
	if q.Cached > 0 {
		cached = fmt.Sprintf(", %d from the cache", q.Cached)
	}
	fmt.Fprintf(&s.log, "%5d  request %d %v: scheduled %d, first token %d, %d tokens, %d preemptions, %d tokens recomputed%s\n",
		now, q.ID, o, q.Scheduled, q.FirstToken, q.Generated, q.Preemptions, q.Recomputed, cached)
}

// noteStep writes down the step that the oracle has just begun.
func (s *story) noteStep() {
	r := s.replica
	o, ok := r.engine.(*stepper)
	now := s.engine.Now()
	if !ok || r.state != stepping || r.clock.ceil() != now {
		return
	}
	fmt.Fprintf(&s.log, "%5d  step:", now)
	for _, q := range o.batch {
		switch {
		case q.phase == decoding:
			fmt.Fprintf(&s.log, " %d decodes after %d,", q.ID, q.base)
		case q.chunk > 0:
			fmt.Fprintf(&s.log, " %d prefills %d after %d,", q.ID, q.chunk, q.base)
		}
	}
	end, _ := s.engine.Armed(r.timer)
	fmt.Fprintf(&s.log, " %d pairs, %d reads, %d blocks, until %d\n", o.step.pairs, o.step.reads, o.used, end)
}

func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			script, want, _ := strings.Cut(string(data), "----\n")
			step, macro := play(t, script, true), play(t, script, false)
			got := step.log.String()
			if *update {
				if err := os.WriteFile(file, []byte(script+"----\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s (-want +got):\n%s", file, d)
			}
			if d := cmp.Diff(withoutSteps(got), macro.log.String()); d != "" {
				t.Errorf("macro-steps tell another story (-step +macro):\n%s", d)
			}
			if !macro.itl.Equal(&step.itl) {
				t.Error("inter-token latencies differ")
			}
		})
	}
}

// withoutSteps returns a log less the lines only the oracle can write.
func withoutSteps(log string) string {
	var kept strings.Builder
	for line := range strings.Lines(log) {
		if !strings.Contains(line, "  step: ") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}
