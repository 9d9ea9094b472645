package kueue

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/kueue/apis/kueue/v1beta1"
	"sigs.k8s.io/kueue/apis/kueue/v1beta2"

	"github.com/jevons-sim/jevons/imports"
)

// object is a manifest with the place of each of its fields.
type object struct {
	file  string
	line  int
	lines map[string]int // by path, such as spec.resourceGroups[0].flavors
	name  string
	api   string
	kind  string

	flavor   *v1beta2.ResourceFlavor
	queue    *v1beta2.ClusterQueue
	cohort   *v1beta2.Cohort
	local    *v1beta2.LocalQueue
	topology *v1beta2.Topology
	node     *corev1.Node
}

// at returns the line of a field, or of what contains it.
func (o *object) at(path string) int {
	for path != "" {
		if n, ok := o.lines[path]; ok {
			return n
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return o.line
}

// readFile reads the documents of a file.
func readFile(name string, text []byte, d *imports.Draft) ([]*object, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, &imports.Error{File: name, Text: strings.TrimSpace(yaml.FormatError(err, false, false))}
	}
	var out []*object
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		found, err := readObject(name, doc.Body, d)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// readObject decodes a document, or the items of a List.
func readObject(file string, body ast.Node, d *imports.Draft) ([]*object, error) {
	o := &object{file: file, line: body.GetToken().Position.Line, lines: map[string]int{}}
	var head struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string `yaml:"kind"`
		Metadata   struct {
			Name string `yaml:"name"`
		} `yaml:"metadata"`
	}
	if err := yaml.NodeToValue(body, &head); err != nil {
		return nil, &imports.Error{File: file, Line: o.line, Text: "found no manifest, want a mapping with apiVersion and kind"}
	}
	o.api, o.kind, o.name = head.APIVersion, head.Kind, head.Metadata.Name
	if head.Kind == "List" || strings.HasSuffix(head.Kind, "List") {
		return readItems(file, body, d)
	}
	collectLines(body, "", o.lines)
	found, err := o.decode(body, d)
	if err == nil && len(found) > 0 {
		if wrong := validation.IsDNS1123Subdomain(o.name); wrong != nil {
			line := o.line
			if at, ok := o.lines["metadata.name"]; ok {
				line = at
			}
			return nil, &imports.Error{File: file, Line: line, Field: "metadata.name", Text: fmt.Sprintf("%q: %s", o.name, wrong[0])}
		}
	}
	return found, err
}

func readItems(file string, body ast.Node, d *imports.Draft) ([]*object, error) {
	m, ok := body.(*ast.MappingNode)
	if !ok {
		return nil, nil
	}
	var out []*object
	for _, v := range m.Values {
		list, ok := v.Value.(*ast.SequenceNode)
		if v.Key.String() != "items" || !ok {
			continue
		}
		for _, item := range list.Values {
			found, err := readObject(file, item, d)
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		}
	}
	return out, nil
}

// collectLines notes where the fields of a document are.
func collectLines(n ast.Node, path string, lines map[string]int) {
	switch v := n.(type) {
	case *ast.MappingNode:
		for _, e := range v.Values {
			collectLines(e, path, lines)
		}
	case *ast.MappingValueNode:
		key := strings.Trim(e2s(v.Key), `"'`)
		if path != "" {
			key = path + "." + key
		}
		lines[key] = v.Key.GetToken().Position.Line
		collectLines(v.Value, key, lines)
	case *ast.SequenceNode:
		for i, item := range v.Values {
			at := fmt.Sprintf("%s[%d]", path, i)
			lines[at] = item.GetToken().Position.Line
			collectLines(item, at, lines)
		}
	}
}

func e2s(n ast.MapKeyNode) string { return n.String() }

// decode fills in the object's typed form.
func (o *object) decode(body ast.Node, d *imports.Draft) ([]*object, error) {
	var old any
	var into any
	switch o.api + " " + o.kind {
	case v1beta2.GroupVersion.String() + " ResourceFlavor":
		o.flavor = &v1beta2.ResourceFlavor{}
		into = o.flavor
	case v1beta2.GroupVersion.String() + " ClusterQueue":
		o.queue = &v1beta2.ClusterQueue{}
		into = o.queue
	case v1beta2.GroupVersion.String() + " Cohort":
		o.cohort = &v1beta2.Cohort{}
		into = o.cohort
	case v1beta2.GroupVersion.String() + " LocalQueue":
		o.local = &v1beta2.LocalQueue{}
		into = o.local
	case v1beta2.GroupVersion.String() + " Topology":
		o.topology = &v1beta2.Topology{}
		into = o.topology
	case v1beta1.GroupVersion.String() + " ResourceFlavor":
		// The two versions of flavors, and of topologies, have the same fields.
		o.flavor = &v1beta2.ResourceFlavor{}
		into = o.flavor
	case v1beta1.GroupVersion.String() + " Topology":
		o.topology = &v1beta2.Topology{}
		into = o.topology
	case v1beta1.GroupVersion.String() + " ClusterQueue":
		o.queue = &v1beta2.ClusterQueue{}
		old = &v1beta1.ClusterQueue{}
	case v1beta1.GroupVersion.String() + " Cohort":
		o.cohort = &v1beta2.Cohort{}
		old = &v1beta1.Cohort{}
	case v1beta1.GroupVersion.String() + " LocalQueue":
		o.local = &v1beta2.LocalQueue{}
		old = &v1beta1.LocalQueue{}
	case "v1 Node":
		o.node = &corev1.Node{}
		return []*object{o}, o.unmarshal(body, o.node, false)
	default:
		d.Note(o.file, o.line, "kind", "%s %s is left out", o.api, o.kind)
		return nil, nil
	}
	if old != nil {
		into = old
	}
	if err := o.unmarshal(body, into, true); err != nil {
		return nil, err
	}
	return []*object{o}, o.convert(old)
}

// convert turns a v1beta1 object into its v1beta2 form.
func (o *object) convert(old any) error {
	var err error
	switch v := old.(type) {
	case *v1beta1.ClusterQueue:
		err = v.ConvertTo(o.queue)
	case *v1beta1.Cohort:
		err = v.ConvertTo(o.cohort)
	case *v1beta1.LocalQueue:
		err = v.ConvertTo(o.local)
	}
	if err != nil {
		return &imports.Error{File: o.file, Line: o.line, Text: err.Error()}
	}
	return nil
}

// unmarshal decodes a document as the API server would; strictly, fields that
// the type does not have are errors.
func (o *object) unmarshal(body ast.Node, into any, strict bool) error {
	var tree any
	if err := yaml.NodeToValue(body, &tree); err != nil {
		return &imports.Error{File: o.file, Line: o.line, Text: err.Error()}
	}
	text, err := yaml.MarshalWithOptions(tree, yaml.JSON())
	if err != nil {
		return &imports.Error{File: o.file, Line: o.line, Text: err.Error()}
	}
	text = bytes.TrimSpace(text)
	if !strict {
		if err := kjson.UnmarshalCaseSensitivePreserveInts(text, into); err != nil {
			return &imports.Error{File: o.file, Line: o.line, Text: err.Error()}
		}
		return nil
	}
	problems, err := kjson.UnmarshalStrict(text, into)
	if err == io.EOF {
		err = fmt.Errorf("found nothing")
	}
	if err != nil {
		return &imports.Error{File: o.file, Line: o.line, Field: o.kind + " " + o.name, Text: err.Error()}
	}
	for _, p := range problems {
		field := strings.Trim(strings.TrimPrefix(p.Error(), "unknown field "), `"`)
		return &imports.Error{File: o.file, Line: o.at(field), Field: field, Text: fmt.Sprintf("%s %s has no such field", o.kind, o.api)}
	}
	return nil
}
