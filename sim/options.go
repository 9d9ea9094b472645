package sim

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/traces"
)

// Inputs opens the files that a scenario names.
type Inputs interface {
	// Trace opens a trace; when the file does not exist and there is a
	// fallback, it opens that.
	Trace(file, fallback, format string) (*traces.File, error)
	// Read returns the content of a small file.
	Read(path string) ([]byte, error)
	// Digests returns the digests of all that has been opened.
	Digests() ([]scenario.Digest, error)
}

// Options is what a run depends on besides its scenario. None of it changes
// the result.
type Options struct {
	Inputs   Inputs
	Version  string // of the simulator; part of the run ID
	StepMode bool   // take every engine step singly: the oracle
	Check    bool   // assert the ledger's balance at every sample, not only at the end
	// Progress, if not nil, is called every few thousand events.
	Progress func(now, horizon event.Time)
}
