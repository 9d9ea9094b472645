package scenario

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Override is one change of a scenario from outside: --set path=value.
type Override struct {
	Path  string // fleet.pools[0].nodes, deployments.chat.replicas, or a parameter
	Value string // YAML
	Flag  string // that it comes from, as errors name it; "" = --set
}

// ParseOverride reads path=value.
func ParseOverride(text string) (Override, error) {
	path, value, ok := strings.Cut(text, "=")
	if path = strings.TrimSpace(path); !ok || path == "" {
		return Override{}, fmt.Errorf("--set %s: want path=value, such as fleet.pools[0].nodes=64", text)
	}
	return Override{Path: path, Value: strings.TrimSpace(value)}, nil
}

// String prints the override as path=value.
func (o Override) String() string { return o.Path + "=" + o.Value }

// apply changes the tree.
func (o Override) apply(root *node) error {
	src := &source{name: cmp.Or(o.Flag, "--set") + " " + o.String()}
	value, err := o.parse(src)
	if err != nil {
		return Problems{{Err: err, at: position{source: src}}}
	}
	path := o.Path
	if p := root.get(parametersKey); p != nil && p.get(path) != nil {
		path = parametersKey + "." + path
	}
	s := setter{at: position{source: src}, value: value, root: root}
	if err := s.descend(root, reflect.TypeFor[Scenario](), path, ""); err != nil {
		return Problems{{Err: err, at: s.at}}
	}
	return nil
}

// parse reads the value as YAML, so that lists and mappings can be given too.
func (o Override) parse(src *source) (*node, error) {
	if o.Value == "" {
		return nil, errors.New("the value is empty")
	}
	// As a value of a key, because a document may not be a bare "20/s # x".
	tree, err := parseTree(src, []byte("v: "+o.Value))
	if err != nil {
		return nil, fmt.Errorf("the value is not valid YAML (quote it?)")
	}
	v := tree.get("v")
	if v == nil || v.kind == null || len(tree.entries) != 1 {
		return nil, errors.New("the value is not one YAML value (quote it?)")
	}
	v.relocate(position{source: src})
	return v, nil
}

// relocate gives a node and all below it one position.
func (n *node) relocate(at position) {
	n.at = at
	for i := range n.entries {
		n.entries[i].at = at
		n.entries[i].value.relocate(at)
	}
	for _, item := range n.items {
		item.relocate(at)
	}
}

// setter walks the tree along the types, so that keys that the file leaves out
// can be set and keys that do not exist are told from them.
type setter struct {
	at    position
	value *node
	root  *node
}

// descend replaces what rest names below n. done is the path walked so far.
func (s *setter) descend(n *node, t reflect.Type, rest, done string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if rest == "" {
		*n = *s.value
		return nil
	}
	switch t.Kind() {
	case reflect.Struct:
		return s.intoStruct(n, t, rest, done)
	case reflect.Slice:
		return s.intoList(n, t, rest, done)
	case reflect.Map:
		return s.intoParameters(n, rest)
	}
	return fmt.Errorf("%s is a single value; it has no %q", done, rest)
}

// intoStruct takes one key off the path.
func (s *setter) intoStruct(n *node, t reflect.Type, rest, done string) error {
	if n.kind != mapping {
		*n = node{kind: mapping, at: s.at}
	}
	key, tail := cutKey(rest)
	for _, f := range fields(t) {
		if f.key != key {
			continue
		}
		child := n.get(key)
		if child == nil {
			child = &node{at: s.at}
			n.put(key, s.at, child)
		}
		return s.descend(child, f.typ, tail, join(done, key))
	}
	candidates := keys(fields(t))
	if done == "" {
		candidates = append(candidates, parameterNames(s.root)...)
		return fmt.Errorf("unknown path or parameter %q.%s", key, hintOrList(key, candidates))
	}
	return fmt.Errorf("unknown key %q in %s.%s", key, done, hintOrList(key, candidates))
}

// cutKey splits a path behind its first key.
func cutKey(path string) (key, rest string) {
	i := strings.IndexAny(path, ".[")
	if i < 0 {
		return path, ""
	}
	return path[:i], strings.TrimPrefix(path[i:], ".")
}

// parameterNames lists the scenario's parameters.
func parameterNames(root *node) []string {
	var names []string
	if p := root.get(parametersKey); p != nil {
		for _, e := range p.entries {
			names = append(names, e.key)
		}
	}
	return names
}

// intoList takes an index or an element's name off the path.
func (s *setter) intoList(n *node, t reflect.Type, rest, done string) error {
	if strings.HasPrefix(rest, "[") {
		digits, tail, ok := strings.Cut(rest[1:], "]")
		if ok && digits == "+" { // one more
			if n.kind != sequence {
				*n = node{kind: sequence, at: s.at}
			}
			digits = strconv.Itoa(len(n.items))
			n.items = append(n.items, &node{at: s.at})
		}
		i, err := strconv.Atoi(digits)
		if !ok || err != nil {
			return fmt.Errorf("%s%s: an index is written as [0]", done, rest)
		}
		if i < 0 || i >= len(n.items) {
			return fmt.Errorf("%s has %d elements, there is no [%d]", done, len(n.items), i)
		}
		return s.descend(n.items[i], t.Elem(), strings.TrimPrefix(tail, "."), fmt.Sprintf("%s[%d]", done, i))
	}
	var names []string
	for i, item := range n.items {
		nameNode := item.get("name")
		if nameNode == nil {
			continue
		}
		// Names may hold dots: llama-3.1 is one element, not a key of another.
		name := nameNode.text
		names = append(names, name)
		if tail, ok := strings.CutPrefix(rest, name); ok && (tail == "" || tail[0] == '.' || tail[0] == '[') {
			return s.descend(item, t.Elem(), strings.TrimPrefix(tail, "."), fmt.Sprintf("%s[%d]", done, i))
		}
	}
	key, _ := cutKey(rest)
	if len(names) == 0 {
		return fmt.Errorf("%s has no element named %q; an index is written as %s[0]", done, key, done)
	}
	return fmt.Errorf("%s has no element named %q.%s", done, key, hintOrList(key, names))
}

// intoParameters replaces a parameter's value. New ones would have no effect.
func (s *setter) intoParameters(n *node, name string) error {
	v := n.get(name)
	if v == nil {
		return fmt.Errorf("unknown parameter %q.%s", name, hintOrList(name, parameterNames(s.root)))
	}
	*v = *s.value
	return nil
}
