package rl

import (
	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// books is where a job's time goes. All GPUs are in rollouts where they take
// turns.
type books struct {
	rollouts enginePot
	trainer  pot
	rewards  enginePot // of the reward model's replicas
}

// openBooks begins the accounts of a run.
func (j *Job) openBooks(now event.Time) {
	c := &j.config
	j.books = books{
		rollouts: enginePot{pot: pot{units: event.Time(c.replicas()), milli: c.replicaMilli(), since: now}},
		trainer:  pot{milli: int64(c.TrainerGPUs) * ledger.MilliPerGPU, since: now},
	}
	if n := c.RewardModel.replicas(); n > 0 {
		j.books.rewards.pot = pot{units: event.Time(n), milli: int64(c.RewardModel.EngineGPUs) * ledger.MilliPerGPU, since: now}
	}
	if !c.colocated() {
		j.books.trainer.units = 1
	}
}

// closeBooks ends the segments under way: what comes after is another phase,
// or has another cause.
func (j *Job) closeBooks(now event.Time) {
	b := &j.books
	b.rollouts.close(now, j.rolloutTime(now), j.ownTotals(now))
	b.trainer.close(now, j.trainerTime(now))
	b.rewards.close(now, j.rewardTime(now), j.generator.scorer.totals(now))
	for _, l := range j.lenders {
		l.close(now)
	}
}

// ownTotals returns what the engines on the job's own GPUs have done.
func (j *Job) ownTotals(now event.Time) replicaTotals {
	g := &j.generator
	return g.totals(now, g.engines[:min(len(g.engines), j.config.replicas())])
}

// rolloutTime returns the rollout replicas' time in the segment under way.
func (j *Job) rolloutTime(now event.Time) (s accounts) {
	p := &j.books.rollouts
	elapsed := now - p.since
	if j.phase == Init || j.config.colocated() && j.phase >= Switch {
		s = j.phaseTime(elapsed)
		for a := range s {
			s[a] *= p.units
		}
		return s
	}
	return j.engineTime(j.ownTotals(now), &p.segment, p.units*elapsed)
}

// engineTime splits time of engines by what they have done in it.
func (j *Job) engineTime(now replicaTotals, before *replicaTotals, total event.Time) (s accounts) {
	u := now.usage.Sub(before.usage)
	s[ledger.Rollout] = u.Prefill + u.Decode
	s[ledger.StalledHost] = u.Host
	s[ledger.StalledComm] = u.Comm
	s[ledger.StalledSync] = now.loading - before.loading
	s.fill(j.cause, total)
	return s
}

// trainerTime returns the trainer's time in the segment under way.
func (j *Job) trainerTime(now event.Time) (s accounts) {
	if j.books.trainer.units > 0 {
		s = j.phaseTime(now - j.books.trainer.since)
	}
	return s
}

// phaseTime splits time in a phase that does not generate. A phase may be of
// several segments: the update's parts are spread evenly over it.
func (j *Job) phaseTime(elapsed event.Time) (s accounts) {
	switch j.phase {
	case Init:
		s[ledger.Starting] = elapsed
	case LogProb:
		s[ledger.LogProb] = elapsed
	case Wait:
		s[j.lack] = elapsed
	case Switch:
		if j.config.colocated() {
			s[ledger.StalledSync] = elapsed
		} else {
			s[ledger.StalledSamples] = elapsed
		}
	case Update:
		bubble := share(elapsed, j.times.bubble, j.times.update)
		comm := share(elapsed, j.times.comm, j.times.update)
		s[ledger.StalledBubble], s[ledger.StalledComm] = bubble, comm
		s[ledger.Train] = elapsed - bubble - comm
	default:
		s[ledger.StalledSync] = elapsed
	}
	return s
}

// fill adds what the accounts leave of total to one of them. Where they exceed
// it, by the single nanoseconds that whole numbers cannot show of each, they
// are cut.
func (s *accounts) fill(rest ledger.Account, total event.Time) {
	left := total
	for a := range s {
		s[a] = min(s[a], left)
		left -= s[a]
	}
	s[rest] += left
}

// Settle journals the time up to now.
func (j *Job) Settle(now event.Time) {
	if j.state != cluster.JobRunning {
		return
	}
	j.post(&j.books.rollouts.pot, j.rolloutTime(now), j.gang, j.gang.Pool())
	j.post(&j.books.trainer, j.trainerTime(now), j.gang, j.gang.Pool())
	j.post(&j.books.rewards.pot, j.rewardTime(now), j.gang, j.gang.Pool())
	for _, l := range j.lenders {
		l.settle(now)
	}
}

// post journals what has come to a pot's accounts. The gang stands in one
// account, from which all of it is moved. As replicas' usage is in whole
// nanoseconds, a wait may shrink by some from one instant to the next: then
// time moves back.
func (j *Job) post(p *pot, open accounts, gang *cluster.Gang, pool int) {
	standing := ledger.Rollout
	if j.phase == Init {
		standing = ledger.Starting
	}
	for a := range open {
		total := p.closed[a] + open[a]
		if to := ledger.Account(a); to != standing {
			j.journal(p, gang, pool, standing, to, total-p.posted[a])
		}
		p.posted[a] = total
	}
}

func (j *Job) journal(p *pot, gang *cluster.Gang, pool int, from, to ledger.Account, d event.Time) {
	switch {
	case d == 0:
		return
	case d < 0:
		from, to, d = to, from, -d
	}
	j.cluster.ReclassifyIn(pool, gang, p.milli, d, from, to)
}

// openStep begins the accounts of a step; segments have just been closed.
func (j *Job) openStep() {
	b := &j.books
	b.rollouts.openStep()
	b.trainer.clear()
	b.rewards.openStep()
	for _, l := range j.lenders {
		l.pot.openStep()
	}
}

// lose moves what the step under way has spent to lost.
func (j *Job) lose() {
	j.losePot(&j.books.rollouts.pot, j.gang, j.gang.Pool())
	j.losePot(&j.books.trainer, j.gang, j.gang.Pool())
	j.losePot(&j.books.rewards.pot, j.gang, j.gang.Pool())
	for _, l := range j.lenders {
		j.losePot(&l.pot.pot, l.lent, l.pool)
		l.pot.clear()
	}
}

func (j *Job) losePot(p *pot, gang *cluster.Gang, pool int) {
	for a, d := range p.posted {
		if ledger.Account(a) == ledger.Starting {
			continue
		}
		j.journal(p, gang, pool, ledger.Account(a), ledger.Lost, d)
		j.stats.Lost = j.stats.Lost.Add(ledger.Product(p.milli, d))
	}
}
