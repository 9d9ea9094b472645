// Package layers holds ARCHITECTURE.md against the code.
package layers

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "github.com/jevons-sim/jevons/"
)

var quoted = regexp.MustCompile("`([^`]+)`")

// table returns the row in which each package stands.
func table(t *testing.T) map[string]int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]int{}
	n := 0
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		n++
		for _, name := range quoted.FindAllStringSubmatch(strings.Split(line, "|")[1], -1) {
			if _, twice := rows[name[1]]; twice {
				t.Errorf("ARCHITECTURE.md lists %s twice", name[1])
			}
			rows[name[1]] = n
		}
	}
	return rows
}

// imports returns the packages of the module with what they import of it, tests
// left out.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && path != root && (name == "testdata" || name == "node_modules" || name == "shared" || name[0] == '.' || name[0] == '_'):
			if path != filepath.Join(root, "internal", "shared") {
				return fs.SkipDir
			}
			return nil
		case d.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(rel)
		out[pkg] = append(out[pkg], []string{}...)
		if strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if of, ours := strings.CutPrefix(name, module); ours && !slices.Contains(out[pkg], of) {
				out[pkg] = append(out[pkg], of)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestArchitectureListsEveryPackageAndImportsPointDownwards(t *testing.T) {
	rows, packages := table(t), imports(t)
	for pkg, of := range packages {
		row, listed := rows[pkg]
		if !listed {
			t.Errorf("ARCHITECTURE.md does not list %s", pkg)
		}
		for _, below := range of {
			if rows[below] < row {
				t.Errorf("%s imports %s, which ARCHITECTURE.md lists above it", pkg, below)
			}
		}
	}
	for name := range rows {
		if _, there := packages[name]; !there {
			t.Errorf("ARCHITECTURE.md lists %s, which is no package", name)
		}
	}
}
