package rl

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// StalenessBuckets is the length of the histogram of staleness. The last
// bucket holds what is older too.
const StalenessBuckets = 17

// counts is what the samples of a step, or of many, come to.
type counts struct {
	Samples       int64 // trained on
	Truncated     int64 // of these, cut short by the cap
	PromptTokens  int64 // of these
	Tokens        int64 // generated in these
	KVPreemptions int64 // of these, for want of KV memory
	Recomputed    int64 // tokens prefilled again after those
	Cached        int64 // tokens never prefilled: the prompt of the group, or earlier turns, was in the prefix cache
	longest       int64 // tokens of a sample with its prompt

	// Staleness counts samples by the versions between the policy that
	// generated their first token and the one that was trained.
	Staleness               [StalenessBuckets]int64
	StalenessSum            int64
	StalenessMax            int64
	Versions, MultiVersions int64 // policies that generated samples, summed; samples by more than one

	FLOPs, Bytes float64 // model FLOPs of all phases, bytes read by rollouts
}

// add counts a group that is trained on by a version of the policy.
func (c *counts) add(g *group, version int64) {
	for i := range g.samples {
		s := &g.samples[i]
		if s.stage == gone {
			continue
		}
		c.Samples++
		if s.truncated {
			c.Truncated++
		}
		c.PromptTokens += int64(g.prompt) + int64(s.answers)
		c.Tokens += int64(s.made)
		c.longest = max(c.longest, int64(g.prompt)+int64(s.answers)+int64(s.made))
		c.KVPreemptions += int64(s.preemptions)
		c.Recomputed += s.recomputed
		c.Cached += s.cached
		old := version - s.version
		c.Staleness[min(old, StalenessBuckets-1)]++
		c.StalenessSum += old
		c.StalenessMax = max(c.StalenessMax, old)
		c.Versions += int64(s.segments)
		if s.segments > 1 {
			c.MultiVersions++
		}
	}
}

func (c *counts) plus(o *counts) {
	c.Samples += o.Samples
	c.Truncated += o.Truncated
	c.PromptTokens += o.PromptTokens
	c.Tokens += o.Tokens
	c.KVPreemptions += o.KVPreemptions
	c.Recomputed += o.Recomputed
	c.Cached += o.Cached
	for i, n := range o.Staleness {
		c.Staleness[i] += n
	}
	c.StalenessSum += o.StalenessSum
	c.StalenessMax = max(c.StalenessMax, o.StalenessMax)
	c.Versions += o.Versions
	c.MultiVersions += o.MultiVersions
	c.FLOPs += o.FLOPs
	c.Bytes += o.Bytes
}

// minus takes off an earlier state, except from maxima.
func (c *counts) minus(o *counts) {
	c.Samples -= o.Samples
	c.Truncated -= o.Truncated
	c.PromptTokens -= o.PromptTokens
	c.Tokens -= o.Tokens
	c.KVPreemptions -= o.KVPreemptions
	c.Recomputed -= o.Recomputed
	c.Cached -= o.Cached
	for i, n := range o.Staleness {
		c.Staleness[i] -= n
	}
	c.StalenessSum -= o.StalenessSum
	c.Versions -= o.Versions
	c.MultiVersions -= o.MultiVersions
	c.FLOPs -= o.FLOPs
	c.Bytes -= o.Bytes
}

// Stats is what a job has come to so far. A step counts when it is complete;
// what a preemption undid is counted apart. Once the job has ended,
//
//	SamplesStarted = Used.Samples + SamplesFiltered + SamplesStale +
//	                 SamplesDropped + SamplesAborted + SamplesBuffered + SamplesRunning
type Stats struct {
	Steps int64
	Used  counts // samples trained on in complete steps

	SamplesStarted  int64
	SamplesFiltered int64 // complete, in groups of equal rewards
	SamplesStale    int64 // complete, but too far off policy
	SamplesDropped  int64 // complete, but lost with a step or its successors, or too late in a race
	SamplesAborted  int64 // not complete when the job was preempted or the race over
	SamplesBuffered int64 // complete, but not trained on when the job ended
	SamplesRunning  int64 // not complete when the job ended
	TokensDropped   int64 // generated in samples filtered, stale or dropped, or aborted in a race
	PromptsDeferred int64 // by races, to a long round

	Interrupts       int64 // of samples by new weights
	SamplesMoved     int64 // from one engine to another: by repacking, or their GPUs were taken back
	ResumedTokens    int64 // contexts computed again after interrupts and moves
	Preemptions      int64 // of the job
	Phase            [NumPhases]event.Time
	Tail             event.Time // with only the last tenth of a batch generating; 0 where batches overlap
	Kept             [ledger.NumAccounts]ledger.Amount
	Rollout, Trainer [ledger.NumAccounts]ledger.Amount // Kept by part; where GPUs take turns all is rollout's
	Rewards          [ledger.NumAccounts]ledger.Amount // Kept of the reward model's replicas
	SamplesScored    int64                             // by the reward model, used or not
	TokensScored     int64                             // in these, with their prompts
	Borrowed         [ledger.NumAccounts]ledger.Amount // Kept of engines on borrowed GPUs
	Loans, Returns   int64                             // engines that came up on borrowed GPUs, and went when those were taken back
	Lost             ledger.Amount                     // GPU time of steps that a preemption undid

	current     [NumPhases]event.Time // of the step under way
	currentTail event.Time
}

// keep counts a complete step.
func (s *Stats) keep(c *counts, b *books, lenders []*lender) {
	s.Steps++
	s.Used.plus(c)
	for p, d := range s.current {
		s.Phase[p] += d
	}
	s.Tail += s.currentTail
	for a := range s.Kept {
		if ledger.Account(a) == ledger.Starting {
			continue
		}
		r, t := ledger.Product(b.rollouts.milli, b.rollouts.posted[a]), ledger.Product(b.trainer.milli, b.trainer.posted[a])
		s.Rollout[a] = s.Rollout[a].Add(r)
		s.Trainer[a] = s.Trainer[a].Add(t)
		w := ledger.Product(b.rewards.milli, b.rewards.posted[a])
		s.Rewards[a] = s.Rewards[a].Add(w)
		s.Kept[a] = s.Kept[a].Add(r).Add(t).Add(w)
		for _, l := range lenders {
			x := ledger.Product(l.pot.milli, l.pot.posted[a])
			s.Borrowed[a] = s.Borrowed[a].Add(x)
			s.Kept[a] = s.Kept[a].Add(x)
		}
	}
}

// Since returns the steps, samples used and times since an earlier state; what
// is not of complete steps is as it is now.
func (s Stats) Since(earlier *Stats) Stats {
	s.Steps -= earlier.Steps
	s.Used.minus(&earlier.Used)
	for p := range s.Phase {
		s.Phase[p] -= earlier.Phase[p]
	}
	s.Tail -= earlier.Tail
	return s
}

// StepTime returns the time of all complete steps.
func (s *Stats) StepTime() (total event.Time) {
	for _, d := range s.Phase {
		total += d
	}
	return total
}

// waiting lists what keeps replicas from generating.
var waiting = []ledger.Account{ledger.StalledTail, ledger.StalledReward, ledger.StalledTools, ledger.StalledStaleness}

// RolloutIdle returns the share of its time in which a replica had nothing to
// generate, the mean over replicas: of all steps, or of their generate phases
// where GPUs take turns.
func (j *Job) RolloutIdle() float64 {
	s := &j.stats
	if j.config.colocated() {
		milli := j.config.replicaMilli() * int64(j.config.replicas())
		return ratio(s.Kept[ledger.StalledTail], ledger.Product(milli, s.Phase[Generate]))
	}
	var idle ledger.Amount
	for _, a := range waiting {
		idle = idle.Add(s.Rollout[a])
	}
	return ratio(idle, sum(&s.Rollout))
}

// TrainerIdle returns the share of its time in which the trainer waited: for
// samples, or, where GPUs take turns and it never does, in pipeline bubbles of
// the training phases.
func (j *Job) TrainerIdle() float64 {
	s := &j.stats
	if j.config.colocated() {
		milli := j.config.replicaMilli() * int64(j.config.replicas())
		return ratio(s.Kept[ledger.StalledBubble], ledger.Product(milli, s.Phase[LogProb]+s.Phase[Update]))
	}
	return ratio(s.Trainer[ledger.StalledSamples].Add(s.Trainer[ledger.StalledReward]), sum(&s.Trainer))
}

// RewardUtilisation returns the share of its time in which the reward model
// computed, the mean over its replicas.
func (s *Stats) RewardUtilisation() float64 { return ratio(s.Rewards[ledger.LogProb], sum(&s.Rewards)) }

// TailShare returns the share of step time in which only the last tenth of
// the samples was still generating.
func (s *Stats) TailShare() float64 { return s.share(s.Tail) }

// GenerateShare returns the share of step time in which GPUs that take turns
// generated or waited for rewards.
func (s *Stats) GenerateShare() float64 { return s.share(s.Phase[Generate] + s.Phase[Reward]) }

func (s *Stats) share(d event.Time) float64 {
	if total := s.StepTime(); total > 0 {
		return d.Seconds() / total.Seconds()
	}
	return 0
}

// StalenessMean returns the mean staleness of samples trained on.
func (s *Stats) StalenessMean() float64 {
	if s.Used.Samples == 0 {
		return 0
	}
	return float64(s.Used.StalenessSum) / float64(s.Used.Samples)
}

func sum(accounts *[ledger.NumAccounts]ledger.Amount) (total ledger.Amount) {
	for _, a := range accounts {
		total = total.Add(a)
	}
	return total
}

func ratio(a, b ledger.Amount) float64 {
	if b.Sign() == 0 {
		return 0
	}
	return a.Seconds() / b.Seconds()
}

// Stats returns the job's figures so far.
func (j *Job) Stats() Stats { return j.stats }

// Steps returns the number of complete steps.
func (j *Job) Steps() int64 { return j.stats.Steps }
