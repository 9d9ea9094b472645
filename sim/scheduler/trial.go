package scheduler

import (
	"github.com/jevons-sim/jevons/sim/fleet"
)

// charge is a change of what a tenant holds, for the length of a pass.
type charge struct {
	gang *Gang
	pool int
	sign int64
}

// reservation is a placement and the request that takes it.
type reservation struct {
	placement fleet.Placement
	request   fleet.Request
}

// start decides that g starts.
func (p *pass) start(g *Gang, pl fleet.Placement) {
	p.trial.Allocate(pl, g.Request)
	p.charge(g, pl.Pool, 1)
	p.agenda.hold(g, pl)
	p.out.Start = append(p.out.Start, Start{g, pl})
}

// charge notes that a gang holds what it asks for, or no longer does.
func (p *pass) charge(g *Gang, pool int, sign int64) {
	p.charges = append(p.charges, charge{g, pool, sign})
	p.apply(charge{g, pool, sign})
}

func (p *pass) apply(c charge) {
	a := amounts(c.gang.Request)
	c.gang.Tenant.settle(p.now, p.policy.HalfLife)
	c.gang.Tenant.Holds.add(a, c.sign)
	if q := c.gang.quota(c.pool); q != nil {
		q.use(a, c.sign)
	}
}

// mark is a state to return to.
type mark struct{ trial, charges int }

func (p *pass) mark() mark { return mark{p.trial.Mark(), len(p.charges)} }

func (p *pass) undoTo(m mark) {
	p.trial.UndoTo(m.trial)
	for i := len(p.charges) - 1; i >= m.charges; i-- {
		c := p.charges[i]
		c.sign = -c.sign
		p.apply(c)
	}
	p.charges = p.charges[:m.charges]
}
