package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/workloads/presets"
)

// compile returns a schema as an independent implementation understands it.
func compile(t *testing.T, schema any) *jsonschema.Schema {
	t.Helper()
	text, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", tree); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// matches checks a JSON text against a schema.
func matches(t *testing.T, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(tree)
}

func TestPresetsAreValid(t *testing.T) {
	schema := compile(t, scenario.Schema())
	for _, p := range presets.List() {
		doc, err := scenario.Parse(p.Name+".yaml", p.YAML)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if doc.Name != p.Name {
			t.Errorf("preset %s is named %s", p.Name, doc.Name)
		}
		text, err := yaml.YAMLToJSON(p.YAML)
		if err != nil {
			t.Fatal(err)
		}
		if err := matches(t, schema, text); err != nil {
			t.Errorf("preset %s against the schema: %v", p.Name, err)
		}
	}
}

func TestSummaryMatchesItsSchema(t *testing.T) {
	code, stdout, stderr := invoke(t, "run", "bench-short", "--set", "requests=200", "--out", "-", "--format", "json")
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if err := matches(t, compile(t, summarySchema()), []byte(stdout)); err != nil {
		t.Error(err)
	}
}

// invoke runs a command line in this process.
func invoke(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	a := newApp()
	a.stdin, a.stdout, a.stderr = bytes.NewReader(nil), &out, &errs
	code = a.execute(t.Context(), args)
	return code, out.String(), errs.String()
}

func TestRepeatedFlagsTakeALineEachFromTheEnvironment(t *testing.T) {
	t.Setenv("SIM_SET", "requests=100\nrate=10\n")
	t.Setenv("SIM_OUT", "-")
	t.Setenv("SIM_FORMAT", "json")
	code, stdout, stderr := invoke(t, "run", "bench-short")
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	var summary struct {
		HorizonS float64 `json:"horizon_s"`
	}
	if err := json.Unmarshal([]byte(stdout), &summary); err != nil {
		t.Fatal(err)
	}
	if summary.HorizonS != 10 {
		t.Errorf("horizon %v s, want 10", summary.HorizonS)
	}
}
