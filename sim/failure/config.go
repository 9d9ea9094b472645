package failure

import (
	"fmt"
	"math"

	"github.com/jevons-sim/jevons/internal/fmath"
	"github.com/jevons-sim/jevons/sim/event"
)

// Kind is a kind of component.
type Kind uint8

// The kinds.
const (
	GPU Kind = iota
	Node
	Rack
	Software // processes of a node, which fail and take no hardware along
	NumKinds = iota
)

var kindNames = [NumKinds]string{"gpu", "node", "rack", "software"}

// String returns the kind's name in scenarios and results.
func (k Kind) String() string { return kindNames[k] }

// Span is a distribution of spans of time, in seconds.
type Span interface {
	Sample(r *event.Rand) float64
}

// Law is how components of one kind fail. The zero Law never does.
type Law struct {
	MTBF      event.Time // mean time to failure of one component; 0 = never fails
	Shape     float64    // of the Weibull distribution; 0 = 1, exponential
	Detection Span       // nil = at once
	Repair    Span       // nil = at once
	NodeWide  bool       // of a GPU: its node goes out of service with it
}

// Drain is a planned outage of nodes First … First+Nodes−1, at At and then
// every Every (0 = once).
type Drain struct {
	At, Every, Duration event.Time
	First, Nodes        int
}

// Config is what befalls one pool.
type Config struct {
	Pool       int
	Laws       [NumKinds]Law
	Stragglers Stragglers
	Spares     int // nodes held back to replace failed ones
	Drains     []Drain
	// Until is the horizon: nothing is planned after it.
	Until event.Time
}

// validate returns an error that names what is wrong, for a pool of so many
// nodes in racks of perRack.
func (c *Config) validate(nodes, perRack int) error {
	for k, l := range c.Laws {
		switch {
		case l.MTBF < 0 || l.Shape < 0:
			return fmt.Errorf("%v: MTBF %v and shape %v must not be negative", Kind(k), l.MTBF, l.Shape)
		case l.MTBF > 0 && Kind(k) == Rack && perRack == 0:
			return fmt.Errorf("racks fail, but the pool has none (nodes_per_rack)")
		}
	}
	if c.Spares < 0 || c.Spares >= nodes {
		return fmt.Errorf("%d spares of %d nodes: at least one node must be in service", c.Spares, nodes)
	}
	if s := &c.Stragglers; s.Share < 0 || s.Share > 1 || s.Slowdown < 0 {
		return fmt.Errorf("stragglers: a share of %v slower by %v: want a share from 0 to 1 and a slowdown of at least 0", s.Share, s.Slowdown)
	}
	for _, d := range c.Drains {
		switch {
		case d.First < 0 || d.Nodes < 1 || d.First+d.Nodes > nodes:
			return fmt.Errorf("drain of nodes %d to %d: the pool has 0 to %d", d.First, d.First+d.Nodes-1, nodes-1)
		case d.At < 0 || d.Duration <= 0:
			return fmt.Errorf("drain at %v for %v: wants a duration above 0", d.At, d.Duration)
		case d.Every != 0 && d.Every <= d.Duration:
			return fmt.Errorf("drain every %v for %v: must end before it starts again", d.Every, d.Duration)
		}
	}
	return nil
}

// MTBF returns the mean time between failures of a gang that holds so many
// GPUs, nodes and racks: one over the sum of its components' rates. It is
// event.Forever when nothing of it fails.
func (c *Config) MTBF(gpus, nodes, racks int) event.Time {
	rate := 0.0
	for k, n := range [NumKinds]int{GPU: gpus, Node: nodes, Rack: racks, Software: nodes} {
		if m := c.Laws[k].MTBF; m > 0 {
			rate += float64(n) / m.Seconds()
		}
	}
	if rate == 0 {
		return event.Forever
	}
	return event.FromSeconds(1 / rate)
}

// YoungDaly returns the checkpoint interval √(2δM) that loses the least time
// to first order, for checkpoints that stop the job for δ and failures M apart
// on average (Young, CACM 17(9), 1974; Daly, FGCS 22(3), 2006).
func YoungDaly(delta, mtbf event.Time) event.Time {
	return event.FromSeconds(math.Sqrt(float64(2 * delta.Seconds() * mtbf.Seconds())))
}

// scale returns the scale of the Weibull distribution of times to failure, in
// seconds.
func (l *Law) scale() float64 {
	return l.MTBF.Seconds() / fmath.Gamma(1+1/l.shape())
}

func (l *Law) shape() float64 {
	if l.Shape == 0 {
		return 1
	}
	return l.Shape
}
