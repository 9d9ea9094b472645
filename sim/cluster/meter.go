package cluster

import (
	"cmp"
	"slices"

	"github.com/jevons-sim/jevons/sim/energy"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// Meter makes every gang's use be charged to its bill from now on, at one
// tariff per pool. It is called before the first gang is placed.
func (c *Cluster) Meter(tariffs []energy.Tariff) {
	c.tariffs = tariffs
	c.rates = make([]energy.Rates, len(tariffs))
	for i := range tariffs {
		c.rates[i] = tariffs[i].At(c.engine.Now())
	}
}

// Rates returns a pool's rates since the last reading.
func (c *Cluster) Rates(pool int) *energy.Rates { return &c.rates[pool] }

// ReadMeters charges what has been used since the last reading, in order of
// submission, and takes up the rates of this instant. Owners have settled their
// accounts. It must be called whenever a tariff changes.
func (c *Cluster) ReadMeters(now event.Time) {
	var metered []*Gang
	for _, g := range c.byID {
		if g.meter != nil {
			metered = append(metered, g)
		}
	}
	slices.SortFunc(metered, func(a, b *Gang) int { return cmp.Compare(a.ID(), b.ID()) })
	for _, g := range metered {
		c.read(now, g)
	}
	for i := range c.tariffs {
		c.rates[i] = c.tariffs[i].At(now)
	}
}

// read charges what a gang has used since the last reading.
func (c *Cluster) read(now event.Time, g *Gang) {
	if g.meter == nil {
		return
	}
	if g.Spec.Bill == nil {
		g.Spec.Bill = &energy.Bill{}
	}
	r := &c.rates[g.Pool()]
	g.meter.Read(now, func(a ledger.Account, t ledger.Amount) { r.Charge(g.Spec.Bill, a, t) })
}

// Bill returns what the gang has been charged up to the last reading.
func (g *Gang) Bill() energy.Bill {
	if g.Spec.Bill == nil {
		return energy.Bill{}
	}
	return *g.Spec.Bill
}
