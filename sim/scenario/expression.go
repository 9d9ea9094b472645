package scenario

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"

	"github.com/jevons-sim/jevons/internal/suggest"
)

// parametersKey is the mapping whose values others use as ${name}.
const parametersKey = "parameters"

// evaluate replaces every ${…} of the tree by its value. Parameters may use
// those before them.
func evaluate(root *node) Problems {
	parameters := map[string]any{}
	var problems Problems
	if n := root.get(parametersKey); n != nil && n.kind == mapping {
		for _, e := range n.entries {
			if e.value.kind != scalar {
				problems = append(problems, &Problem{parametersKey + "." + e.key, fmt.Errorf("a parameter is a number, a text, true or false; found %s", e.value.kind), e.value.at})
				continue
			}
			problems = append(problems, expand(e.value, parametersKey+"."+e.key, parameters)...)
			parameters[e.key] = e.value.native()
		}
	}
	for _, e := range root.entries {
		if e.key != parametersKey {
			problems = append(problems, expand(e.value, e.key, parameters)...)
		}
	}
	return problems
}

// native returns the value of a scalar as YAML reads it.
func (n *node) native() any {
	if !n.quoted {
		if v, err := strconv.ParseInt(n.text, 10, 64); err == nil {
			return int(v)
		}
		if v, err := strconv.ParseFloat(n.text, 64); err == nil {
			return v
		}
		if n.text == "true" || n.text == "false" {
			return n.text == "true"
		}
	}
	return n.text
}

// expand evaluates the expressions in a node and all below it.
func expand(n *node, path string, parameters map[string]any) Problems {
	var problems Problems
	switch n.kind {
	case scalar:
		text, err := interpolate(n.text, parameters)
		if err != nil {
			return Problems{{path, err, n.at}}
		}
		if text != n.text {
			n.text, n.quoted = text, false
		}
	case mapping:
		for _, e := range n.entries {
			problems = append(problems, expand(e.value, path+"."+e.key, parameters)...)
		}
	case sequence:
		for i, item := range n.items {
			problems = append(problems, expand(item, fmt.Sprintf("%s[%d]", path, i), parameters)...)
		}
	}
	return problems
}

// interpolate replaces each ${expression} in a text.
func interpolate(text string, parameters map[string]any) (string, error) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		code, rest, closed := strings.Cut(after, "}")
		if !closed {
			return "", fmt.Errorf("%q opens ${ and never closes it", "${"+after)
		}
		value, err := calculate(code, parameters)
		if err != nil {
			return "", fmt.Errorf("${%s}: %w", code, err)
		}
		b.WriteString(value)
		text = rest
	}
}

// calculate evaluates one expression and prints its value.
func calculate(code string, parameters map[string]any) (string, error) {
	if err := checkNames(code, parameters); err != nil {
		return "", err
	}
	// now would make runs differ.
	program, err := expr.Compile(code, expr.Env(parameters), expr.DisableBuiltin("now"))
	if err != nil {
		return "", firstLine(err)
	}
	value, err := expr.Run(program, parameters)
	if err != nil {
		return "", firstLine(err)
	}
	switch v := value.(type) {
	case int:
		return strconv.Itoa(v), nil
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return "", fmt.Errorf("the result is %v", v)
		}
		// Fifteen figures: 0.07 * 100 is 7, not 7.000000000000001.
		return strconv.FormatFloat(v, 'g', 15, 64), nil
	case bool:
		return strconv.FormatBool(v), nil
	case string:
		return v, nil
	}
	return "", fmt.Errorf("the result is a %T, want a number, a text, true or false", value)
}

// checkNames returns an error for a name that is not a parameter.
func checkNames(code string, parameters map[string]any) error {
	tree, err := parser.Parse(code)
	if err != nil {
		return firstLine(err)
	}
	names := &nameCollector{}
	ast.Walk(&tree.Node, names)
	for _, name := range *names {
		if _, ok := parameters[name]; ok || name == "now" {
			continue
		}
		known := slices.Sorted(maps.Keys(parameters))
		if len(known) == 0 {
			return fmt.Errorf("unknown parameter %q: the scenario has no parameters", name)
		}
		return fmt.Errorf("unknown parameter %q.%s (the parameters are %s)", name, suggest.Hint(name, known), strings.Join(known, ", "))
	}
	return nil
}

// nameCollector collects the names that an expression uses.
type nameCollector []string

// Visit implements ast.Visitor.
func (c *nameCollector) Visit(n *ast.Node) {
	if id, ok := (*n).(*ast.IdentifierNode); ok {
		*c = append(*c, id.Value)
	}
}

// firstLine drops the excerpt that follows the message of the expression
// library: ours shows the line of the file.
func firstLine(err error) error {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return errors.New(line)
}
