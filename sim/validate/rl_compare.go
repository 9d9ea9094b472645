package validate

import (
	"fmt"
	"math"

	"github.com/jevons-sim/jevons/sim/rl"
)

// compare holds the simulation against every figure that it predicts.
func (r *rlRun) compare() []Row {
	if r.whole == nil {
		row := r.row
		row.Metric = r.values[0].metric
		return []Row{row}
	}
	var rows []Row
	for _, v := range r.values {
		f := r.figures
		row := r.row
		steps, hours := v.hours()
		if hours {
			f, row.Assumed = r.of(steps)
		}
		predicted, ok := r.predict(f, &v)
		if !ok {
			continue
		}
		row.Metric, row.Unit, row.Predicted, row.Actual = v.metric, v.unit, predicted, v.value
		if hours {
			row.Metric = "hours"
		}
		row.ErrorPct = (predicted/v.value - 1) * 100
		row.Also = f.also()
		rows = append(rows, row)
	}
	if tail, ok := r.tail(); ok {
		rows = append(rows, tail)
	}
	return rows
}

// predict returns the simulation's value of a published figure.
func (r *rlRun) predict(f *rlFigures, v *publishedFigure) (value float64, ok bool) {
	step := f.stepSeconds()
	phase := func(p rl.Phase) float64 { return f.Phase[p].Seconds() / float64(f.Steps) }
	if steps, ok := v.hours(); ok {
		return step * float64(steps) / 3600, true
	}
	switch v.metric {
	case "step_s":
		return step, true
	case "gen_s":
		return phase(rl.Generate) + phase(rl.Reward), true
	case "gen_wait_s", "wait_prev_gen_s":
		return phase(rl.Wait) + r.handover, true
	case "old_log_prob_s":
		return phase(rl.LogProb) + r.handover, true
	case "update_actor_s":
		if r.synchronous() {
			return phase(rl.Update) + r.handover, true
		}
		return phase(rl.Update), true
	case "rollout_s", "rollout_verl_s":
		return phase(rl.Generate), true
	case "rollout_share":
		return (phase(rl.Generate) + phase(rl.Reward)) / step, true
	case "train_share":
		return (phase(rl.LogProb) + phase(rl.Update)) / step, true
	case "weight_update_share":
		return (phase(rl.Sync) + phase(rl.Switch)) / step, true
	case "effective_training_throughput":
		return float64(f.Used.Tokens+f.Used.PromptTokens) / f.StepTime().Seconds() / 1000, true
	}
	return 0, false
}

// tail compares the share of a rollout in which only the last tenth of its
// samples was running, in points.
func (r *rlRun) tail() (Row, bool) {
	for _, names := range [][2]string{{"rollout_s", "tail10pct_s"}, {"rollout_verl_s", "tail_verl_s"}} {
		rollout, tail := r.byMetric[names[0]], r.byMetric[names[1]]
		if rollout == 0 || tail == 0 {
			continue
		}
		row := r.row
		row.Metric, row.Unit = "tail_share", "% of rollout"
		row.Predicted = 100 * r.figures.Tail.Seconds() / r.figures.Phase[rl.Generate].Seconds()
		row.Actual = 100 * tail / rollout
		row.ErrorPct = (row.Predicted/row.Actual - 1) * 100
		row.OK = math.Abs(row.Predicted-row.Actual) <= tailTolerance
		return row, true
	}
	return Row{}, false
}

// also lists further figures of a run.
func (f *rlFigures) also() map[string]float64 {
	return map[string]float64{
		"step_s": f.stepSeconds(), "rollout_idle": f.rolloutIdle, "trainer_idle": f.trainerIdle, "staleness_mean": f.StalenessMean(),
		"staleness_max": float64(f.Used.StalenessMax), "tokens_per_sample": float64(f.Used.Tokens) / float64(f.Used.Samples),
		"tail_share": f.TailShare(), "kv_preemptions": float64(f.Used.KVPreemptions),
	}
}

// hoursRatios compares hours of synchronous over asynchronous jobs on the same
// GPUs, and throughputs over those without staleness.
func hoursRatios(runs []*rlRun) []Row {
	var rows []Row
	for _, async := range runs {
		for _, sync := range runs {
			if async.whole == nil || sync.whole == nil || async.source != sync.source || async.model != sync.model || async.gpus != sync.gpus {
				continue
			}
			row := async.row
			row.Unit = "x"
			if sync.synchronous() && !async.synchronous() {
				for _, v := range async.values {
					steps, ok := v.hours()
					other := sync.byMetric[v.metric]
					if !ok || other == 0 {
						continue
					}
					row.ID = fmt.Sprintf("%s over %s, %d steps", sync.name(), async.mode, steps)
					row.Metric, row.Actual = "hours_ratio", other/v.value
					slow, assumed := sync.of(steps)
					fast, _ := async.of(steps)
					row.Assumed = assumed
					row.Predicted = slow.stepSeconds() / fast.stepSeconds()
					row.ErrorPct = (row.Predicted/row.Actual - 1) * 100
					rows = append(rows, row)
				}
			}
			const throughput = "effective_training_throughput"
			if a, b := async.byMetric[throughput], sync.byMetric[throughput]; async != sync && a > 0 && b > 0 && sync.staleness(1) == 0 {
				now, _ := async.predict(async.figures, &publishedFigure{metric: throughput})
				then, _ := sync.predict(sync.figures, &publishedFigure{metric: throughput})
				row.ID = fmt.Sprintf("%s over staleness 0", async.name())
				row.Metric, row.Actual, row.Predicted = "throughput_ratio", a/b, now/then
				row.ErrorPct = (row.Predicted/row.Actual - 1) * 100
				rows = append(rows, row)
			}
		}
	}
	return rows
}
