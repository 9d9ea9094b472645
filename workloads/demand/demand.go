package demand

import (
	"fmt"
	"math"

	"github.com/jevons-sim/jevons/internal/fmath"
)

// Response is how requests answer prices and latency.
type Response struct {
	Elasticity         float64 // ε ≥ 0, of requests to the price of a request
	ThinkingElasticity float64 // 0 ≤ θ < 1, of thinking to the price of a token
	LatencyElasticity  float64 // η ≥ 0, of requests to their latency
	ThinkShare         float64 // s, share of a request's cost that is thinking, 0 to 1
}

// Validate returns an error that names the field at fault.
func (r Response) Validate() error {
	switch {
	case !(r.Elasticity >= 0):
		return fmt.Errorf("elasticity is %v, must not be negative", r.Elasticity)
	case !(r.ThinkingElasticity >= 0 && r.ThinkingElasticity < 1):
		return fmt.Errorf("thinking_elasticity is %v, must be at least 0 and below 1", r.ThinkingElasticity)
	case !(r.LatencyElasticity >= 0):
		return fmt.Errorf("latency elasticity is %v, must not be negative", r.LatencyElasticity)
	case !(r.ThinkShare >= 0 && r.ThinkShare <= 1):
		return fmt.Errorf("thinking is %v of a request's cost, must be from 0 to 1", r.ThinkShare)
	}
	return nil
}

// Thinking returns the ratio of thinking tokens when the price of a token
// changes by f.
func (r Response) Thinking(f float64) float64 { return fmath.Pow(f, -r.ThinkingElasticity) }

// Work returns the ratio of a request's cost when the price of a token changes
// by f and the cost of a token does not change.
func (r Response) Work(f float64) float64 {
	return 1 - r.ThinkShare + float64(r.ThinkShare*r.Thinking(f))
}

// RequestPrice returns π/π₀ when the price of a token changes by f.
func (r Response) RequestPrice(f float64) float64 { return f * r.Work(f) }

// Requests returns the ratio of desired requests when the price of a token
// changes by f.
func (r Response) Requests(f float64) float64 {
	return fmath.Pow(r.RequestPrice(f), -r.Elasticity)
}

// GPUHours returns the ratio of GPU-hours when the price of a token changes by
// f and its cost by c.
func (r Response) GPUHours(f, c float64) float64 { return c * r.Work(f) * r.Requests(f) }

// BreakEven returns the elasticity at which GPU-hours stay what they were when
// the price of a token changes by f and its cost by c: 1 where they are equal.
// It is not a number where the price of a request does not change.
func (r Response) BreakEven(f, c float64) float64 {
	price := fmath.Log(r.RequestPrice(f))
	if price == 0 {
		return math.NaN()
	}
	return fmath.Log(c*r.Work(f)) / price
}

// Latency returns the factor on desired requests when latency is l times its
// reference.
func (r Response) Latency(l float64) float64 { return fmath.Pow(l, -r.LatencyElasticity) }

// Toward moves a positive quantity part of the way to another, on a logarithmic
// scale: damping 1 goes all the way at once.
func Toward(from, to, damping float64) float64 {
	if damping == 1 {
		return to
	}
	return from * fmath.Pow(to/from, damping)
}
