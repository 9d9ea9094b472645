package rl

import (
	"math/bits"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// Phase is what all GPUs of a job do at one time.
type Phase uint8

// The phases, in the order of a step. Init precedes the first step of a run.
const (
	Init Phase = iota
	Generate
	Reward
	Switch // from the engines to the trainer
	LogProb
	Update
	Sync // of the weights, and back to the engines
	NumPhases
)

var phaseNames = [NumPhases]string{"init", "generate", "reward", "switch", "logprob", "update", "sync"}

// String returns the phase's name in results.
func (p Phase) String() string { return phaseNames[p] }

// standing is the account in which the gang stands during a phase. Settle
// journals from it what the phase really did.
var standing = [NumPhases]ledger.Account{
	Init:     ledger.Starting,
	Generate: ledger.Rollout,
	Reward:   ledger.StalledSync,
	Switch:   ledger.StalledSync,
	LogProb:  ledger.LogProb,
	Update:   ledger.Train,
	Sync:     ledger.StalledSync,
}

// trainTimes are the lengths of a step's training phases and the update's
// parts that are waits.
type trainTimes struct{ logProb, update, bubble, comm event.Time }

// enter begins a phase.
func (j *Job) enter(now event.Time, p Phase) {
	j.phase, j.entered = p, now
	j.books.openPhase()
	j.cluster.SetAccount(now, j.gang, standing[p])
	if p == Generate {
		j.rollout.begin(now, j.stats.Steps)
		return // its end is the last sample's
	}
	j.engine.Arm(j.timer, now+j.duration(p), event.ClassEnd)
}

// duration returns the length of a phase other than Generate.
func (j *Job) duration(p Phase) event.Time {
	c := &j.config
	switch p {
	case Init:
		return c.Init
	case Reward:
		return c.Reward
	case Switch:
		return c.Switch
	case LogProb:
		return j.times.logProb
	case Update:
		return j.times.update
	default:
		return c.Switch + c.Sync
	}
}

// next ends the phase and begins the one after it.
func (j *Job) next(now event.Time) {
	if j.phase != Init {
		j.stats.current[j.phase] = now - j.entered
	}
	switch j.phase {
	case Generate:
		j.stats.currentTail = j.rollout.tail(now)
		j.rollout.countWork(now)
		j.times = j.trainTimes()
		j.enter(now, Reward)
	case Sync:
		j.stats.keep(&j.rollout.counts, &j.books, j.config.replicaMilli())
		j.books.openStep()
		if j.stats.Steps < j.config.Steps {
			j.enter(now, Generate)
			return
		}
		j.rollout.stop(now)
		j.cluster.Finish(now, j.gang)
		j.end(now, cluster.JobCompleted)
	default:
		j.enter(now, j.phase+1)
	}
}

// trainTimes returns the training phases for the tokens of the step.
func (j *Job) trainTimes() trainTimes {
	tokens := j.rollout.counts.PromptTokens + j.rollout.counts.Tokens
	s := j.config.Trainer.StepOf(tokens)
	return trainTimes{
		logProb: event.Time(j.config.LogProbPasses) * j.config.Trainer.ForwardTime(tokens),
		update:  s.Total,
		bubble:  s.Bubble,
		comm:    s.Comm.Total(),
	}
}

// share returns ⌊part·of/whole⌋ for part ≤ whole and of ≤ whole, 0 for an
// empty whole.
func share(part, of, whole event.Time) event.Time {
	if whole == 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(part), uint64(of))
	q, _ := bits.Div64(hi, lo, uint64(whole))
	return event.Time(q)
}
