package scenario

import (
	"strconv"
	"strings"
)

// Lookup returns the single value at a path, or of a parameter, as the scenario
// writes it with overrides applied: what --set path=value would replace. It is
// false when nothing is written there.
func Lookup(name string, text []byte, overrides []Override, path string) (string, bool, error) {
	root, err := parseTree(newSource(name, text), text)
	if err != nil {
		return "", false, err
	}
	for _, o := range overrides {
		if err := o.apply(root); err != nil {
			return "", false, err
		}
	}
	if problems := evaluate(root); len(problems) > 0 {
		return "", false, sorted(problems)
	}
	if p := root.get(parametersKey); p != nil && p.get(path) != nil {
		path = parametersKey + "." + path
	}
	n := root.find(path)
	if n == nil || n.kind == mapping || n.kind == sequence || n.kind == null {
		return "", false, nil
	}
	return n.text, true, nil
}

// find returns what a path leads to, nil if it leads nowhere.
func (n *node) find(path string) *node {
	for n != nil && path != "" {
		switch {
		case n.kind == mapping:
			var key string
			key, path = cutKey(path)
			n = n.get(key)
		case n.kind == sequence:
			n, path = n.element(path)
		default:
			return nil
		}
	}
	return n
}

// element returns the element of a list that a path begins with, by index or by
// name, and the rest of the path.
func (n *node) element(path string) (*node, string) {
	if strings.HasPrefix(path, "[") {
		digits, rest, _ := strings.Cut(path[1:], "]")
		if i, err := strconv.Atoi(digits); err == nil && i >= 0 && i < len(n.items) {
			return n.items[i], strings.TrimPrefix(rest, ".")
		}
		return nil, ""
	}
	for _, item := range n.items {
		if given := item.get("name"); given != nil {
			if rest, ok := strings.CutPrefix(path, given.text); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
				return item, strings.TrimPrefix(rest, ".")
			}
		}
	}
	return nil, ""
}
