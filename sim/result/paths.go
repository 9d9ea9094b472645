package result

import (
	"reflect"
	"strings"
	"sync"
)

// anyName and anyPath stand in patterns for one name, such as a window's, and for
// whatever comes below a mapping.
const (
	anyName = "*"
	anyPath = "**"
)

// patterns are the paths that figures may have, by the types of the summary.
var patterns = sync.OnceValue(func() []string {
	var out []string
	below("", reflect.TypeFor[Summary](), &out)
	return out
})

// below adds the patterns of the figures of a type that stands at a path.
func below(path string, t reflect.Type, out *[]string) {
	at := func(name string) string { return strings.TrimPrefix(path+"."+name, ".") }
	switch t.Kind() {
	case reflect.Pointer:
		below(path, t.Elem(), out)
	case reflect.Slice:
		below(at(anyName), t.Elem(), out)
	case reflect.Map:
		*out = append(*out, at(anyPath))
	case reflect.Struct:
		fields := false
		for f := range t.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			switch {
			case name == "" && f.Anonymous:
				fields = true
				below(path, f.Type, out)
			case name == "" || name == "-":
			default:
				if fields = true; !Identifies(name) {
					below(at(name), f.Type, out)
				}
			}
		}
		if !fields { // a number that writes itself, such as ledger.Amount
			*out = append(*out, path)
		}
	case reflect.String:
	default:
		*out = append(*out, path)
	}
}

// MayHave reports whether the summary of some run has a figure at a path. What a
// scenario's own run has depends on what happens in it.
func MayHave(path string) bool {
	for _, p := range patterns() {
		if matches(strings.Split(p, "."), strings.Split(path, ".")) {
			return true
		}
	}
	return false
}

// matches reports whether a path has the form of a pattern. Names may have points
// in them.
func matches(pattern, path []string) bool {
	for i, p := range pattern {
		switch {
		case p == anyPath:
			return len(path) > i
		case p == anyName:
			for end := i + 1; end <= len(path); end++ {
				if matches(pattern[i+1:], path[end:]) {
					return true
				}
			}
			return false
		case i >= len(path) || path[i] != p:
			return false
		}
	}
	return len(path) == len(pattern)
}

// Paths lists the paths that figures have in every scenario that uses their
// section: those without names of the scenario's own.
func Paths() []string {
	var out []string
	for _, p := range patterns() {
		if !strings.Contains(p, anyName) {
			out = append(out, p)
		}
	}
	return out
}
