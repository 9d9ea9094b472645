package scenario

import (
	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
)

// Energy is what a site makes of electricity.
type Energy struct {
	// PUE is the power usage effectiveness: what the building takes for each
	// watt of its machines.
	PUE float64 `yaml:"pue" jsonschema:"default=1,minimum=1,maximum=10"`
	// Electricity is US dollars per kWh, on top of the GPUs' price; none = their
	// price covers it.
	Electricity *Timetable `yaml:"electricity,omitempty"`
	// Carbon is the grid's grams of CO₂ per kWh.
	Carbon *Timetable `yaml:"carbon,omitempty"`
}

// Timetable is a value that changes in time. A bare number is a constant.
type Timetable struct {
	// Hourly is one value for each hour, from the start of the run on, again and
	// again: 24 values are the hours of a day.
	Hourly []float64 `yaml:"hourly,omitempty"`
	// Steps are values that hold from an instant on.
	Steps []TimeStep `yaml:"steps,omitempty"`
	// Every is the period after which steps repeat; none = a day, 0s = never.
	Every *event.Time `yaml:"every,omitempty"`
}

// TimeStep is a value from an instant of the period on.
type TimeStep struct {
	// At is when the value begins.
	At event.Time `yaml:"at" jsonschema:"default=0s"`
	// Value from then on, until the next step.
	Value float64 `yaml:"value" jsonschema:"required,minimum=0"`
}

// Power is what the machines of a pool draw.
type Power struct {
	// Idle is the power of a GPU with nothing to do; none = the catalogue's.
	Idle units.Watts `yaml:"idle,omitempty"`
	// Max is the power of a GPU that computes all it can; none = its TDP.
	Max units.Watts `yaml:"max,omitempty"`
	// Host is the power of a node besides its GPUs.
	Host units.Watts `yaml:"host,omitempty"`
	// Shares of the way from idle to max that accounts of the ledger draw; those
	// not listed keep the usual ones.
	Shares []PowerShare `yaml:"shares,omitempty"`
}

// PowerShare is the share of the way from idle to full power in an account.
type PowerShare struct {
	// Account of the ledger, such as compute.decode.
	Account string `yaml:"account" jsonschema:"required"`
	// Share of the way from idle power to TDP.
	Share units.Fraction `yaml:"share" jsonschema:"required"`
}
