package scenario

import (
	"errors"
	"testing"
)

// FuzzParse checks that no input makes Parse panic, that errors are problems
// of the input, and that what parses prints in a form that parses to the same.
func FuzzParse(f *testing.F) {
	f.Add(base, "fleet.pools.main.nodes=${1 + 1}")
	f.Add(parameterised, "scale=3")
	f.Add("a: &x {b: 1}\nc: {<<: *x}\n", "seed=1")
	f.Add("a: &x [*x]", "fleet.pools[0]=[]")
	f.Fuzz(func(t *testing.T, text, set string) {
		var overrides []Override
		if o, err := ParseOverride(set); err == nil {
			overrides = append(overrides, o)
		}
		doc, err := Parse("fuzz.yaml", []byte(text), overrides...)
		if err != nil {
			var problems Problems
			if !errors.As(err, &problems) || len(problems) == 0 || err.Error() == "" {
				t.Fatalf("not a problem of the input: %v", err)
			}
			return
		}
		first, err := doc.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse("scenario.yaml", first)
		if err != nil {
			t.Fatalf("the canonical form does not parse: %v\n%s", err, first)
		}
		second, err := again.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		if string(first) != string(second) {
			t.Fatalf("the canonical form changes:\n%s\n%s", first, second)
		}
	})
}
