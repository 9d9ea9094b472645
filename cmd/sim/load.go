package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/workloads/presets"
)

// scenarioText is a scenario before it is parsed.
type scenarioText struct {
	name string // for messages: the file's path, or the preset's name
	dir  string // where the file lies; "" for a preset
	yaml []byte
	// preset is the preset's name, if it is one.
	preset string
}

// readScenario returns the scenario that an argument names: a file, a preset,
// or - for standard input. None is the default preset.
func (a *app) readScenario(arg string) (*scenarioText, error) {
	switch arg {
	case "":
		arg = presets.Default
	case "-":
		text, err := io.ReadAll(a.stdin)
		if err != nil {
			return nil, fmt.Errorf("reading the scenario from standard input: %w", err)
		}
		return &scenarioText{name: "stdin.yaml", yaml: text}, nil
	}
	if info, err := os.Stat(arg); err == nil && info.Mode().IsRegular() {
		text, err := os.ReadFile(arg)
		if err != nil {
			return nil, fmt.Errorf("reading the scenario: %w", err)
		}
		return &scenarioText{name: arg, dir: filepath.Dir(arg), yaml: text}, nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, usageErrorf("scenario %s: %w", arg, err)
	}
	if p, err := presets.Load(arg); err == nil {
		return &scenarioText{name: p.Name + ".yaml", yaml: p.YAML, preset: p.Name}, nil
	}
	var names []string
	for _, p := range presets.List() {
		names = append(names, p.Name)
	}
	return nil, usageErrorf("no scenario or preset %q.%s (`sim presets` lists all)", arg, suggest.Hint(arg, names))
}

// parseOverrides reads the values of --set.
func parseOverrides(sets []string) ([]scenario.Override, error) {
	var overrides []scenario.Override
	for _, s := range sets {
		o, err := scenario.ParseOverride(s)
		if err != nil {
			return nil, usageErrorf("%w", err)
		}
		overrides = append(overrides, o)
	}
	return overrides, nil
}
