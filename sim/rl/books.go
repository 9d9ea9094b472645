package rl

import (
	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// accounts is time by account, summed over a job's rollout replicas: every
// replica's worth of GPUs counts once, also while it trains. A step of a day on
// 100,000 replicas still fits.
type accounts [ledger.NumAccounts]event.Time

// books keeps what has been journalled of the phase and the step under way.
type books struct{ phase, step accounts }

func (b *books) openStep()  { *b = books{} }
func (b *books) openPhase() { b.phase = accounts{} }

// Settle journals the phase under way up to now.
func (j *Job) Settle(now event.Time) {
	if j.state != cluster.JobRunning {
		return
	}
	spent := j.spent(now)
	from := standing[j.phase]
	for a, t := range spent {
		d := t - j.books.phase[a]
		if to := ledger.Account(a); to != from {
			j.journal(from, to, d)
		}
		if j.phase != Init {
			j.books.step[a] += d
		}
	}
	j.books.phase = spent
}

// spent returns what the phase under way has spent up to now.
func (j *Job) spent(now event.Time) (s accounts) {
	elapsed := now - j.entered
	n := event.Time(j.config.replicas())
	switch j.phase {
	case Generate:
		u := j.rollout.usage(now)
		s[ledger.Rollout] = u.Prefill + u.Decode
		s[ledger.StalledHost] = u.Host
		s[ledger.StalledComm] = u.Comm
		s.fill(ledger.StalledTail, n*elapsed)
	case Update:
		bubble := share(elapsed, j.times.bubble, j.times.update)
		comm := share(elapsed, j.times.comm, j.times.update)
		s[ledger.Train] = n * (elapsed - bubble - comm)
		s[ledger.StalledBubble] = n * bubble
		s[ledger.StalledComm] = n * comm
	default:
		s[standing[j.phase]] = n * elapsed
	}
	return s
}

// fill puts what the other accounts leave of total into one. Where they exceed
// it, by the single nanoseconds that whole numbers cannot show of each, they
// are cut.
func (s *accounts) fill(rest ledger.Account, total event.Time) {
	left := total
	for a := range s {
		s[a] = min(s[a], left)
		left -= s[a]
	}
	s[rest] = left
}

// lose moves what the step under way has spent to lost.
func (j *Job) lose() {
	for a, d := range j.books.step {
		j.journal(ledger.Account(a), ledger.Lost, d)
		j.stats.Lost = j.stats.Lost.Add(ledger.Product(j.config.replicaMilli(), d))
	}
	j.books.openStep()
}

// journal moves accrued time of a replica's worth of GPUs between accounts. As
// the replicas' usage is in whole nanoseconds, the tail may shrink by some from
// one instant to the next: then time moves back.
func (j *Job) journal(from, to ledger.Account, d event.Time) {
	if d < 0 {
		from, to, d = to, from, -d
	}
	j.ledger.Reclassify(j.gang.Pool(), j.config.replicaMilli(), d,
		ledger.Key{Class: ledger.RL, Account: from}, ledger.Key{Class: ledger.RL, Account: to})
}
