package report

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/result"
)

func TestStoreKeepsFiguresToTheLastBit(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		s := NewStore(filepath.Join(dir, "points"))
		figures := []result.Figure{{Path: "a", Value: rapid.Float64().Draw(t, "a")}, {Path: "b.c", Value: rapid.Float64().Draw(t, "b")}}
		if err := s.Put("some-id", figures); err != nil {
			t.Fatal(err)
		}
		got, ok, err := s.Get("some-id")
		if err != nil || !ok || cmp.Diff(figures, got) != "" {
			t.Fatalf("%v %v %s", ok, err, cmp.Diff(figures, got))
		}
	})
}

func TestWhatIsNotWholeIsNotThere(t *testing.T) {
	s := NewStore(t.TempDir())
	if _, ok, err := s.Get("some-id"); ok || err != nil {
		t.Errorf("an empty store has it: %v %v", ok, err)
	}
	if err := s.Put("some-id", []result.Figure{{Path: "a", Value: 1}}); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(s.path("some-id"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if err := os.WriteFile(s.path("some-id"), whole[:n], 0o666); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := s.Get("some-id"); ok || err != nil {
			t.Fatalf("cut after %d of %d bytes: %v %v", n, len(whole), ok, err)
		}
	}
}
