package scenario

import "testing"

// Editors show descriptions beside what is written: a type without one is in a
// file whose comments are not read.
func TestSchemaDescribesEveryType(t *testing.T) {
	for name, definition := range Schema().Definitions {
		if definition.Description == "" && len(definition.AnyOf) == 0 {
			t.Errorf("%s has no description", name)
		}
	}
}
