package timeline_test

import (
	"bytes"
	"context"
	"io/fs"
	"math"
	"testing"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/report/timeline"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/traces"
	"github.com/jevons-sim/jevons/workloads/presets"
)

// noFiles is the inputs of scenarios that name no files that exist.
type noFiles struct{}

func (noFiles) Trace(string, string, string) (*traces.File, error) { return nil, fs.ErrNotExist }

func (noFiles) Read(string) ([]byte, error)         { return nil, fs.ErrNotExist }
func (noFiles) Digests() ([]scenario.Digest, error) { return nil, nil }

// play runs a preset and returns its summary and its trace.
func play(t *testing.T, preset string, l timeline.Limits, set ...string) (*result.Summary, []byte) {
	t.Helper()
	p, err := presets.Load(preset)
	if err != nil {
		t.Skipf("skipped: %v", err)
	}
	var overrides []scenario.Override
	for _, s := range set {
		o, err := scenario.ParseOverride(s)
		if err != nil {
			t.Fatal(err)
		}
		overrides = append(overrides, o)
	}
	doc, err := scenario.Parse(preset+".yaml", p.YAML, overrides...)
	if err != nil {
		t.Fatal(err)
	}
	run, err := sim.New(doc, sim.Options{Inputs: noFiles{}})
	if err != nil {
		t.Fatal(err)
	}
	r := timeline.NewRecorder(result.Discard{}, l)
	s, err := run.Run(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.Write(&b, timeline.About{RunID: s.RunID, Scenario: s.Scenario}); err != nil {
		t.Fatal(err)
	}
	return s, b.Bytes()
}

// track is a decoded track.
type track struct {
	name    string
	parent  uint64
	counter bool
	open    []*slice
	at      uint64  // the last value's
	value   float64 // of a counter
	sum     float64 // value × seconds
	points  int
}

type slice struct {
	category, name string
	from, to       uint64
	numbers        map[string]int64
	texts          map[string]string
}

// trace is a decoded trace: its tracks, slices and instants.
type trace struct {
	tracks   map[uint64]*track
	slices   []*slice
	instants []*slice
}

// read decodes a trace and fails the test where it is not what readers of
// Perfetto's format rely on: tracks before their events, texts before their
// numbers, time that does not run backwards, slices that nest.
func read(t *testing.T, data []byte) *trace {
	t.Helper()
	out := &trace{tracks: map[uint64]*track{}}
	texts := map[string]map[uint64]string{"event_categories": {}, "event_names": {}, "debug_annotation_names": {}}
	last := uint64(0)
	text := func(kind string, iid uint64) string {
		s, ok := texts[kind][iid]
		if !ok {
			t.Fatalf("%s %d is used and not explained", kind, iid)
		}
		return s
	}
	first := true
	decode(t, data).each("packet", func(p message) {
		flags := p.get("sequence_flags").Uint()
		if p.get("trusted_packet_sequence_id").Uint() == 0 || first != (flags&1 != 0) || flags&2 == 0 {
			t.Fatalf("packet with flags %d", flags)
		}
		first = false
		for kind, known := range texts {
			p.sub("interned_data").each(kind, func(m message) { known[m.get("iid").Uint()] = m.get("name").String() })
		}
		if p.has("track_descriptor") {
			d := p.sub("track_descriptor")
			id, parent := d.get("uuid").Uint(), d.get("parent_uuid").Uint()
			if id == 0 || out.tracks[id] != nil || parent != 0 && out.tracks[parent] == nil || d.get("name").String() == "" {
				t.Fatalf("track %d below %d", id, parent)
			}
			out.tracks[id] = &track{name: d.get("name").String(), parent: parent, counter: d.has("counter")}
			return
		}
		e, at := p.sub("track_event"), p.get("timestamp").Uint()
		tr := out.tracks[e.get("track_uuid").Uint()]
		kind := e.get("type").Int()
		if tr == nil || at < last || tr.counter != (kind == 4) {
			t.Fatalf("event of type %d at %d after %d on track %v", kind, at, last, tr)
		}
		last = at
		switch kind {
		case 1, 3:
			s := &slice{from: at, name: text("event_names", e.get("name_iid").Uint()), numbers: map[string]int64{}, texts: map[string]string{}}
			s.category = text("event_categories", e.get("category_iids").List().Get(0).Uint())
			e.each("debug_annotations", func(a message) {
				name := text("debug_annotation_names", a.get("name_iid").Uint())
				if a.has("string_value") {
					s.texts[name] = a.get("string_value").String()
				} else {
					s.numbers[name] = a.get("int_value").Int()
				}
			})
			if kind == 3 {
				out.instants = append(out.instants, s)
				return
			}
			if n := len(tr.open); n > 0 && (s.category != "phase" || n > 1) {
				t.Fatalf("%s %s begins within %s on track %s", s.category, s.name, tr.open[n-1].name, tr.name)
			}
			tr.open = append(tr.open, s)
			out.slices = append(out.slices, s)
		case 2:
			if len(tr.open) == 0 {
				t.Fatalf("a slice ends on track %s that did not begin", tr.name)
			}
			s := tr.open[len(tr.open)-1]
			tr.open = tr.open[:len(tr.open)-1]
			if s.to = at; s.to == s.from {
				t.Fatalf("slice %s of no length", s.name)
			}
		case 4:
			tr.sum += tr.value * float64(at-tr.at) / 1e9
			tr.at, tr.value = at, e.get("double_counter_value").Float()
			tr.points++
		default:
			t.Fatalf("event of type %d", kind)
		}
	})
	for _, tr := range out.tracks {
		if len(tr.open) > 0 {
			t.Fatalf("%s does not end", tr.open[0].name)
		}
	}
	return out
}

// accounts returns GPU-seconds by class and account, as the counters add up to.
func (x *trace) accounts() map[string]float64 {
	sums := map[string]float64{}
	for _, tr := range x.tracks {
		if tr.counter && tr.parent != 0 && x.tracks[tr.parent].name == "GPUs by account" {
			sums[tr.name] += tr.sum
		}
	}
	return sums
}

// placed returns the GPU time of placements by class.
func (x *trace) placed() map[string]ledger.Amount {
	sums := map[string]ledger.Amount{}
	for _, s := range x.slices {
		if s.category == "placement" {
			class := s.texts["class"]
			sums[class] = sums[class].Add(ledger.Product(s.numbers["gpu_milli"], event.Time(s.to-s.from)))
		}
	}
	return sums
}

var classes = []ledger.Class{ledger.Inference, ledger.RL, ledger.Training, ledger.Jobs}

// checkAccounts compares the counters of accounts with the ledger.
func checkAccounts(t *testing.T, s *result.Summary, x *trace) {
	t.Helper()
	sums := x.accounts()
	for class, accounts := range s.Ledger.ByClass {
		for account, a := range accounts {
			got, want := sums[class+" "+account], a.Seconds()
			if math.Abs(got-want) > 1e-9*s.Ledger.Total.Seconds() {
				t.Errorf("the counter of %s %s adds up to %v GPU-s, the ledger has %v", class, account, got, want)
			}
		}
	}
}

func TestSlicesAddUpToTheLedger(t *testing.T) {
	for _, c := range []struct {
		preset string
		set    []string
	}{
		{"r1-shock", []string{"horizon=1d", "rate=0.3", "demand.shocks[0].at=12h", "outputs.windows=[]"}},
		{"llama3-405b-54-days", nil},
		{"three-laws", nil},
	} {
		t.Run(c.preset, func(t *testing.T) {
			s, data := play(t, c.preset, timeline.DefaultLimits, c.set...)
			x := read(t, data)
			placed := x.placed()
			for _, class := range classes {
				if want := s.Ledger.Class(class); placed[class.String()] != want {
					t.Errorf("placements of %v add up to %v GPU-s, the ledger has %v", class, placed[class.String()], want)
				}
			}
			checkAccounts(t, s, x)
			t.Logf("%d bytes, %d tracks, %d slices, %d instants", len(data), len(x.tracks), len(x.slices), len(x.instants))
		})
	}
}

func TestWhatIsThinnedOutStillAddsUp(t *testing.T) {
	few := timeline.Limits{Placements: 4, Phases: 40, OnNodes: 30, Samples: 60, Balances: 100, Incidents: 5}
	set := []string{"horizon=1d", "rate=0.3", "demand.shocks[0].at=12h", "outputs.windows=[]"}
	s, all := play(t, "r1-shock", timeline.DefaultLimits, set...)
	_, data := play(t, "r1-shock", few, set...)
	if len(data) > len(all)/2 {
		t.Errorf("thinned out, %d bytes became %d", len(all), len(data))
	}
	x := read(t, data)
	checkAccounts(t, s, x)
	count := map[string]int{}
	for _, sl := range x.slices {
		count[sl.category]++
	}
	if count["placement"] > few.Placements || count["phase"] > few.Phases || count["node"] > few.OnNodes {
		t.Errorf("slices %v are beyond the limits %+v", count, few)
	}
	placed := x.placed()
	for _, i := range x.instants {
		if i.name != "run" {
			continue
		}
		if i.numbers["placements_left_out"] == 0 {
			t.Error("nothing was left out")
		}
		for _, class := range classes {
			var left ledger.Amount
			if text := i.texts["left_out_gpu_s_"+class.String()]; text != "" {
				if err := left.UnmarshalJSON([]byte(text)); err != nil {
					t.Fatal(err)
				}
			}
			if got, want := placed[class.String()].Add(left), s.Ledger.Class(class); got != want {
				t.Errorf("placements of %v and those left out add up to %v GPU-s, the ledger has %v", class, got, want)
			}
		}
	}
}
