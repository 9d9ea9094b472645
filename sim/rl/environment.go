package rl

import (
	"fmt"
	"math"

	"github.com/jevons-sim/jevons/internal/fmath"
	"github.com/jevons-sim/jevons/sim/event"
)

// Service is something outside the engines that samples wait for: a verifier,
// a sandbox, a tool. Its time is lognormal, or constant when Sigma is 0.
type Service struct {
	Median  event.Time
	Sigma   float64    // standard deviation of the logarithm
	Timeout event.Time // cuts it short; 0 = never
	Slots   int        // calls served at once; 0 = any number
}

func (s *Service) validate(what string) error {
	switch {
	case min(s.Median, s.Timeout) < 0:
		return fmt.Errorf("%s: times must not be negative", what)
	case !(s.Sigma >= 0 && s.Sigma <= 10):
		return fmt.Errorf("%s: sigma is %v, must be from 0 to 10", what, s.Sigma)
	case s.Slots < 0:
		return fmt.Errorf("%s: %d slots, must not be negative", what, s.Slots)
	}
	return nil
}

// draw returns the time of one call.
func (s *Service) draw(r *event.Rand) event.Time {
	t := s.Median
	if s.Sigma > 0 {
		x := math.Round(float64(s.Median) * fmath.Exp(float64(s.Sigma*r.Normal())))
		t = event.Time(min(x, float64(event.Day*365)))
	}
	if s.Timeout > 0 {
		t = min(t, s.Timeout)
	}
	return t
}

// Tools makes samples of several turns: after each turn but the last, a sample
// leaves its engine for a tool call and comes back with the answer, its KV
// found in the prefix cache, if there is one and it still has it, or computed
// again.
type Tools struct {
	Turns  float64 // mean of a geometric distribution; 0 or 1 = a single turn
	Most   int     // turns at most
	Answer int32   // tokens that a call adds to the context
	Call   Service
}

func (t *Tools) validate() error {
	switch {
	case t.Turns != 0 && !(t.Turns >= 1 && t.Turns <= 1e6):
		return fmt.Errorf("tools: a mean of %v turns, must be at least 1", t.Turns)
	case t.Turns > 1 && t.Most < 1:
		return fmt.Errorf("tools: at most %d turns, must be at least 1", t.Most)
	case t.Answer < 0:
		return fmt.Errorf("tools: answers of %d tokens, must not be negative", t.Answer)
	}
	return t.Call.validate("tools")
}

// mostTokens returns the most that answers add to a context.
func (t *Tools) mostTokens() int32 {
	if t.Turns <= 1 {
		return 0
	}
	return int32(t.Most-1) * t.Answer
}

// turns draws the number of turns.
func (t *Tools) turns(r *event.Rand) int32 {
	n := int32(1)
	for goOn := 1 - 1/max(t.Turns, 1); goOn > 0 && int(n) < t.Most && r.Float64() < goOn; {
		n++
	}
	return n
}

// Filter is dynamic sampling: a group whose samples all have the same reward
// teaches nothing and is replaced. A sample of a prompt succeeds with the
// prompt's own probability 1/(1 + exp(−x)), x normal.
type Filter struct {
	Logit  float64 // mean of x
	Spread float64 // standard deviation of x
}

func (f *Filter) validate(groupSize int) error {
	switch {
	case f == nil:
		return nil
	case groupSize < 2:
		return fmt.Errorf("a filter on groups of equal rewards drops every group of %d sample", groupSize)
	case !(f.Logit >= -5 && f.Logit <= 5):
		return fmt.Errorf("filter: mean logit is %v, must be from -5 to 5", f.Logit)
	case !(f.Spread >= 0 && f.Spread <= 10):
		return fmt.Errorf("filter: spread is %v, must be from 0 to 10", f.Spread)
	}
	return nil
}

// drops reports whether all of a group's rewards come out alike.
func (f *Filter) drops(r *event.Rand, groupSize int) bool {
	pass := 1 / (1 + fmath.Exp(-(f.Logit + float64(f.Spread*r.Normal()))))
	passed := 0
	for range groupSize {
		if r.Float64() < pass {
			passed++
		}
	}
	return passed == 0 || passed == groupSize
}

// server serves the calls of one Service: those beyond its slots wait in line.
type server struct {
	service *Service
	engine  *event.Engine
	owner   event.Handler
	kind    event.Kind // of the event that ends a call
	busy    int
	waiting []call
	epoch   int64 // calls of earlier ones have been given up
}

// Event arguments hold a call's tag below its epoch.
const epochShift = 40

type call struct {
	tag  int64
	time event.Time
}

// begin starts a call for a sample, or puts it in line.
func (s *server) begin(now event.Time, tag int64, r *event.Rand) {
	c := call{tag, s.service.draw(r)}
	if s.service.Slots > 0 && s.busy == s.service.Slots {
		s.waiting = append(s.waiting, c)
		return
	}
	s.busy++
	s.serve(now, c)
}

func (s *server) serve(now event.Time, c call) {
	s.engine.At(now+c.time, event.ClassArrival, s.owner, s.kind, c.tag|s.epoch<<epochShift)
}

// end takes the call that has ended off, serves the next in line and returns
// the tag of the first; none if it was given up.
func (s *server) end(now event.Time, arg int64) (tag int64, ok bool) {
	if arg>>epochShift != s.epoch {
		return 0, false
	}
	tag = arg & (1<<epochShift - 1)
	if len(s.waiting) > 0 {
		s.serve(now, s.waiting[0])
		s.waiting = s.waiting[1:]
		return tag, true
	}
	s.busy--
	return tag, true
}

// stop gives up all calls.
func (s *server) stop() {
	s.busy, s.waiting = 0, nil
	s.epoch++
}
