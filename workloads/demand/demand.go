package demand

import (
	"fmt"

	"github.com/jevons-sim/jevons/internal/fmath"
	"github.com/jevons-sim/jevons/sim/event"
)

// Response is how a segment answers prices.
type Response struct {
	Elasticity         float64 // ε ≥ 0, of requests to the price of a request
	ThinkingElasticity float64 // 0 ≤ θ < 1, of tokens per request to the price of a token
	Adoption           Adoption
}

// Validate returns an error that names the field at fault.
func (r Response) Validate() error {
	switch {
	case !(r.Elasticity >= 0):
		return fmt.Errorf("elasticity is %v, must not be negative", r.Elasticity)
	case !(r.ThinkingElasticity >= 0 && r.ThinkingElasticity < 1):
		return fmt.Errorf("thinking_elasticity is %v, must be at least 0 and below 1", r.ThinkingElasticity)
	}
	return nil
}

// RequestPrice returns π/π₀ when the price of a token changes by f.
func (r Response) RequestPrice(f float64) float64 { return fmath.Pow(f, 1-r.ThinkingElasticity) }

// Requests returns the ratio of desired requests.
func (r Response) Requests(f float64) float64 {
	return fmath.Pow(r.RequestPrice(f), -r.Elasticity)
}

// TokensPerRequest returns the ratio of tokens per request.
func (r Response) TokensPerRequest(f float64) float64 { return fmath.Pow(f, -r.ThinkingElasticity) }

// GPUHours returns the ratio of GPU-hours when the cost of a token changes by
// f and the price follows.
func (r Response) GPUHours(f float64) float64 {
	return fmath.Pow(f, (1-r.ThinkingElasticity)*(1-r.Elasticity))
}

// Adoption is how volume moves from its old to its desired level after a
// change: Share returns the part of the way, 0 to 1, that it has gone.
type Adoption interface {
	Share(since event.Time) float64
	String() string
}

// Instant adoption moves at once.
type Instant struct{}

// Share implements Adoption.
func (Instant) Share(event.Time) float64 { return 1 }

// String returns "instant".
func (Instant) String() string { return "instant" }

// Lag moves at a rate proportional to the way left: 1 − e^(−t/τ).
type Lag struct{ Tau event.Time }

// Share implements Adoption.
func (l Lag) Share(since event.Time) float64 {
	return 1 - fmath.Exp(-float64(since)/float64(l.Tau))
}

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

// String returns both rates.
func (b Bass) String() string {
	return fmt.Sprintf("Bass, innovation %g/s, imitation %g/s", b.Innovation, b.Imitation)
}

// Path is a level that starts at 1 and, from an instant on, moves to a new
// level as adoption goes.
type Path struct {
	At       event.Time
	Level    float64
	Adoption Adoption
}

// Value returns the level at an instant.
func (p Path) Value(t event.Time) float64 {
	if t < p.At {
		return 1
	}
	return 1 + float64((p.Level-1)*p.Adoption.Share(t-p.At))
}
