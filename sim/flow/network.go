package flow

import (
	"math"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
)

// Network is links and the flows on them. It owns one timer of the event engine.
type Network struct {
	engine *event.Engine
	timer  event.Timer
	flows  []*Flow // under way, in order of start
	since  event.Time
	marks  int // passes of fill so far
}

// Link is a link of a network.
type Link struct {
	capacity float64 // bytes per ns
	// Of a pass of fill: the capacity left and the flows that still grow.
	mark int
	free float64
	open int
}

// Flow is bytes on their way.
type Flow struct {
	network *Network
	links   []*Link
	left    float64 // bytes, as of the last change of rates
	rate    float64 // bytes per ns
	end     event.Time
	begins  event.ID // while it waits for its latency
	under   bool     // way
	fixed   bool     // in a pass of fill
	done    func(now event.Time)
}

var (
	_ event.Handler = (*Network)(nil)
	_ event.Handler = (*Flow)(nil)
)

// New returns a network without links.
func New(e *event.Engine) *Network {
	n := &Network{engine: e}
	n.timer = e.NewTimer(n, 0, 0)
	return n
}

// NewLink returns a link of a capacity in bytes per second, > 0.
func NewLink(capacity float64) *Link { return &Link{capacity: capacity / float64(event.Second)} }

// Start sends bytes over links, of which there is at least one. At the end it
// calls done, at an event of ClassEnd.
func (n *Network) Start(now event.Time, bytes float64, latency event.Time, links []*Link, done func(now event.Time)) *Flow {
	f := &Flow{network: n, links: links, left: bytes, done: done}
	f.begins = n.engine.At(now+latency, event.ClassEnd, f, 0, 0)
	return f
}

// Handle implements event.Handler: the flow's latency has passed.
func (f *Flow) Handle(_ *event.Engine, ev event.Event) {
	n := f.network
	f.begins = event.ID{}
	if f.left <= 0 {
		f.done(ev.Time)
		return
	}
	n.advance(ev.Time)
	f.under = true
	n.flows = append(n.flows, f)
	n.share(ev.Time)
}

// Cancel ends a flow that has not arrived. It will not call done.
func (n *Network) Cancel(now event.Time, f *Flow) {
	if !f.under {
		n.engine.Cancel(f.begins)
		return
	}
	n.advance(now)
	n.remove(f)
	n.share(now)
}

func (n *Network) remove(f *Flow) {
	i := slices.Index(n.flows, f)
	n.flows = slices.Delete(n.flows, i, i+1)
	f.under = false
}

// Handle implements event.Handler: some flow has arrived.
func (n *Network) Handle(_ *event.Engine, ev event.Event) {
	n.advance(ev.Time)
	var arrived []*Flow
	for _, f := range n.flows {
		if f.end <= ev.Time {
			arrived = append(arrived, f)
		}
	}
	for _, f := range arrived {
		n.remove(f)
	}
	n.share(ev.Time)
	for _, f := range arrived {
		f.done(ev.Time)
	}
}

// advance moves bytes up to now.
func (n *Network) advance(now event.Time) {
	if d := float64(now - n.since); d > 0 {
		for _, f := range n.flows {
			f.left = max(0, f.left-float64(f.rate*d))
		}
	}
	n.since = now
}

// share sets all rates anew and waits for the next arrival.
func (n *Network) share(now event.Time) {
	n.fill()
	next := event.Time(math.MaxInt64)
	for _, f := range n.flows {
		next = min(next, f.end)
	}
	if len(n.flows) == 0 {
		n.engine.Disarm(n.timer)
		return
	}
	n.engine.Arm(n.timer, max(next, now), event.ClassEnd)
}

// fill gives every flow its max–min fair rate. A flow whose rate stays the same
// keeps its end, so that changes elsewhere do not move it by rounding.
func (n *Network) fill() {
	n.marks++
	var links []*Link
	for _, f := range n.flows {
		f.fixed = false
		for _, l := range f.links {
			if l.mark != n.marks {
				l.mark, l.free, l.open = n.marks, l.capacity, 0
				links = append(links, l)
			}
			l.open++
		}
	}
	for fixed := 0; fixed < len(n.flows); {
		// The link that fills up first, and the rate at which it does.
		var full *Link
		for _, l := range links {
			if l.open > 0 && (full == nil || l.free/float64(l.open) < full.free/float64(full.open)) {
				full = l
			}
		}
		rate := full.free / float64(full.open)
		for _, f := range n.flows {
			if f.fixed || !slices.Contains(f.links, full) {
				continue
			}
			f.fixed = true
			fixed++
			for _, l := range f.links {
				l.open--
				l.free = max(0, l.free-rate)
			}
			f.set(n.since, rate)
		}
	}
}

// set changes a flow's rate from now on.
func (f *Flow) set(now event.Time, rate float64) {
	if rate == f.rate {
		return
	}
	f.rate = rate
	f.end = now + event.Time(math.Ceil(f.left/rate))
}
