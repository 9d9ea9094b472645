// Package shared finds the folder of sourced tables and real traces that lies
// beside a checkout. It is not part of the project; tests that need it skip
// where it is absent.
package shared

import (
	"os"
	"path/filepath"
	"testing"
)

// Path returns the path of a file in the shared folder, such as
// "facts/gpus.csv", and skips the test when it is not there.
func Path(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = parent
	}
	p := filepath.Join(filepath.Dir(dir), "shared", filepath.FromSlash(name))
	if _, err := os.Stat(p); err != nil {
		t.Skipf("skipped: ../shared/%s is not beside this checkout", name)
	}
	return p
}
