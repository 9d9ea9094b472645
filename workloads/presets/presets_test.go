package presets

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestListReadsTheHeader(t *testing.T) {
	got := list(fstest.MapFS{
		"b.yaml":  {Data: []byte("# What it shows.\n# More of it.\n#\n# Parameters: none.\nname: b\n# not part of it\n")},
		"a.yaml":  {Data: []byte("name: a\n")},
		"c.notes": {Data: []byte("# no preset")},
	})
	want := []Preset{
		{Name: "a", YAML: []byte("name: a\n")},
		{Name: "b", About: "What it shows. More of it.\n\nParameters: none.", YAML: []byte("# What it shows.\n# More of it.\n#\n# Parameters: none.\nname: b\n# not part of it\n")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	if s := got[1].Summary(); s != "What it shows" {
		t.Errorf("Summary = %q", s)
	}
}

func TestPresetsExplainThemselves(t *testing.T) {
	for _, p := range List() {
		if len(p.About) < 40 {
			t.Errorf("%s: its header says little: %q", p.Name, p.About)
		}
		if got, err := Load(p.Name); err != nil || got.Name != p.Name {
			t.Errorf("Load(%s) = %s, %v", p.Name, got.Name, err)
		}
	}
	if _, err := Load("bench-shrot"); err == nil || !strings.Contains(err.Error(), "Did you mean bench-short?") {
		t.Errorf("Load of a misspelt name: %v", err)
	}
}

var picture = regexp.MustCompile(`!\[[^]]+\]\(([^)]+)\)`)

func TestDocumentationNamesEveryPresetAndHasItsPictures(t *testing.T) {
	text, err := os.ReadFile("../../docs/presets.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range List() {
		if !strings.Contains(string(text), "**"+p.Name+"**") {
			t.Errorf("docs/presets.md has nothing on %s", p.Name)
		}
	}
	argument, err := os.ReadFile("../../docs/jevons.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range picture.FindAllStringSubmatch(string(text)+string(argument), -1) {
		if _, err := os.Stat("../../docs/" + m[1]); err != nil {
			t.Errorf("a picture is missing: %v", err)
		}
	}
}
