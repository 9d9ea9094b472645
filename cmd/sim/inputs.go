package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/traces"
)

// inputs opens the files that a scenario names, and notes them.
type inputs struct {
	dir    string // where the scenario lies; "" = nowhere
	note   func(format string, args ...any)
	opened []openedFile
}

type openedFile struct{ named, path string }

var _ sim.Inputs = (*inputs)(nil)

// newInputs returns inputs that tell the user, through note, when a fallback
// stands in for a file.
func newInputs(dir string, note func(format string, args ...any)) *inputs {
	return &inputs{dir: dir, note: note}
}

// samplePrefix marks traces that are part of the program.
const samplePrefix = "sample:"

// find returns where a file is: in the working directory or beside the
// scenario.
func (in *inputs) find(name string) (string, error) {
	if strings.HasPrefix(name, samplePrefix) {
		return name, nil
	}
	_, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) && in.dir != "" && !filepath.IsAbs(name) {
		beside := filepath.Join(in.dir, name)
		if _, err := os.Stat(beside); err == nil {
			return beside, nil
		}
	}
	return name, err
}

// Trace implements sim.Inputs.
func (in *inputs) Trace(file, fallback, format string) (*traces.File, error) {
	path, err := in.find(file)
	if errors.Is(err, fs.ErrNotExist) && fallback != "" {
		in.note("%s is not there; %s stands in for it", file, fallback)
		file = fallback
		path, err = in.find(fallback)
	}
	if err != nil {
		return nil, err
	}
	in.opened = append(in.opened, openedFile{file, path})
	return traces.OpenAs(path, format)
}

// Read implements sim.Inputs.
func (in *inputs) Read(name string) ([]byte, error) {
	path, err := in.find(name)
	if err != nil {
		return nil, err
	}
	in.opened = append(in.opened, openedFile{name, path})
	return os.ReadFile(path)
}

// Digests implements sim.Inputs.
func (in *inputs) Digests() ([]scenario.Digest, error) {
	var out []scenario.Digest
	for _, f := range in.opened {
		sum, err := traces.Digest(f.path)
		if err != nil {
			return nil, err
		}
		out = append(out, scenario.Digest{Path: f.named, SHA256: sum})
	}
	return out, nil
}
