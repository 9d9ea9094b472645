package demand

import (
	"fmt"
	"sort"

	"github.com/jevons-sim/jevons/sim/event"
)

// Level is a quantity that starts at 1 and moves to one target after another,
// as adoption goes.
type Level struct {
	adoption Adoption
	legs     []leg // in order of time
}

// leg is the course between two changes of the target.
type leg struct {
	at           event.Time // of the change
	since        event.Time // when the adoption under way began
	from, target float64
}

// NewLevel returns a level of 1.
func NewLevel(a Adoption) *Level { return &Level{adoption: a} }

// Begin sets a new target at an instant and begins its adoption there, from
// where the level stands. Instants must not go back.
func (l *Level) Begin(at event.Time, target float64) {
	l.add(leg{at: at, since: at, from: l.Value(at), target: target})
}

// Aim corrects the target at an instant. The adoption under way goes on, unless
// it renews with every change.
func (l *Level) Aim(at event.Time, target float64) {
	n := len(l.legs)
	switch {
	case target == l.Target(at):
	case n == 0 || l.adoption.Renews():
		l.Begin(at, target)
	default:
		g := l.legs[n-1]
		l.add(leg{at: at, since: g.since, from: g.from, target: target})
	}
}

func (l *Level) add(g leg) {
	n := len(l.legs)
	if n > 0 && l.legs[n-1].at > g.at {
		panic(fmt.Sprintf("demand: a change at %v after one at %v", g.at, l.legs[n-1].at))
	}
	if n > 0 && l.legs[n-1].at == g.at {
		l.legs = l.legs[:n-1] // of several changes at once the last counts
	}
	l.legs = append(l.legs, g)
}

// leg returns the course at an instant, nil before the first change.
func (l *Level) leg(t event.Time) *leg {
	i := sort.Search(len(l.legs), func(i int) bool { return l.legs[i].at > t })
	if i == 0 {
		return nil
	}
	return &l.legs[i-1]
}

// Value returns the level at an instant.
func (l *Level) Value(t event.Time) float64 {
	g := l.leg(t)
	if g == nil {
		return 1
	}
	return g.from + float64((g.target-g.from)*l.adoption.Share(t-g.since))
}

// Target returns what the level moves to at an instant.
func (l *Level) Target(t event.Time) float64 {
	g := l.leg(t)
	if g == nil {
		return 1
	}
	return g.target
}
