package scenario

import (
	"errors"

	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
)

// Lengths is a distribution of token counts (or other counts). A bare number
// is a constant.
type Lengths struct {
	// Dist may be left out: a value makes a constant, values make a histogram,
	// anything else a lognormal.
	Dist string `yaml:"dist" jsonschema:"enum=constant,enum=lognormal,enum=exponential,enum=gamma,enum=uniform,enum=histogram"`
	// Value of a constant.
	Value units.Tokens `yaml:"value,omitempty"`
	Mean  units.Tokens `yaml:"mean,omitempty"`
	// CV is the standard deviation divided by the mean.
	CV float64 `yaml:"cv,omitempty" jsonschema:"minimum=0"`
	// P50 and P99 give a lognormal by its quantiles instead of mean and cv.
	P50 units.Tokens `yaml:"p50,omitempty"`
	P99 units.Tokens `yaml:"p99,omitempty"`
	// Min and Max are bounds: draws beyond them are moved to them.
	Min units.Tokens `yaml:"min,omitempty"`
	Max units.Tokens `yaml:"max,omitempty"`
	// Values and Weights of a histogram.
	Values  []units.Tokens `yaml:"values,omitempty"`
	Weights []float64      `yaml:"weights,omitempty"`
}

// Durations is a distribution of spans of time. A bare duration is a constant.
type Durations struct {
	// Dist may be left out: a value makes a constant, values make a histogram,
	// anything else a lognormal.
	Dist  string     `yaml:"dist" jsonschema:"enum=constant,enum=lognormal,enum=exponential,enum=gamma,enum=uniform,enum=histogram"`
	Value event.Time `yaml:"value,omitempty"`
	Mean  event.Time `yaml:"mean,omitempty"`
	// CV is the standard deviation divided by the mean.
	CV  float64    `yaml:"cv,omitempty" jsonschema:"minimum=0"`
	P50 event.Time `yaml:"p50,omitempty"`
	P99 event.Time `yaml:"p99,omitempty"`
	Min event.Time `yaml:"min,omitempty"`
	Max event.Time `yaml:"max,omitempty"`
	// Values and Weights of a histogram.
	Values  []event.Time `yaml:"values,omitempty"`
	Weights []float64    `yaml:"weights,omitempty"`
}

// fromText reads the short form of a constant.
func (l *Lengths) fromText(text string) error {
	v, err := units.ParseTokens(text)
	if err != nil {
		return errNoLengths
	}
	*l = Lengths{Dist: "constant", Value: v}
	return nil
}

// fromText reads the short form of a constant.
func (d *Durations) fromText(text string) error {
	v, err := units.ParseDuration(text)
	if err != nil {
		return errNoDurations
	}
	*d = Durations{Dist: "constant", Value: v}
	return nil
}

var (
	errNoLengths   = errors.New("wants a number of tokens such as 8k, or a mapping such as {dist: lognormal, mean: 1200, cv: 0.8}")
	errNoDurations = errors.New("wants a duration such as 10m, or a mapping such as {dist: lognormal, mean: 2h, cv: 1.5}")
)
