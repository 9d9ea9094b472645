package serving

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/perf"
)

// Gate says how a deployment takes requests in. The zero value takes
// everything and hands it to a replica at once.
type Gate struct {
	// Order of the requests that are held, and what it goes by.
	Order Discipline
	Fair  *FairShare
	// Concurrency is how many requests a ready replica may have on average before
	// further ones are held; 0 = no limit.
	Concurrency int
	// MaxWaiting is how many requests may wait, held or at replicas; 0 = no limit.
	MaxWaiting int
	// TTFT turns away what is predicted to have its first token later; 0 = never.
	TTFT event.Time
	// Displace lets an arrival that would be turned away take the place of a less
	// important request that is held.
	Displace bool
	Rules    []ShedRule
}

// ShedRule turns away arrivals of a class, or below a priority, while more
// requests wait than it allows.
type ShedRule struct {
	Class   int32 // −1 = any
	Below   int32 // priority
	Waiting int
}

func (s *ShedRule) applies(q *Request, waiting int) bool {
	return waiting > s.Waiting && (s.Class < 0 || s.Class == q.Class) && q.Priority < s.Below
}

// gate applies a Gate.
type gate struct {
	Gate
	held map[int32]int // requests held, by priority
	// pace is the mean time between completions while requests wait: by Little's
	// law so many of them are started in that time, too.
	pace     event.Time
	last     event.Time // completion
	measured bool       // requests have been waiting since
}

// paceMemory is the number of completions over which the pace is averaged.
const paceMemory = 32

// verdict is what becomes of an arrival.
type verdict uint8

const (
	admitted verdict = iota
	refused
	shed
)

// judge decides on an arrival, which finds so many requests waiting.
func (d *Deployment) judge(now event.Time, q *Request) verdict {
	g, waiting := d.gate, d.Waiting()
	for i := range g.Rules {
		if g.Rules[i].applies(q, waiting) {
			return shed
		}
	}
	full := g.MaxWaiting > 0 && waiting >= g.MaxWaiting
	late := g.TTFT > 0 && d.predict(now, q, waiting) > g.TTFT
	if !full && !late {
		return admitted
	}
	if g.Displace && d.displace(now, q) {
		return admitted
	}
	return refused
}

// predict returns the time to first token to expect for an arrival: the time
// since it arrived, that for those before it at the pace of late, and that for
// computing its prompt alone.
func (d *Deployment) predict(now event.Time, q *Request, waiting int) event.Time {
	g := d.gate
	if g.Order == Priority {
		for p, n := range g.held {
			if p < q.Priority {
				waiting -= n // it goes before those
			}
		}
	}
	t := now - q.Arrive + event.Time(waiting)*g.pace
	if len(d.ready.replicas) > 0 {
		t += d.ready.replicas[0].cfg.promptTime(int64(q.Prompt))
	}
	return t
}

// promptTime returns how long an engine takes for a prompt alone.
func (c *Config) promptTime(prompt int64) event.Time {
	var sum int64
	for done := int64(0); done < prompt; {
		n := min(prompt-done, int64(c.MaxTokens))
		var local perf.LocalWork
		local.Prefill(c.Table.Local, done, n)
		host, comm, body := c.Table.Step(1, n, 0, n*done+n*(n+1)/2, done+n, local)
		sum += host + comm + body
		done += n
	}
	return span{}.plus(sum).ceil()
}

// displace sheds the least important request held, the latest of equals, if it
// is less important than an arrival. It reports whether it did.
func (d *Deployment) displace(now event.Time, q *Request) bool {
	lowest := q.Priority
	for p, n := range d.gate.held {
		if n > 0 {
			lowest = min(lowest, p)
		}
	}
	if lowest == q.Priority {
		return false
	}
	var victim *Request
	d.held.each(func(h *Request) {
		if h.Priority == lowest && (victim == nil || h.Arrive > victim.Arrive || (h.Arrive == victim.Arrive && h.ID > victim.ID)) {
			victim = h
		}
	})
	d.leave(now, victim, Shed)
	return true
}

// Waiting returns the requests held and those in the queues of ready replicas.
func (d *Deployment) Waiting() int {
	n := d.held.len()
	for _, r := range d.ready.replicas {
		n += r.Waiting()
	}
	return n
}

// ended measures the pace.
func (g *gate) ended(now event.Time, o Outcome, waiting int) {
	if o == Completed {
		if g.measured {
			if gap := now - g.last; g.pace == 0 {
				g.pace = gap
			} else {
				g.pace += (gap - g.pace) / paceMemory
			}
		}
		g.last = now
	}
	g.measured = waiting > 0 && (g.measured || o == Completed)
}
