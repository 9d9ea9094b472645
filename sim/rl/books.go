package rl

import (
	"github.com/jevons-sim/jevons/sim/cluster"
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

// books is where a job's time goes. All GPUs are in rollouts where they take
// turns.
type books struct {
	rollouts, trainer pot
	rewards           pot           // of the reward model's replicas
	scored            replicaTotals // of those, when the segment began
	scoredBefore      replicaTotals // when the step began
	before            replicaTotals // of the replicas, when the segment began
	worked            replicaTotals // when the step began
}

// openBooks begins the accounts of a run.
func (j *Job) openBooks(now event.Time) {
	c := &j.config
	j.books = books{
		rollouts: pot{units: event.Time(c.replicas()), milli: c.replicaMilli(), since: now},
		trainer:  pot{milli: int64(c.TrainerGPUs) * ledger.MilliPerGPU, since: now},
	}
	if n := c.RewardModel.replicas(); n > 0 {
		j.books.rewards = pot{units: event.Time(n), milli: int64(c.RewardModel.EngineGPUs) * ledger.MilliPerGPU, since: now}
	}
	if !c.colocated() {
		j.books.trainer.units = 1
	}
}

// closeBooks ends the segments under way: what comes after is another phase,
// or has another cause.
func (j *Job) closeBooks(now event.Time) {
	b := &j.books
	r, t, s := j.rolloutTime(now), j.trainerTime(now), j.rewardTime(now)
	for a := range r {
		b.rollouts.closed[a] += r[a]
		b.trainer.closed[a] += t[a]
		b.rewards.closed[a] += s[a]
	}
	b.rollouts.since, b.trainer.since, b.rewards.since = now, now, now
	b.before, b.scored = j.ownTotals(now), j.generator.scorer.totals(now)
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
	b := &j.books
	p := &b.rollouts
	elapsed := now - p.since
	if j.phase == Init || j.config.colocated() && j.phase >= Switch {
		s = j.phaseTime(elapsed)
		for a := range s {
			s[a] *= p.units
		}
		return s
	}
	return j.engineTime(j.ownTotals(now), &b.before, p.units*elapsed)
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
	j.post(&j.books.rollouts, j.rolloutTime(now), j.gang, j.gang.Pool())
	j.post(&j.books.trainer, j.trainerTime(now), j.gang, j.gang.Pool())
	j.post(&j.books.rewards, j.rewardTime(now), j.gang, j.gang.Pool())
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
	for _, p := range []*pot{&b.rollouts, &b.trainer, &b.rewards} {
		p.closed, p.posted = accounts{}, accounts{}
	}
	b.worked, b.scoredBefore = b.before, b.scored
	for _, l := range j.lenders {
		l.pot.closed, l.pot.posted = accounts{}, accounts{}
		l.worked = l.before
	}
}

// lose moves what the step under way has spent to lost.
func (j *Job) lose() {
	j.losePot(&j.books.rollouts, j.gang, j.gang.Pool())
	j.losePot(&j.books.trainer, j.gang, j.gang.Pool())
	j.losePot(&j.books.rewards, j.gang, j.gang.Pool())
	for _, l := range j.lenders {
		j.losePot(&l.pot, l.lent, l.pool)
		l.pot.closed, l.pot.posted = accounts{}, accounts{}
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
