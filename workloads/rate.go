package workloads

import (
	"fmt"
	"math"

	"github.com/jevons-sim/jevons/internal/fmath"
	"github.com/jevons-sim/jevons/sim/event"
)

// RateStep is the grid on which rates change.
const RateStep = 5 * event.Minute

// Rate is a rate of arrivals over time.
type Rate struct {
	PerSecond float64    // mean over a day of weight 1
	Amplitude float64    // of the daily cosine, 0 to 1
	Peak      event.Time // time of day of the highest rate
	Weekly    []float64  // factor per day of the week; nil = all 1
	// Factor multiplies the rate at an instant, for demand that changes over
	// the run; nil = 1.
	Factor func(event.Time) float64
}

// validate returns an error that names the field at fault.
func (r *Rate) validate() error {
	switch {
	case !(r.PerSecond > 0) || math.IsInf(r.PerSecond, 1):
		return fmt.Errorf("rate is %v/s, must be above 0", r.PerSecond)
	case !(r.Amplitude >= 0 && r.Amplitude <= 1):
		return fmt.Errorf("daily amplitude is %v, must be from 0 to 1", r.Amplitude)
	case r.Weekly != nil && len(r.Weekly) != 7:
		return fmt.Errorf("weekly has %d factors, must have 7", len(r.Weekly))
	}
	for i, f := range r.Weekly {
		if !(f >= 0) {
			return fmt.Errorf("weekly factor %d is %v, must not be negative", i, f)
		}
	}
	return nil
}

// At returns the rate per second at an instant.
func (r *Rate) At(t event.Time) float64 { return r.at(t / RateStep * RateStep) }

// at returns the rate per second during the grid step that starts at t, taken
// at its middle.
func (r *Rate) at(t event.Time) float64 {
	mid := t + RateStep/2
	v := r.PerSecond
	if r.Amplitude > 0 {
		phase := 2 * math.Pi * float64((mid-r.Peak)%event.Day) / float64(event.Day)
		v *= 1 + float64(r.Amplitude*fmath.Cos(phase))
	}
	if r.Weekly != nil {
		v *= r.Weekly[(mid/event.Day)%7]
	}
	if r.Factor != nil {
		v *= r.Factor(mid)
	}
	return v
}

// clock carries operational time to simulated time: it walks the grid and
// spends the integral of the rate.
type clock struct {
	rate  Rate
	known event.Time // the rate is known before this instant
	step  event.Time // start of the current grid step
	into  float64    // seconds into it
	now   float64    // rate during it, once read
	read  bool
	owed  float64 // operational time still to spend
}

func newClock(r Rate, start, known event.Time) clock {
	step := start / RateStep * RateStep
	return clock{rate: r, known: known, step: step, into: (start - step).Seconds()}
}

// advance moves by an amount of operational time and returns the instant, or
// false when that lies beyond the end, or beyond what is known (see paused).
func (c *clock) advance(amount float64, end event.Time) (event.Time, bool) {
	c.owed = amount
	return c.resume(end)
}

// resume goes on with an advance that paused.
func (c *clock) resume(end event.Time) (event.Time, bool) {
	for {
		if !c.read {
			if c.step >= c.known {
				return 0, false
			}
			c.now, c.read = c.rate.at(c.step), true
		}
		room := (RateStep.Seconds() - c.into) * c.now
		if c.owed < room {
			c.into += c.owed / c.now
			t := c.step + event.FromSeconds(c.into)
			return t, t < end
		}
		c.owed -= room
		c.step += RateStep
		c.into, c.read = 0, false
		if c.step >= end {
			return 0, false
		}
	}
}

// paused reports whether an advance waits for more of the rate to be known.
func (c *clock) paused(end event.Time) bool { return !c.read && c.step < end }
