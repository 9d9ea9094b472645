package scenario

import "testing"

// Editors show descriptions beside what is written. A reference to a type has
// the type's.
func TestSchemaDescribesEveryKey(t *testing.T) {
	for name, definition := range Schema().Definitions {
		if definition.Description == "" && len(definition.AnyOf) == 0 {
			t.Errorf("%s has no description", name)
		}
		if definition.Properties == nil {
			continue
		}
		for p := definition.Properties.Oldest(); p != nil; p = p.Next() {
			if p.Value.Description == "" && p.Value.Ref == "" {
				t.Errorf("%s.%s has no description", name, p.Key)
			}
		}
	}
}
