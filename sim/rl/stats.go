package rl

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// Stats is what a job has come to so far. A step counts when it is complete;
// what a preemption undid is counted apart.
type Stats struct {
	Steps            int64
	SamplesUsed      int64 // trained on
	SamplesDropped   int64 // complete, but in a step that was lost
	Truncated        int64 // of the samples used, cut short by the cap
	Tokens           int64 // generated in samples used
	PromptTokens     int64 // of samples used
	TokensDropped    int64 // generated in samples dropped
	KVPreemptions    int64 // of samples, for want of KV memory, in complete steps
	RecomputedTokens int64 // prefilled again after those
	Preemptions      int64 // of the job

	// Phase is the time complete steps spent in each phase, and Tail that in
	// which only the last tenth of their samples was still generating.
	Phase [NumPhases]event.Time
	Tail  event.Time

	// FLOPs and Bytes are the work of complete steps: model FLOPs of rollouts,
	// log-prob passes and updates, and bytes that rollouts read from memory.
	FLOPs, Bytes float64

	// Kept is the GPU time of complete steps by account, Lost that of steps
	// that a preemption undid.
	Kept [ledger.NumAccounts]ledger.Amount
	Lost ledger.Amount

	current     [NumPhases]event.Time // of the step under way
	currentTail event.Time
}

// keep counts a complete step.
func (s *Stats) keep(c *counts, b *books, replicaMilli int64) {
	s.Steps++
	s.SamplesUsed += c.Samples
	s.Truncated += c.Truncated
	s.Tokens += c.Tokens
	s.PromptTokens += c.PromptTokens
	s.KVPreemptions += c.Preemptions
	s.RecomputedTokens += c.Recomputed
	s.FLOPs += c.FLOPs
	s.Bytes += c.Bytes
	for p, d := range s.current {
		s.Phase[p] += d
	}
	s.Tail += s.currentTail
	for a, d := range b.step {
		s.Kept[a] = s.Kept[a].Add(ledger.Product(replicaMilli, d))
	}
}

// drop counts a step that a preemption undid.
func (s *Stats) drop(c *counts) {
	s.Preemptions++
	s.SamplesDropped += c.Samples
	s.TokensDropped += c.Tokens
	*c = counts{}
}

// StepTime returns the time of all complete steps.
func (s *Stats) StepTime() (total event.Time) {
	for _, d := range s.Phase {
		total += d
	}
	return total
}

// RolloutIdle returns the share of the generate phases in which a replica had
// nothing left to generate: the mean over replicas.
func (s *Stats) RolloutIdle(gpuMilli int64) float64 {
	return ratio(s.Kept[ledger.StalledTail], ledger.Product(gpuMilli, s.Phase[Generate]))
}

// TrainerIdle returns the share of the training phases spent in pipeline
// bubbles. In the colocated mode the trainer never waits for rollouts: they use
// the same GPUs.
func (s *Stats) TrainerIdle(gpuMilli int64) float64 {
	return ratio(s.Kept[ledger.StalledBubble], ledger.Product(gpuMilli, s.Phase[LogProb]+s.Phase[Update]))
}

// TailShare returns the share of step time in which only the last tenth of
// the samples was still generating.
func (s *Stats) TailShare() float64 {
	if total := s.StepTime(); total > 0 {
		return s.Tail.Seconds() / total.Seconds()
	}
	return 0
}

func ratio(a, b ledger.Amount) float64 {
	if b.Sign() == 0 {
		return 0
	}
	return a.Seconds() / b.Seconds()
}

// Stats returns the job's figures so far.
func (j *Job) Stats() Stats { return j.stats }
