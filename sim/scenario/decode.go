package scenario

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
)

// shorthand is a struct that may also be written as one value.
type shorthand interface{ fromText(text string) error }

// decoder fills the scenario from the tree, notes where each value stood, and
// collects what is wrong.
type decoder struct {
	where    map[string]position
	problems Problems
}

func (d *decoder) fail(path string, at position, format string, args ...any) {
	d.problems = append(d.problems, &Problem{path, fmt.Errorf(format, args...), at})
}

var (
	timeType      = reflect.TypeFor[event.Time]()
	shorthandType = reflect.TypeFor[shorthand]()
	textType      = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// value decodes a node into v, under the constraints of its field.
func (d *decoder) value(n *node, v reflect.Value, path string, f *field) {
	d.where[path] = n.at
	if n.kind == null && v.Kind() != reflect.Struct {
		d.fail(path, n.at, "has no value")
		return
	}
	switch t := v.Type(); {
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		d.value(n, v.Elem(), path, f)
	case n.kind == scalar && reflect.PointerTo(t).Implements(shorthandType):
		d.defaults(v, path, n.at)
		if err := v.Addr().Interface().(shorthand).fromText(n.text); err != nil {
			d.fail(path, n.at, "%w", err)
		}
	case t == timeType, reflect.PointerTo(t).Implements(textType):
		d.scalar(n, v, path, f)
	case t.Kind() == reflect.Struct:
		d.structure(n, v, path)
	case t.Kind() == reflect.Slice:
		d.list(n, v, path)
	case t.Kind() == reflect.Map && t.Elem().Kind() == reflect.String:
		d.names(n, v, path)
	case t.Kind() == reflect.Map:
		d.parameters(n, v, path)
	default:
		d.scalar(n, v, path, f)
	}
}

// structure decodes a mapping. Nothing at all is an empty mapping.
func (d *decoder) structure(n *node, v reflect.Value, path string) {
	if n.kind != mapping && n.kind != null {
		d.fail(path, n.at, "wants a mapping (key: value lines), found %s", describe(n))
		return
	}
	fs := fields(v.Type())
	for _, e := range n.entries {
		if !slices.ContainsFunc(fs, func(f field) bool { return f.key == e.key }) {
			d.fail(join(path, e.key), e.at, "unknown key %q.%s", e.key, hintOrList(e.key, keys(fs)))
		}
	}
	for i := range fs {
		f := &fs[i]
		target := v.FieldByIndex(f.index)
		child := n.get(f.key)
		if child == nil {
			d.absent(target, f, path, n.at)
			continue
		}
		d.value(child, target, join(path, f.key), f)
	}
}

// absent gives a field that was not written its default.
func (d *decoder) absent(v reflect.Value, f *field, path string, at position) {
	switch {
	case f.required:
		d.fail(path, at, "%s is missing", f.key)
	case f.fallback != "":
		d.scalar(&node{kind: scalar, text: f.fallback, at: at}, v, join(path, f.key), f)
	case v.Kind() == reflect.Struct:
		d.defaults(v, join(path, f.key), at)
	}
}

// defaults fills a section that was not written.
func (d *decoder) defaults(v reflect.Value, path string, at position) {
	for _, f := range fields(v.Type()) {
		f.required = false // a section that may be left out may be empty
		d.absent(v.FieldByIndex(f.index), &f, path, at)
	}
}

// elements says what a list has, where its elements are small mappings.
func elements(t reflect.Type) string {
	if t.Kind() != reflect.Struct {
		return ""
	}
	var keys []string
	for _, f := range fields(t) {
		keys = append(keys, f.key)
	}
	if len(keys) == 0 || len(keys) > 4 {
		return ""
	}
	return " of mappings with " + strings.Join(keys, ", ")
}

// list decodes a sequence.
func (d *decoder) list(n *node, v reflect.Value, path string) {
	if n.kind != sequence {
		d.fail(path, n.at, "wants a list%s, found %s", elements(v.Type().Elem()), describe(n))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.items), len(n.items)))
	for i, item := range n.items {
		d.value(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i), &field{})
	}
}

// parameters decodes the one free-form mapping. Its values were checked when
// they were evaluated.
func (d *decoder) parameters(n *node, v reflect.Value, path string) {
	if n.kind != mapping {
		d.fail(path, n.at, "wants a mapping of names to values, found %s", describe(n))
		return
	}
	out := map[string]any{}
	for _, e := range n.entries {
		out[e.key] = e.value.native()
	}
	v.Set(reflect.ValueOf(out))
}

// names decodes a mapping of names to texts.
func (d *decoder) names(n *node, v reflect.Value, path string) {
	if n.kind != mapping {
		d.fail(path, n.at, "wants a mapping of names to texts, found %s", describe(n))
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, e := range n.entries {
		d.where[join(path, e.key)] = e.value.at
		if e.value.kind != scalar {
			d.fail(join(path, e.key), e.value.at, "wants a text, found %s", describe(e.value))
			continue
		}
		v.SetMapIndex(reflect.ValueOf(e.key), reflect.ValueOf(e.value.text))
	}
}

// scalar decodes a single value and checks its constraints.
func (d *decoder) scalar(n *node, v reflect.Value, path string, f *field) {
	if n.kind != scalar {
		d.fail(path, n.at, "wants one value, found %s", describe(n))
		return
	}
	if err := setScalar(v, n); err != nil {
		d.fail(path, n.at, "%w", err)
		return
	}
	if err := f.check(n.text, v); err != nil {
		d.fail(path, n.at, "%w", err)
	}
}

// setScalar parses a text as the type of v asks for.
func setScalar(v reflect.Value, n *node) error {
	text := n.text
	if v.Type() == timeType {
		t, err := units.ParseDuration(text)
		v.SetInt(int64(t))
		return err
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		if text != "true" && text != "false" {
			return fmt.Errorf("wants true or false, found %q", text)
		}
		v.SetBool(text == "true")
	case reflect.Int, reflect.Int32, reflect.Int64:
		i, err := wholeNumber(text)
		if err == nil && v.OverflowInt(i) {
			err = fmt.Errorf("%s is too large", text)
		}
		if err != nil {
			return err
		}
		v.SetInt(i)
	case reflect.Uint64:
		u, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return fmt.Errorf("wants a whole number from 0 to 18446744073709551615, found %q", text)
		}
		v.SetUint(u)
	case reflect.Float64:
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
			return fmt.Errorf("wants a number, found %q", text)
		}
		v.SetFloat(x)
	default:
		panic("scenario: no decoding for " + v.Type().String())
	}
	return nil
}

// wholeNumber reads an integer; 1e6 and 64.0 are integers too.
func wholeNumber(text string) (int64, error) {
	if i, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 64); err == nil {
		return i, nil
	}
	x, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.IsNaN(x):
		return 0, fmt.Errorf("wants a whole number, found %q", text)
	case math.Abs(x) > 1<<53:
		return 0, fmt.Errorf("%s is too large", text)
	case x != math.Floor(x):
		return 0, fmt.Errorf("wants a whole number, found %s; ${round(…)}, ${ceil(…)} or ${floor(…)} makes one of an expression", text)
	}
	return int64(x), nil
}

// check returns an error when a value breaks the field's constraints.
// Quantities with units are never negative.
func (f *field) check(text string, v reflect.Value) error {
	if len(f.enum) > 0 {
		if !slices.Contains(f.enum, text) {
			return fmt.Errorf("unknown value %q.%s", text, hintOrList(text, f.enum))
		}
		return nil
	}
	var x float64
	switch {
	case v.CanInt():
		x = float64(v.Int())
	case v.CanFloat():
		x = v.Float()
	default:
		return nil
	}
	_, quantity := v.Addr().Interface().(encoding.TextUnmarshaler)
	switch {
	case (quantity || v.Type() == timeType) && x < 0:
		return fmt.Errorf("%s is negative", text)
	case f.min != nil && x < *f.min && *f.min == 0:
		return fmt.Errorf("%s is negative", text)
	case f.min != nil && x < *f.min:
		return fmt.Errorf("%s is less than %v, the least allowed", text, *f.min)
	case f.max != nil && x > *f.max:
		return fmt.Errorf("%s is more than %v, the most allowed", text, *f.max)
	}
	return nil
}

// describe says what a node holds.
func describe(n *node) string {
	if n.kind == scalar {
		return strconv.Quote(n.text)
	}
	return n.kind.String()
}

// hintOrList suggests the nearest name, or lists them all.
func hintOrList(name string, allowed []string) string {
	if hint := suggest.Hint(name, allowed); hint != "" {
		return hint
	}
	return " Allowed: " + strings.Join(allowed, ", ")
}

// join appends a key to a path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
