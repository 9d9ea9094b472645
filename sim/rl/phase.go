package rl

import (
	"math/bits"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// Phase is what the GPUs that train are doing: with all others, where they
// take turns.
type Phase uint8

// The phases. Init precedes the first step of a run; Generate and Reward occur
// only where GPUs take turns, Wait only where they do not.
const (
	Init Phase = iota
	Generate
	Reward
	Wait   // for samples, or for engines to drain
	Switch // from the engines to the trainer, samples and GPUs that take turns
	LogProb
	Update
	Sync // of the weights, and back to the engines
	NumPhases
)

var phaseNames = [NumPhases]string{"init", "generate", "reward", "wait", "switch", "logprob", "update", "sync"}

// String returns the phase's name in results.
func (p Phase) String() string { return phaseNames[p] }

// enter begins a phase.
func (j *Job) enter(now event.Time, p Phase) {
	j.closeBooks(now)
	if j.phase != Init {
		j.stats.current[j.phase] += now - j.entered
	}
	j.tell(now)
	j.phase, j.entered = p, now
	switch p {
	case Generate, Reward, Wait:
		return // ends when enough samples are there
	}
	j.engine.Arm(j.timer, now+j.duration(p), event.ClassTimer)
}

// duration returns the length of a phase that is known beforehand.
func (j *Job) duration(p Phase) event.Time {
	c := &j.config
	switch p {
	case Init:
		return c.Init
	case Switch:
		if !c.colocated() {
			return j.times.handover
		}
		return c.Switch + j.times.handover
	case LogProb:
		return j.times.logProb
	case Update:
		return j.times.update
	}
	switch {
	case c.colocated():
		return c.Switch + c.Sync
	case c.Mode.Update == Pull:
		return c.Push
	}
	return c.Sync
}

// next ends a phase whose length was known.
func (j *Job) next(now event.Time) {
	switch j.phase {
	case Init:
		j.Settle(now)
		j.cluster.SetAccount(now, j.gang, ledger.Rollout)
		j.generator.begin(now)
		j.borrow(now)
		j.awaitSamples(now)
	case Switch:
		j.enter(now, LogProb)
	case LogProb:
		j.enter(now, Update)
	case Update:
		j.trained(now)
	case Sync:
		j.publish(now)
	}
	if j.state == cluster.JobRunning {
		j.advance(now)
	}
}

// awaitSamples begins the wait for what to train on.
func (j *Job) awaitSamples(now event.Time) {
	if j.config.colocated() {
		j.enter(now, Generate)
		return
	}
	j.enter(now, Wait)
}

// advance does what has become possible.
func (j *Job) advance(now event.Time) {
	g := &j.generator
	g.endTurns(now)
	g.pull(now)
	g.admit(now)
	j.closeBatch(now)
	switch j.phase {
	case Generate, Reward, Wait:
		j.tryTraining(now)
	}
	if cause, lack := g.cause(), j.lacks(); cause != j.cause || lack != j.lack {
		j.closeBooks(now)
		j.cause, j.lack = cause, lack
	}
}

// needs returns how many groups the trainer takes next, and for how many
// updates.
func (j *Job) needs() (groups, updates int) {
	c := &j.config
	updates, groups = c.miniBatches(), c.Prompts
	if c.Mode.Streaming {
		fetch := max(c.Mode.Fetch, 1)
		updates, groups = fetch, groups/updates*fetch
	}
	return groups, updates
}

// lacks returns what a trainer that waits waits for: rewards, where the
// samples are complete that it needs or that engines drain of, else samples.
func (j *Job) lacks() ledger.Account {
	g := &j.generator
	groups, _ := j.needs()
	switch {
	case j.publishing && g.generated(), !j.publishing && g.complete > 0 && len(g.ready)+g.complete >= groups:
		return ledger.StalledReward
	}
	return ledger.StalledSamples
}

// tryTraining ends the wait for samples, or for the engines to drain, if it is
// over.
func (j *Job) tryTraining(now event.Time) {
	c, g := &j.config, &j.generator
	if j.publishing {
		if g.drained() {
			j.publishing = false
			g.halt(now, c.Sync)
			j.enter(now, Sync)
		}
		return
	}
	need, updates := j.needs()
	switch {
	case len(g.ready) >= need:
		j.take(need, updates)
		g.endRound()
		if !c.colocated() {
			j.hand(now)
			return
		}
		g.halt(now, 0)
		j.enter(now, Switch)
	case c.colocated():
		if p := j.waitingFor(); p != j.phase {
			j.enter(now, p)
		}
	}
}

// hand begins what comes between having samples and training on them, where the
// trainer has GPUs of its own.
func (j *Job) hand(now event.Time) {
	if j.times.handover > 0 {
		j.enter(now, Switch)
		return
	}
	j.enter(now, LogProb)
}

// waitingFor returns the phase of GPUs that take turns before they can train.
func (j *Job) waitingFor() Phase {
	if g := &j.generator; g.generating == 0 && g.rewarding > 0 {
		return Reward
	}
	return Generate
}

// trained follows the update on a mini-batch.
func (j *Job) trained(now event.Time) {
	g, c := &j.generator, &j.config
	switch {
	case j.taken < c.Prompts:
		j.awaitSamples(now)
	case c.colocated() || c.Mode.Update == Pull:
		j.enter(now, Sync)
	case c.Mode.Update == Drain:
		j.publishing = true
		g.draining = !c.Mode.Batches
		j.enter(now, Wait)
	default:
		g.endTurns(now)
		g.halt(now, c.Sync)
		j.enter(now, Sync)
	}
}

// publish makes the weights of the step those of the engines.
func (j *Job) publish(now event.Time) {
	g := &j.generator
	j.closeBooks(now)
	g.published++
	g.dropOld()
	j.stats.current[Sync] += now - j.entered
	j.tell(now)
	j.entered = now
	j.endStep(now)
	if j.stats.Steps == j.config.Steps {
		j.finish(now)
		return
	}
	if g.halted {
		g.resume(now)
	}
	if j.config.Mode.Staleness == 0 {
		g.base = g.index
	}
	g.race.begin(j.config.Prompts)
	j.awaitSamples(now)
}

// closeBatch notes how long the last tenth of a batch took, where batches are
// generated one after the other.
func (j *Job) closeBatch(now event.Time) {
	g := &j.generator
	if (j.config.Mode.Staleness == 0 || j.config.Mode.Batches) && g.generating == 0 && g.ended >= int64(j.config.samples()) {
		j.stats.currentTail += now - g.nearEnd
		g.ended = 0
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
