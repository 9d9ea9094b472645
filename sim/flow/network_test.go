package flow

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
)

// arrivals starts flows and runs until all have arrived.
type arrivals struct {
	engine event.Engine
	net    *Network
	ends   map[string]event.Time
}

func newArrivals() *arrivals {
	a := &arrivals{ends: map[string]event.Time{}}
	a.net = New(&a.engine)
	return a
}

type starter func(now event.Time)

func (s starter) Handle(_ *event.Engine, ev event.Event) { s(ev.Time) }

func (a *arrivals) at(t event.Time, do func(now event.Time)) {
	a.engine.At(t, event.ClassTimer, starter(do), 0, 0)
}

func (a *arrivals) start(name string, at event.Time, bytes float64, latency event.Time, links ...*Link) {
	a.at(at, func(now event.Time) {
		a.net.Start(now, bytes, latency, links, func(now event.Time) { a.ends[name] = now })
	})
}

func (a *arrivals) expect(t *testing.T, name string, want event.Time) {
	t.Helper()
	if got := a.ends[name]; got < want || got > want+2 {
		t.Errorf("%s arrives at %v, want %v", name, got, want)
	}
}

const gb = 1e9

func TestAFlowAloneTakesLatencyAndBytesOverBandwidth(t *testing.T) {
	a := newArrivals()
	a.start("one", event.Second, 2*gb, event.Millisecond, NewLink(10*gb), NewLink(4*gb))
	a.engine.RunUntil(event.Hour, nil)
	a.expect(t, "one", event.Second+event.Millisecond+event.Second/2)
}

func TestEqualFlowsShareALinkEqually(t *testing.T) {
	a, l := newArrivals(), NewLink(10*gb)
	for _, name := range []string{"a", "b", "c", "d"} {
		a.start(name, 0, 5*gb, event.Millisecond, l)
	}
	a.engine.RunUntil(event.Hour, nil)
	for name := range a.ends {
		a.expect(t, name, event.Millisecond+2*event.Second)
	}
}

func TestAFlowThatComesLaterSlowsTheFirst(t *testing.T) {
	// 10 GB alone for half a second, then both at half the rate: the second
	// arrives after its 2 GB at 5 GB/s, the first has 3 GB left then.
	a, l := newArrivals(), NewLink(10*gb)
	a.start("long", 0, 10*gb, 0, l)
	a.start("short", event.Second/2, 2*gb, 0, l)
	a.engine.RunUntil(event.Hour, nil)
	a.expect(t, "short", 900*event.Millisecond)
	a.expect(t, "long", 1200*event.Millisecond)
}

func TestRatesAreMaxMinFair(t *testing.T) {
	// Bertsekas and Gallager's kind of example: one long flow over two links, two
	// on the first, one on the second. The first gives each of its three a third;
	// the second's own flow takes the other two thirds.
	a := newArrivals()
	x, y := NewLink(3*gb), NewLink(3*gb)
	a.start("long", 0, gb, 0, x, y)
	a.start("x1", 0, gb, 0, x)
	a.start("x2", 0, gb, 0, x)
	a.start("y", 0, 2*gb, 0, y)
	a.engine.RunUntil(event.Hour, nil)
	for name := range a.ends {
		a.expect(t, name, event.Second)
	}
}

func TestACancelledFlowGivesItsShareBack(t *testing.T) {
	a, l := newArrivals(), NewLink(10*gb)
	a.start("kept", 0, 10*gb, 0, l)
	var gone *Flow
	a.at(0, func(now event.Time) {
		gone = a.net.Start(now, 10*gb, 0, []*Link{l}, func(event.Time) { t.Error("a cancelled flow arrived") })
	})
	a.at(event.Second, func(now event.Time) { a.net.Cancel(now, gone) })
	a.engine.RunUntil(event.Hour, nil)
	a.expect(t, "kept", 1500*event.Millisecond)
}

// In any network no link carries more than it can, and every flow crosses a full
// link on which none is faster: the definition of max–min fairness.
func TestEveryFlowHasABottleneck(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := New(&event.Engine{})
		var links []*Link
		for range rapid.IntRange(1, 6).Draw(t, "links") {
			links = append(links, NewLink(float64(rapid.IntRange(1, 100).Draw(t, "capacity"))*gb))
		}
		for range rapid.IntRange(1, 20).Draw(t, "flows") {
			var way []*Link
			for _, l := range links {
				if rapid.Bool().Draw(t, "crosses") {
					way = append(way, l)
				}
			}
			if len(way) > 0 {
				n.flows = append(n.flows, &Flow{network: n, links: way, left: gb})
			}
		}
		n.fill()
		load, fastest := map[*Link]float64{}, map[*Link]float64{}
		for _, f := range n.flows {
			for _, l := range f.links {
				load[l] += f.rate
				fastest[l] = max(fastest[l], f.rate)
			}
		}
		for l, x := range load {
			if x > l.capacity*(1+1e-9) {
				t.Fatalf("a link of %v carries %v", l.capacity, x)
			}
		}
		for _, f := range n.flows {
			held := false
			for _, l := range f.links {
				held = held || (math.Abs(load[l]/l.capacity-1) < 1e-9 && f.rate >= fastest[l]*(1-1e-9))
			}
			if !held {
				t.Fatalf("a flow at %v has no bottleneck", f.rate)
			}
		}
	})
}
