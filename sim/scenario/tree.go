package scenario

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// kind is what a node of the tree is.
type kind uint8

const (
	null kind = iota
	scalar
	mapping
	sequence
)

var kindNames = [...]string{"nothing", "a value", "a mapping (key: value lines)", "a list"}

func (k kind) String() string { return kindNames[k] }

// node is a value of the document with its position: the form in which --set
// and ${…} change a scenario before it is decoded.
type node struct {
	kind    kind
	text    string // of a scalar
	quoted  bool   // a scalar that was written as a string
	entries []entry
	items   []*node
	at      position
}

// entry is one key of a mapping.
type entry struct {
	key   string
	at    position
	value *node
}

// get returns the value under a key, or nil.
func (n *node) get(key string) *node {
	for i := range n.entries {
		if n.entries[i].key == key {
			return n.entries[i].value
		}
	}
	return nil
}

// put replaces or adds a key.
func (n *node) put(key string, at position, v *node) {
	for i := range n.entries {
		if n.entries[i].key == key {
			n.entries[i].at, n.entries[i].value = at, v
			return
		}
	}
	n.entries = append(n.entries, entry{key, at, v})
}

// maxNodes bounds what aliases may blow a document up to.
const maxNodes = 100_000

// treeBuilder turns a syntax tree into nodes.
type treeBuilder struct {
	source  *source
	anchors map[string]ast.Node
	open    map[string]bool // anchors being expanded
	count   int
}

// parseTree parses a YAML document. An empty one is an empty mapping.
func parseTree(src *source, text []byte) (*node, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, syntaxProblem(src, err)
	}
	b := &treeBuilder{source: src, anchors: map[string]ast.Node{}, open: map[string]bool{}}
	root := &node{kind: mapping, at: position{src, 1, 1}}
	documents := 0
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType {
			continue
		}
		if documents++; documents > 1 {
			return nil, Problems{b.problem(doc.Body, "a scenario is one document, this file has more")}
		}
		n, err := b.build(doc.Body)
		if err != nil {
			return nil, err
		}
		if n.kind != null {
			root = n
		}
	}
	return root, nil
}

// syntaxProblem gives a parser's error our form.
func syntaxProblem(src *source, err error) error {
	at := position{source: src, line: 1, column: 1}
	message := err
	var syntax yaml.Error
	if errors.As(err, &syntax) {
		message = errors.New(syntax.GetMessage())
		if t := syntax.GetToken(); t != nil && t.Position != nil {
			at.line, at.column = t.Position.Line, t.Position.Column
		}
	}
	if at.line >= 1 && at.line <= len(src.lines) && strings.Contains(src.lines[at.line-1], "${") {
		message = fmt.Errorf("%w (inside { } and [ ], ${…} must be in quotes)", message)
	}
	return Problems{{Err: fmt.Errorf("not valid YAML: %w", message), at: at}}
}

func (b *treeBuilder) problem(n ast.Node, format string, args ...any) *Problem {
	return &Problem{Err: fmt.Errorf(format, args...), at: b.at(n)}
}

func (b *treeBuilder) at(n ast.Node) position {
	p := position{source: b.source, line: 1, column: 1}
	if t := n.GetToken(); t != nil && t.Position != nil {
		p.line, p.column = t.Position.Line, t.Position.Column
	}
	return p
}

func (b *treeBuilder) build(n ast.Node) (*node, error) {
	if b.count++; b.count > maxNodes {
		return nil, Problems{b.problem(n, "more than %d values", maxNodes)}
	}
	at := b.at(n)
	switch n := n.(type) {
	case *ast.NullNode:
		return &node{kind: null, at: at}, nil
	case *ast.StringNode:
		t := n.GetToken().Type.String()
		return &node{kind: scalar, text: n.Value, quoted: t == "SingleQuote" || t == "DoubleQuote", at: at}, nil
	case *ast.LiteralNode:
		return &node{kind: scalar, text: n.Value.Value, quoted: true, at: at}, nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return &node{kind: scalar, text: n.GetToken().Value, at: at}, nil
	case *ast.MappingNode:
		return b.mapping(n.Values, b.mappingAt(n))
	case *ast.MappingValueNode:
		return b.mapping([]*ast.MappingValueNode{n}, b.at(n.Key))
	case *ast.SequenceNode:
		return b.sequence(n, at)
	case *ast.AnchorNode:
		b.anchors[n.Name.String()] = n.Value
		return b.build(n.Value)
	case *ast.AliasNode:
		return b.alias(n)
	case *ast.TagNode:
		return nil, Problems{b.problem(n, "tags such as %s are not used in scenarios", n.Start.Value)}
	}
	return nil, Problems{b.problem(n, "unexpected %s", n.Type())}
}

// mappingAt is the position of the first key; an empty mapping's is its brace.
func (b *treeBuilder) mappingAt(n *ast.MappingNode) position {
	if len(n.Values) > 0 && !n.IsFlowStyle {
		return b.at(n.Values[0].Key)
	}
	return position{b.source, n.Start.Position.Line, n.Start.Position.Column}
}

func (b *treeBuilder) sequence(n *ast.SequenceNode, at position) (*node, error) {
	out := &node{kind: sequence, at: at}
	for _, v := range n.Values {
		item, err := b.build(v)
		if err != nil {
			return nil, err
		}
		out.items = append(out.items, item)
	}
	return out, nil
}

func (b *treeBuilder) mapping(values []*ast.MappingValueNode, at position) (*node, error) {
	out := &node{kind: mapping, at: at}
	var merged []*node
	for _, v := range values {
		value, err := b.build(v.Value)
		if err != nil {
			return nil, err
		}
		if v.Key.IsMergeKey() {
			merged = append(merged, value)
			continue
		}
		key := v.Key.GetToken().Value
		out.entries = append(out.entries, entry{key, b.at(v.Key), value})
	}
	for _, m := range merged {
		if m.kind != mapping {
			return nil, Problems{{Err: fmt.Errorf("<< wants a mapping to merge, found %s", m.kind), at: m.at}}
		}
		for _, e := range m.entries {
			if out.get(e.key) == nil {
				out.entries = append(out.entries, e)
			}
		}
	}
	return out, nil
}

// alias expands an alias into a copy of what it names.
func (b *treeBuilder) alias(n *ast.AliasNode) (*node, error) {
	name := n.Value.String()
	target, ok := b.anchors[name]
	switch {
	case !ok:
		return nil, Problems{b.problem(n, "no anchor &%s comes before this alias", name)}
	case b.open[name]:
		return nil, Problems{b.problem(n, "the alias *%s is part of what it names", name)}
	}
	b.open[name] = true
	defer delete(b.open, name)
	return b.build(target)
}
