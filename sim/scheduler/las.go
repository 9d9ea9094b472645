package scheduler

import (
	"sort"

	"github.com/jevons-sim/jevons/sim/event"
)

// LAS serves the gang with the least attained service first, discretised: a
// gang starts in the first of a few queues and moves on to the next when its
// service crosses a threshold; within a queue the order is that of submission.
// It needs no estimates. Attained service is run time or, two-dimensional (2D-LAS),
// run time × GPUs. The discretised form, promotion included, is that of Tiresias
// (Gu et al., NSDI 2019); the idea is due to Nuyens and Wierman, "The
// foreground–background queue" (Performance Evaluation 2008).
type LAS struct {
	gpuTime    bool
	thresholds []int64 // of service in ms, or GPU-ms
	promote    float64
}

var (
	_ Timed      = (*LAS)(nil)
	_ Shifting   = (*LAS)(nil)
	_ Displacing = (*LAS)(nil)
)

func newLAS(o Options, gpuTime bool) *LAS {
	l := &LAS{gpuTime: gpuTime, promote: o.Promote}
	if o.Queues == nil {
		o.Queues = []event.Time{event.Hour}
	}
	for _, q := range o.Queues {
		l.thresholds = append(l.thresholds, int64(q/event.Millisecond))
	}
	return l
}

// rate returns the service that a gang gains per ms, in thousandths of a ms.
func (l *LAS) rate(g *Gang) int64 {
	if l.gpuTime {
		return g.Request.TotalMilli()
	}
	return 1000
}

// service returns what counts of a gang's attained service.
func (l *LAS) service(now event.Time, g *Gang) int64 {
	return int64((g.attained(now)-g.base)/event.Millisecond) * l.rate(g) / 1000
}

// promoted reports whether a waiting gang has waited long enough.
func (l *LAS) promoted(now event.Time, g *Gang) bool {
	return l.promote > 0 && g.state == waiting && g.served > g.base && now >= l.promotedAt(g)
}

func (l *LAS) promotedAt(g *Gang) event.Time {
	return g.queued + event.Time(l.promote*float64(g.served-g.base))
}

// Rank implements Order: the number of the gang's queue.
func (l *LAS) Rank(now event.Time, g *Gang) int64 {
	if l.promoted(now, g) {
		return 0
	}
	service := l.service(now, g)
	return int64(sort.Search(len(l.thresholds), func(i int) bool { return service < l.thresholds[i] }))
}

// Next implements Timed: when a running gang is demoted, or a waiting one
// promoted.
func (l *LAS) Next(now event.Time, g *Gang) event.Time {
	if g.state == waiting {
		if at := l.promotedAt(g); l.promote > 0 && g.served > g.base && at > now && l.Rank(now, g) > 0 {
			return at
		}
		return event.Forever
	}
	queue := l.Rank(now, g)
	rate := l.rate(g)
	if int(queue) == len(l.thresholds) || rate == 0 {
		return event.Forever
	}
	run := event.Time((l.thresholds[queue]*1000+rate-1)/rate) * event.Millisecond
	return g.Started + run + g.base - g.served
}

// Begin implements Timed: a gang that starts promoted starts from nothing.
func (l *LAS) Begin(now event.Time, g *Gang) {
	if l.promoted(now, g) {
		g.base = g.served
	}
}

// Shifts implements Shifting.
func (l *LAS) Shifts() bool { return l.promote > 0 }

// Displaces implements Displacing.
func (*LAS) Displaces() {}

// String returns "least attained service first", with what counts.
func (l *LAS) String() string {
	if l.gpuTime {
		return "least attained GPU time first"
	}
	return "least attained service first"
}
