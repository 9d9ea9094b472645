package service

import (
	"math"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/serving"
)

// Metric is what an autoscaler goes by.
type Metric uint8

// The metrics, and the number of replicas n that each recommends.
const (
	// Concurrency: ⌈outstanding requests ÷ target⌉.
	Concurrency Metric = iota
	// Queue: ⌈waiting requests ÷ target⌉, but at most one less than there are: that
	// nothing waits does not say that half would do.
	Queue
	// KVUse: ⌈ready replicas × mean share of KV memory in use ÷ target⌉, unless
	// that share is within a tenth of the target, as for Kubernetes' autoscaler.
	KVUse
	// OnTime: with m the share of first tokens that came later than the SLO in
	// the last interval, or are overdue, ⌈ready replicas × (1 + m)⌉ when m is above
	// 1 − target, one less when it is at most half of that, else as many as there
	// are.
	OnTime
)

// tolerance is the relative distance from the target that KVUse leaves alone.
const tolerance = 0.1

// gauge counts first tokens since the last decision, for OnTime.
type gauge struct {
	since          event.Time
	punctual, late int
}

// ended counts a request that has ended, unless its first token came before the
// last decision and was counted then.
func (g *gauge) ended(q *serving.Request, slo event.Time) {
	if q.FirstToken > g.since {
		g.count(q.TTFT(), slo)
	}
}

func (g *gauge) count(ttft, slo event.Time) {
	if ttft > slo {
		g.late++
	} else {
		g.punctual++
	}
}

// missed returns the share of first tokens that came too late since the last
// call, or are overdue, and begins to count anew.
func (g *gauge) missed(now event.Time, s *Service, slo event.Time) float64 {
	s.Unfinished(now, func(q *serving.Request) {
		switch {
		case q.FirstToken > g.since:
			g.count(q.TTFT(), slo)
		case q.FirstToken == 0 && now-q.Arrive > slo:
			g.late++
		}
	})
	m := 0.0
	if n := g.late + g.punctual; n > 0 {
		m = float64(g.late) / float64(n)
	}
	*g = gauge{since: now}
	return m
}

// recommend returns how many replicas the metric asks for.
func (sc *scaler) recommend(now event.Time) int {
	s, target := sc.service, sc.rule.Target
	ready := float64(s.Ready())
	switch sc.rule.Metric {
	case Queue:
		return max(int(math.Ceil(float64(s.deployment.Waiting())/target)), s.desired-1)
	case KVUse:
		if ready == 0 {
			return s.desired
		}
		over := s.kvUse(now) / target
		if math.Abs(over-1) <= tolerance {
			return s.Ready()
		}
		return int(math.Ceil(float64(ready * over)))
	case OnTime:
		m := sc.gauge.missed(now, s, sc.rule.TTFT)
		switch allowed := 1 - target; {
		case m > allowed && ready == 0:
			return s.desired
		case m > allowed:
			return int(math.Ceil(float64(ready * (1 + m))))
		case m <= allowed/2:
			return s.desired - 1
		}
		return s.desired
	}
	return int(math.Ceil(s.outstanding(now) / target))
}

// kvUse returns the mean share of KV memory in use on ready replicas, of which
// there are some.
func (s *Service) kvUse(now event.Time) float64 {
	sum := 0.0
	for _, r := range s.deployment.Ready() {
		sum += float64(r.KVBlocks(now)) / float64(r.Config().Blocks)
	}
	return sum / float64(s.Ready())
}
