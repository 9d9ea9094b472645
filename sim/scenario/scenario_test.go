package scenario

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
)

var update = flag.Bool("update", false, "re-make the golden files")

func readSample(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/shared-fleet.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func mustParse(t testing.TB, name string, text []byte, overrides ...Override) *Document {
	t.Helper()
	doc, err := Parse(name, text, overrides...)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestParseReadsUnitsExpressionsAndShorthands(t *testing.T) {
	doc := mustParse(t, "shared-fleet.yaml", readSample(t))
	pool := doc.Fleet.Pools[0]
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"expression in a parameter", pool.Nodes, 32},
		{"expression in a count", doc.Deployments[0].Autoscale.Max, 5},
		{"expression in front of a unit", doc.Workloads.Requests[0].Arrivals.Rate, units.Rate(10)},
		{"node shape", pool.GPU + "/" + units.Tokens(pool.GPUsPerNode).String(), "H100-SXM/8"},
		{"bits per second", pool.Network, units.Bandwidth(50e9)},
		{"price", pool.Price, units.Price(2.5)},
		{"per cent", doc.Deployments[1].Engine.MemoryUtilization, units.Fraction(0.85)},
		{"default of a section that is left out", doc.Deployments[0].Engine.MaxNumSeqs, 256},
		{"default beside given keys", doc.Deployments[1].Engine.BlockSize, 16},
		{"alias of a format", doc.Deployments[0].Precision.KV, "bf16"},
		{"pool found by GPU", doc.Deployments[1].Pool, "main"},
		{"constant length", *doc.Workloads.Requests[2].Prompt, Lengths{Dist: "constant", Value: 500}},
		{"tokens with the word", doc.Workloads.Training[0].Tokens, units.Tokens(1.5e9)},
		{"GPUs follow from the layout", doc.Workloads.Training[0].GPUs, 32},
		{"window to the horizon", doc.Outputs.Windows[1].To, 2 * event.Day},
		{"class follows from the name", doc.Workloads.Requests[0].Class, "chat"},
		{"parameters are gone", len(doc.Parameters), 0},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestCanonicalIsAFixedPoint(t *testing.T) {
	doc := mustParse(t, "shared-fleet.yaml", readSample(t))
	text, err := doc.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "shared-fleet.resolved.yaml")
	if *update {
		if err := os.WriteFile(golden, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(text)); diff != "" {
		t.Errorf("canonical form changed (-update re-makes it):\n%s", diff)
	}
	again := mustParse(t, "scenario.yaml", text)
	if diff := cmp.Diff(doc.Scenario, again.Scenario, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the canonical form parses to another scenario:\n%s", diff)
	}
	second, err := again.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	if string(second) != string(text) {
		t.Error("the canonical form of the canonical form differs")
	}
}

// A field that has a default and is left out when zero would turn a written
// zero into the default when the resolved scenario is run again.
func TestFieldsWithDefaultsAreAlwaysWritten(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice:
			walk(typ.Elem())
			return
		case reflect.Struct:
		default:
			return
		}
		if seen[typ] {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			f := typ.Field(i)
			if strings.Contains(f.Tag.Get("jsonschema"), "default=") && strings.Contains(f.Tag.Get("yaml"), "omitempty") {
				t.Errorf("%s.%s has a default and omitempty", typ.Name(), f.Name)
			}
			walk(f.Type)
		}
	}
	walk(reflect.TypeFor[Scenario]())
	if len(seen) < 20 {
		t.Errorf("only %d types walked", len(seen))
	}
}

func TestRunIDDependsOnWhatDecidesTheRun(t *testing.T) {
	inputs := []Digest{{"b.csv", "02"}, {"a.csv", "01"}}
	id := RunID([]byte("x"), 1, inputs, "v1")
	if got := RunID([]byte("x"), 1, []Digest{inputs[1], inputs[0]}, "v1"); got != id {
		t.Errorf("the order of inputs changes the ID: %v, %v", got, id)
	}
	if id.Version() != 5 {
		t.Errorf("version %v, want 5", id.Version())
	}
	for what, other := range map[string]any{
		"scenario": RunID([]byte("y"), 1, inputs, "v1"),
		"seed":     RunID([]byte("x"), 2, inputs, "v1"),
		"inputs":   RunID([]byte("x"), 1, inputs[:1], "v1"),
		"version":  RunID([]byte("x"), 1, inputs, "v2"),
	} {
		if other == id {
			t.Errorf("another %s has the same ID", what)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	text := readSample(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("shared-fleet.yaml", text); err != nil {
			b.Fatal(err)
		}
	}
}
