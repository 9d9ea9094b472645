package demand

import (
	"fmt"

	"github.com/jevons-sim/jevons/internal/fmath"
	"github.com/jevons-sim/jevons/sim/event"
)

// Adoption is how volume moves from its old to its desired level after a
// change: Share returns the part of the way, 0 to 1, that it has gone.
type Adoption interface {
	Share(since event.Time) float64
	// Renews says whether each change of what is desired begins the course anew
	// from where volume stands. A spread that does not renew goes on, with the
	// new level as its end.
	Renews() bool
	String() string
}

// Instant adoption moves at once.
type Instant struct{}

// Share implements Adoption.
func (Instant) Share(event.Time) float64 { return 1 }

// Renews implements Adoption.
func (Instant) Renews() bool { return true }

// String returns "instant".
func (Instant) String() string { return "instant" }

// Lag moves at a rate proportional to the way left: 1 − e^(−t/τ).
type Lag struct{ Tau event.Time }

// Share implements Adoption.
func (l Lag) Share(since event.Time) float64 {
	return 1 - fmath.Exp(-float64(since)/float64(l.Tau))
}

// Renews implements Adoption: a first-order lag has no memory.
func (Lag) Renews() bool { return true }

// String returns the time constant.
func (l Lag) String() string { return fmt.Sprintf("lag of %v", l.Tau) }

// Bass spreads by innovation (rate p) and imitation (rate q), both per second:
// (1 − e^(−(p+q)t)) / (1 + (q/p)·e^(−(p+q)t)).
type Bass struct{ Innovation, Imitation float64 }

// Share implements Adoption.
func (b Bass) Share(since event.Time) float64 {
	e := fmath.Exp(-(b.Innovation + b.Imitation) * since.Seconds())
	return (1 - e) / (1 + float64(b.Imitation/b.Innovation*e))
}

// Renews implements Adoption: who has adopted stays an adopter.
func (Bass) Renews() bool { return false }

// String returns both rates.
func (b Bass) String() string {
	return fmt.Sprintf("Bass, innovation %g/s, imitation %g/s", b.Innovation, b.Imitation)
}
