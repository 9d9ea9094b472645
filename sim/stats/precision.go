package stats

import (
	"fmt"
	"math"
)

// Precision is a rule for when replications are enough: once the interval's
// half-width is at most a share of the mean.
//
// The half-width is held against Relative/(1 + Relative), because the mean it is
// divided by is itself an estimate (Law 2015, section 9.4.1). Stopping on what
// was seen costs a little coverage; at least Least values, ten by default, keep
// the loss to about a percentage point.
type Precision struct {
	Relative float64 // of the mean; above 0
	Level    float64 // of confidence
	Least    int     // replications before the rule is asked; 0 = 10
}

// LeastReplications is the default of Precision.Least.
const LeastReplications = 10

// Check refuses a rule that cannot be.
func (p Precision) Check() error {
	if !(p.Relative > 0 && p.Relative < 1) || !(p.Level > 0 && p.Level < 1) || p.Least < 0 {
		return fmt.Errorf("a precision of %v at a confidence of %v: both must be between 0 and 1", p.Relative, p.Level)
	}
	return nil
}

// Met reports whether the values are enough.
func (p Precision) Met(xs []float64) bool {
	least := p.Least
	if least == 0 {
		least = LeastReplications
	}
	if len(xs) < max(2, least) {
		return false
	}
	i := MeanInterval(xs, p.Level)
	return i.Half() <= p.Relative/(1+p.Relative)*math.Abs(i.Mean)
}

// Reached returns the smallest number of leading values that are enough, 0 if
// there is none: what a rule asked after every replication would have stopped
// at, however many ran at once.
func (p Precision) Reached(xs []float64) int {
	for n := 2; n <= len(xs); n++ {
		if p.Met(xs[:n]) {
			return n
		}
	}
	return 0
}
