package scenario

import (
	"reflect"
	"strconv"
	"strings"
)

// field is a field of a scenario type: its key and its constraints.
type field struct {
	key      string
	index    []int
	typ      reflect.Type
	required bool
	fallback string // the default; "" = none
	enum     []string
	min, max *float64
}

// fields lists the fields of a struct type in order, inline ones in place.
func fields(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		f := t.Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			for _, inner := range fields(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				out = append(out, inner)
			}
		case key != "":
			out = append(out, newField(f, key))
		}
	}
	return out
}

// newField reads the constraints from the jsonschema tag.
func newField(f reflect.StructField, key string) field {
	out := field{key: key, index: f.Index, typ: f.Type}
	for _, item := range strings.Split(f.Tag.Get("jsonschema"), ",") {
		name, value, _ := strings.Cut(item, "=")
		switch name {
		case "required":
			out.required = true
		case "default":
			out.fallback = value
		case "enum":
			out.enum = append(out.enum, value)
		case "minimum":
			out.min = bound(value)
		case "maximum":
			out.max = bound(value)
		}
	}
	return out
}

func bound(text string) *float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic("scenario: bad bound in a struct tag: " + text)
	}
	return &v
}

// keys returns the keys of fields.
func keys(fs []field) []string {
	out := make([]string, len(fs))
	for i, f := range fs {
		out[i] = f.key
	}
	return out
}
