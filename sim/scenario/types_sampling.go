package scenario

import (
	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
)

// Sampling simulates requests in windows at equal intervals only, for horizons
// over which following every request would take too long. Between the windows a
// fluid model of the engines carries the load, the autoscaler and the accounts.
type Sampling struct {
	// Every is the time from one window to the next; 0 = every request is
	// simulated. One that does not divide a day samples all its hours.
	Every event.Time `yaml:"every" jsonschema:"default=5h"`
	// Window is the time in which requests count.
	Window event.Time `yaml:"window" jsonschema:"default=10m"`
	// Warmup before each window fills the engines and is not counted. It is to
	// be longer than nearly all requests take.
	Warmup event.Time `yaml:"warmup" jsonschema:"default=15m"`
	// Share of a deployment's replicas that a window simulates, with as large a
	// share of the requests; at least 16 of them, if there are as many.
	Share units.Fraction `yaml:"share" jsonschema:"default=1"`
}

// On reports whether requests are sampled.
func (s *Sampling) On() bool { return s != nil && s.Every > 0 }
