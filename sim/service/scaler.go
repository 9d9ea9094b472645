package service

import (
	"math"

	"github.com/jevons-sim/jevons/sim/event"
)

// scaler decides, every interval, how many replicas a service should have.
type scaler struct {
	service *Service
	rule    Autoscale
	timer   event.Timer
	// wanted holds the recommendations of the last cooldown, as a ring: the
	// largest of them stands.
	wanted []int
	next   int
}

var _ event.Handler = (*scaler)(nil)

func newScaler(s *Service, rule Autoscale) *scaler {
	sc := &scaler{service: s, rule: rule, wanted: make([]int, 1+int(rule.Cooldown/rule.Interval))}
	sc.timer = s.engine.NewTimer(sc, 0, 0)
	return sc
}

func (sc *scaler) arm(now event.Time) {
	sc.service.engine.Arm(sc.timer, now+sc.rule.Interval, event.ClassTimer)
}

// Handle implements event.Handler.
func (sc *scaler) Handle(_ *event.Engine, ev event.Event) {
	s := sc.service
	outstanding := s.outstanding(ev.Time)
	sc.wanted[sc.next] = int(math.Ceil(outstanding / sc.rule.Target))
	sc.next = (sc.next + 1) % len(sc.wanted)
	want := 0
	for _, w := range sc.wanted {
		want = max(want, w)
	}
	s.desired = sc.bound(want)
	s.makeRoom(ev.Time)
	s.adjust(ev.Time)
	sc.arm(ev.Time)
}

// bound moves a number of replicas into the rule's bounds.
func (sc *scaler) bound(n int) int { return min(max(n, sc.rule.Min), sc.rule.Max) }
