package scenario

import (
	"fmt"
	"strconv"

	"github.com/goccy/go-yaml"

	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
)

// Canonical prints the resolved scenario as YAML: every default written out,
// every quantity in its one form, the same bytes for the same scenario.
// Parsing it gives the scenario back.
func (s *Scenario) Canonical() ([]byte, error) {
	text, err := yaml.MarshalWithOptions(s,
		yaml.CustomMarshaler(func(t event.Time) ([]byte, error) { return []byte(units.FormatDuration(t)), nil }),
		// The numbers among the quantities would be quoted as texts.
		yaml.CustomMarshaler(units.Tokens.MarshalText),
		yaml.CustomMarshaler(units.Fraction.MarshalText),
		yaml.CustomMarshaler(func(x float64) ([]byte, error) { return strconv.AppendFloat(nil, x, 'g', -1, 64), nil }),
		yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("printing scenario %s: %w", s.Name, err)
	}
	return text, nil
}
