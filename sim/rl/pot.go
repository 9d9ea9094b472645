package rl

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// accounts is time by account, of so many equal shares of a job's GPUs.
type accounts [ledger.NumAccounts]event.Time

// pot is the time of one part of a job's GPUs: of the rollout replicas, or of
// the trainer. A step of a day on 100,000 replicas still fits.
type pot struct {
	units event.Time // replicas; the trainer is one
	milli int64      // thousandths of GPUs of a unit
	// Of the step under way: segments that are over, and all that has been
	// journalled.
	closed, posted accounts
	since          event.Time // the segment under way began
}

// close ends the segment under way, in which the accounts came to so much.
func (p *pot) close(now event.Time, s accounts) {
	for a, d := range s {
		p.closed[a] += d
	}
	p.since = now
}

// clear begins the accounts of a step; the segment before it is over.
func (p *pot) clear() { p.closed, p.posted = accounts{}, accounts{} }

// enginePot is the pot of engines, whose time is told by what they do.
type enginePot struct {
	pot
	segment, step replicaTotals // what they had done when each began
}

// close ends the segment under way, by when the engines have done so much.
func (p *enginePot) close(now event.Time, s accounts, done replicaTotals) {
	p.pot.close(now, s)
	p.segment = done
}

// openStep begins a step.
func (p *enginePot) openStep() {
	p.clear()
	p.step = p.segment
}

// count adds the work of the step's closed segments.
func (p *enginePot) count(c *counts) {
	c.FLOPs += p.segment.flops - p.step.flops
	c.Bytes += p.segment.bytes - p.step.bytes
}
