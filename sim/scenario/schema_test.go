package scenario

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// compileSchema returns the published schema as an independent implementation
// understands it.
func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := json.Marshal(Schema())
	if err != nil {
		t.Fatal(err)
	}
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenario.json", tree); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("scenario.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(tree)
}

func TestSchemaAcceptsScenarios(t *testing.T) {
	s := compileSchema(t)
	resolved, err := os.ReadFile("testdata/shared-fleet.resolved.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"as written": readSample(t), "resolved": resolved, "small": []byte(base)} {
		if err := validate(t, s, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSchemaRejectsWhatParseRejects(t *testing.T) {
	s := compileSchema(t)
	for _, c := range []struct{ name, old, new string }{
		{"unknown key", "nodes: 4", "node_count: 4"},
		{"too small", "nodes: 4", "nodes: 0"},
		{"not a number", "nodes: 4", "nodes: four"},
		{"unknown value", "replicas: 2", "replicas: 2\n    router: best"},
		{"missing key", "horizon: 1d\n", ""},
		{"list for a mapping", "{rate: 20/s}", "[1]"},
		{"rate without unit", "20/s", "20"},
	} {
		text := []byte(strings.Replace(base, c.old, c.new, 1))
		if err := validate(t, s, text); err == nil {
			t.Errorf("%s: the schema accepts it", c.name)
		}
		if _, err := Parse("my.yaml", text); err == nil {
			t.Errorf("%s: Parse accepts it", c.name)
		}
	}
}

func TestSchemaDescribesTypesAndFields(t *testing.T) {
	look := lookupComment()
	for _, c := range []struct {
		typ   reflect.Type
		field string
		want  string
	}{
		{reflect.TypeFor[Pool](), "", "Pool is a set of nodes"},
		{reflect.TypeFor[Engine](), "KVBlocks", "kv_blocks overrides the number"},
		{reflect.TypeFor[Lengths](), "CV", "cv is the standard deviation"},
	} {
		if got := look(c.typ, c.field); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s.%s: %q, want %q", c.typ.Name(), c.field, got, c.want)
		}
	}
}
