package workloads

import (
	"container/heap"
	"fmt"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/traces"
)

// RequestConfig describes a synthetic stream of requests.
type RequestConfig struct {
	Name     string // of the random streams
	Class    string
	Tenant   string
	Process  Process
	Rate     Rate
	Start    event.Time
	End      event.Time // arrivals before it
	Prompt   Length     // tokens
	Output   Length     // tokens of the answer
	Thinking Length     // tokens before the answer, of requests that think; nil = none do
	// ThinkShare is the share of requests that think, at an instant.
	ThinkShare float64
	// ThinkFactor multiplies thinking at an instant; nil = 1.
	ThinkFactor func(event.Time) float64
	Sessions    *Sessions
	// Known is the instant before which the factors are known at the start;
	// 0 = all of them are. Extend moves it on. It is a multiple of RateStep.
	Known    event.Time
	Priority int32
	Deadline event.Time
	Patience event.Time
}

// Sessions makes every arrival the first turn of a conversation.
type Sessions struct {
	Turns     Length // requests of a conversation
	Gap       Length // seconds from one request to the next
	MaxPrompt int32  // the growing history is cut to this
}

// Requests is a synthetic stream of requests.
type Requests struct {
	c        RequestConfig
	clock    clock
	arrivals event.Rand
	draws    event.Stream
	n        uint64 // sessions begun
	next     event.Time
	more     bool
	turns    turnHeap
}

var _ traces.RequestStream = (*Requests)(nil)

// NewRequests returns a stream, or an error that names the field at fault.
func NewRequests(seed uint64, c RequestConfig) (*Requests, error) {
	if err := c.Rate.validate(); err != nil {
		return nil, err
	}
	switch {
	case c.Process == nil || c.Prompt == nil || c.Output == nil:
		return nil, fmt.Errorf("requests need arrivals, a prompt and an output distribution")
	case !(c.ThinkShare >= 0 && c.ThinkShare <= 1):
		return nil, fmt.Errorf("thinking probability is %v, must be from 0 to 1", c.ThinkShare)
	case c.End <= c.Start:
		return nil, fmt.Errorf("arrivals end at %v, must be after their start at %v", c.End, c.Start)
	}
	if c.Known == 0 {
		c.Known = c.End
	}
	s := &Requests{
		c: c, clock: newClock(c.Rate, c.Start, c.Known),
		arrivals: event.NewStream(seed, c.Name+"/arrivals").Entity(0),
		draws:    event.NewStream(seed, c.Name+"/requests"),
	}
	s.step()
	return s, nil
}

// step finds the next new arrival.
func (s *Requests) step() {
	s.next, s.more = s.clock.advance(s.c.Process.Next(&s.arrivals), s.c.End)
}

// Extend makes the factors known up to a later instant: Next, which said that
// there was no more, may be asked again.
func (s *Requests) Extend(known event.Time) { s.clock.known = known }

// Next implements traces.RequestStream. It returns false also when the next
// request depends on factors that are not known yet.
func (s *Requests) Next(r *traces.Request) (bool, error) {
	paused := !s.more && s.clock.paused(s.c.End)
	if paused {
		s.next, s.more = s.clock.resume(s.c.End)
		paused = !s.more && s.clock.paused(s.c.End)
	}
	if paused && (len(s.turns) == 0 || s.turns[0].at >= s.clock.known) {
		return false, nil
	}
	if len(s.turns) > 0 && (!s.more || s.turns[0].at <= s.next) {
		t := heap.Pop(&s.turns).(turn)
		s.emit(r, &t)
		return true, nil
	}
	if !s.more {
		return false, nil
	}
	s.n++
	t := turn{at: s.next, session: s.n, rand: s.draws.Entity(s.n), left: 1}
	if s.c.Sessions != nil {
		t.left = tokens(s.c.Sessions.Turns, &t.rand, 1)
	}
	s.step()
	s.emit(r, &t)
	return true, nil
}

// emit fills in a request and schedules the next turn of its session.
func (s *Requests) emit(r *traces.Request, t *turn) {
	*r = traces.Request{At: t.at, Class: s.c.Class, Tenant: s.c.Tenant, Priority: s.c.Priority, Deadline: s.c.Deadline, Patience: s.c.Patience}
	r.Prompt = tokens(s.c.Prompt, &t.rand, 1)
	r.Output = tokens(s.c.Output, &t.rand, 1)
	if s.c.Thinking != nil && t.rand.Float64() <= s.c.ThinkShare {
		v := s.c.Thinking.Sample(&t.rand)
		if s.c.ThinkFactor != nil {
			v *= s.c.ThinkFactor(t.at)
		}
		r.Thinking = tokens(Constant(v), &t.rand, 0)
		r.Output += r.Thinking
	}
	if s.c.Sessions == nil {
		return
	}
	r.Session = t.session
	r.Prompt = min(r.Prompt+t.history, s.c.Sessions.MaxPrompt)
	if t.left--; t.left > 0 {
		// Thinking is not part of the history that the next prompt carries.
		t.history = min(r.Prompt+r.Output-r.Thinking, s.c.Sessions.MaxPrompt)
		t.at += event.FromSeconds(s.c.Sessions.Gap.Sample(&t.rand))
		if t.at < s.c.End {
			heap.Push(&s.turns, *t)
		}
	}
}

// turn is the next request of a session.
type turn struct {
	at      event.Time
	session uint64
	rand    event.Rand
	history int32 // tokens of the conversation so far
	left    int32 // turns, this one included
}

// turnHeap orders turns by time, then session.
type turnHeap []turn

func (h turnHeap) Len() int { return len(h) }
func (h turnHeap) Less(i, j int) bool {
	return h[i].at < h[j].at || (h[i].at == h[j].at && h[i].session < h[j].session)
}
func (h turnHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *turnHeap) Push(x any) { *h = append(*h, x.(turn)) }

// Pop implements heap.Interface.
func (h *turnHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	*h = old[:len(old)-1]
	return t
}
