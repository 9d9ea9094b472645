package sim

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/rl"
)

// rlSection sums the RL jobs, nil when there are none. Idle shares are means
// over the jobs' steps.
func (s *Simulation) rlSection() *result.RL {
	if len(s.rl) == 0 {
		return nil
	}
	out := &result.RL{PhaseS: map[string]float64{}}
	histogram := make([]int64, rl.StalenessBuckets)
	var staleness, versions int64
	var stepTime event.Time
	var gpuTime, rewardTime, rewardCompute ledger.Amount
	for _, j := range s.rl {
		st := j.Stats()
		used := &st.Used
		out.Steps += st.Steps
		out.SamplesStarted += st.SamplesStarted
		out.SamplesUsed += used.Samples
		out.SamplesFiltered += st.SamplesFiltered
		out.SamplesStale += st.SamplesStale
		out.SamplesDropped += st.SamplesDropped
		out.SamplesAborted += st.SamplesAborted
		out.SamplesBuffered += st.SamplesBuffered
		out.SamplesRunning += st.SamplesRunning
		out.PromptsDeferred += st.PromptsDeferred
		out.Truncated += used.Truncated
		out.Tokens += used.Tokens
		out.TokensDropped += st.TokensDropped
		out.Recomputed += used.Recomputed + st.ResumedTokens
		out.Cached += used.Cached
		out.KVPreemptions += used.KVPreemptions
		out.Interrupts += st.Interrupts
		out.SamplesMoved += st.SamplesMoved
		out.Loans += st.Loans
		out.Returns += st.Returns
		for _, a := range st.Borrowed {
			out.BorrowedGPUS = out.BorrowedGPUS.Add(a)
		}
		out.SamplesScored += st.SamplesScored
		out.TokensScored += st.TokensScored
		for _, a := range st.Rewards {
			rewardTime = rewardTime.Add(a)
		}
		rewardCompute = rewardCompute.Add(st.Rewards[ledger.LogProb])
		for p, d := range st.Phase {
			if d > 0 {
				out.PhaseS[rl.Phase(p).String()] += d.Seconds()
			}
		}
		for i, n := range used.Staleness {
			histogram[i] += n
		}
		staleness += used.StalenessSum
		versions += used.Versions
		out.Staleness.Max = max(out.Staleness.Max, float64(used.StalenessMax))
		stepTime += st.StepTime()
		for _, a := range st.Kept {
			gpuTime = gpuTime.Add(a)
		}
		steps := float64(st.Steps)
		out.RolloutIdle += float64(j.RolloutIdle() * steps)
		out.TrainerIdle += float64(j.TrainerIdle() * steps)
		out.TailShare += float64(st.TailShare() * steps)
	}
	steps, samples := float64(out.Steps), float64(out.SamplesUsed)
	out.RolloutIdle, out.TrainerIdle, out.TailShare = ratio(out.RolloutIdle, steps), ratio(out.TrainerIdle, steps), ratio(out.TailShare, steps)
	out.Staleness.Mean, out.VersionsPerSample = ratio(float64(staleness), samples), ratio(float64(versions), samples)
	out.SamplesPerS, out.GPUHoursPer1000Samples = ratio(samples, stepTime.Seconds()), ratio(gpuTime.Hours()*1000, samples)
	out.RewardUtilisation = ratio(rewardCompute.Seconds(), rewardTime.Seconds())
	for len(histogram) > 1 && histogram[len(histogram)-1] == 0 {
		histogram = histogram[:len(histogram)-1]
	}
	out.Staleness.Histogram = histogram
	return out
}
