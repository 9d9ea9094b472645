package scenario

import (
	"cmp"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"
)

// Document is a parsed and resolved scenario with the places its values came
// from.
type Document struct {
	Scenario
	where map[string]position
}

// Parse reads a scenario from YAML, applies overrides in order, and resolves
// it. The name is the file's, for messages and, without its extension, for a
// scenario that has no name of its own. An error caused by the input is of
// type Problems.
func Parse(name string, text []byte, overrides ...Override) (*Document, error) {
	src := newSource(name, text)
	root, err := parseTree(src, text)
	if err != nil {
		return nil, err
	}
	if root.kind != mapping {
		return nil, Problems{{Err: fmt.Errorf("a scenario is a mapping (key: value lines), found %s", describe(root)), at: root.at}}
	}
	for _, o := range overrides {
		if err := o.apply(root); err != nil {
			return nil, err
		}
	}
	if problems := evaluate(root); len(problems) > 0 {
		return nil, sorted(problems)
	}
	d := &decoder{where: map[string]position{}}
	doc := &Document{where: d.where}
	d.value(root, reflect.ValueOf(&doc.Scenario).Elem(), "", &field{})
	if len(d.problems) > 0 {
		return nil, sorted(d.problems)
	}
	doc.Parameters = nil
	if doc.Name == "" {
		doc.Name = strings.TrimSuffix(path.Base(name), path.Ext(name))
	}
	if problems := doc.resolve(); len(problems) > 0 {
		return nil, sorted(problems)
	}
	return doc, nil
}

// Locate gives an error about the value at a path its place in the scenario:
// for what shows only once files are open, such as a model that does not fit.
// A path that was not written is located at what contains it.
func (d *Document) Locate(path string, err error) error {
	return Problems{d.problem(path, err)}
}

func (d *Document) problem(path string, err error) *Problem {
	for at := path; ; at = at[:max(0, strings.LastIndexAny(at, ".["))] {
		if p, ok := d.where[at]; ok || at == "" {
			return &Problem{path, err, p}
		}
	}
}

// sorted returns problems in order of position.
func sorted(ps Problems) Problems {
	slices.SortStableFunc(ps, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.at.line, b.at.line), cmp.Compare(a.at.column, b.at.column))
	})
	return ps
}
