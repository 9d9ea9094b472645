package service

import (
	"github.com/jevons-sim/jevons/sim/event"
)

// scaler decides, every interval, how many replicas a service should have.
type scaler struct {
	service *Service
	rule    Autoscale
	timer   event.Timer
	// wanted holds the latest recommendations as a ring, next is the place of the
	// one to come, known how many there have been.
	wanted []int
	next   int
	known  int
	gauge  gauge
}

var _ event.Handler = (*scaler)(nil)

// Event kinds of a scaler.
const (
	intervalEnds event.Kind = iota
	decides
)

func newScaler(s *Service, rule Autoscale) *scaler {
	memory := max(rule.Cooldown, rule.Stabilization)
	sc := &scaler{service: s, rule: rule, wanted: make([]int, 1+int(memory/rule.Interval))}
	sc.timer = s.engine.NewTimer(sc, intervalEnds, 0)
	return sc
}

func (sc *scaler) arm(now event.Time) {
	class := event.ClassTimer
	if sc.rule.Metric == KVUse {
		class = event.ClassSample // KV memory can only be read when all of an instant has happened
	}
	sc.service.engine.Arm(sc.timer, now+sc.rule.Interval, class)
}

// Handle implements event.Handler.
func (sc *scaler) Handle(e *event.Engine, ev event.Event) {
	if ev.Kind == decides {
		sc.decide(ev.Time)
		return
	}
	sc.wanted[sc.next] = sc.recommend(ev.Time)
	sc.next = (sc.next + 1) % len(sc.wanted)
	sc.known++
	if sc.rule.Metric == KVUse {
		e.At(ev.Time+1, event.ClassTimer, sc, decides, 0) // a reader must not act
	} else {
		sc.decide(ev.Time)
	}
	sc.arm(ev.Time)
}

// decide sets the number of replicas by the recommendations: no more than the
// largest of the cooldown, no less than the smallest of the stabilisation
// window, and as it is in between.
func (sc *scaler) decide(now event.Time) {
	s := sc.service
	least, most := sc.over(sc.rule.Stabilization)[0], sc.over(sc.rule.Cooldown)[1]
	s.desired = sc.bound(min(max(s.desired, least), most))
	s.makeRoom(now)
	s.adjust(now)
}

// over returns the smallest and the largest recommendation of a span up to now.
func (sc *scaler) over(span event.Time) [2]int {
	n := min(1+int(span/sc.rule.Interval), sc.known)
	latest := sc.wanted[(sc.next-1+len(sc.wanted))%len(sc.wanted)]
	r := [2]int{latest, latest}
	for i := 2; i <= n; i++ {
		w := sc.wanted[(sc.next-i+len(sc.wanted))%len(sc.wanted)]
		r[0], r[1] = min(r[0], w), max(r[1], w)
	}
	return r
}

// bound moves a number of replicas into the rule's bounds.
func (sc *scaler) bound(n int) int { return min(max(n, sc.rule.Min), sc.rule.Max) }
