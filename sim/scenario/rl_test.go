package scenario

import (
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
)

const rlBase = `name: base
horizon: 1d
fleet: {pools: [{name: main, gpu: H100, nodes: 2}]}
workloads:
  rl:
    - name: grpo
      model: Qwen3-8B
      steps: 10
      gpus: 16
      prompts_per_step: 64
      group_size: 8
      prompt: {mean: 200, max: 1k}
      output: {mean: 800, cv: 1, max: 4k}
`

func TestErrorsOfRLJobsNameTheValueAtFault(t *testing.T) {
	for _, c := range []struct{ add, want string }{
		{"mode: fast", `workloads.rl[0].mode: unknown value "fast"`},
		{"staleness: 1", `workloads.rl[0].staleness: is for the mode asynchronous, this is synchronous`},
		{"mode: one-step", `workloads.rl[0].mode: one-step needs GPUs that only train (trainer.gpus)`},
		{"mode: streaming", `workloads.rl[0].mode: streaming needs GPUs that only train (trainer.gpus)`},
		{"mode: asynchronous", `workloads.rl[0].weight_update: is drain: where rollouts and training take turns, asynchronous rollouts must be interrupted`},
		{"mode: one-step\n      trainer: {gpus: 8}\n      weight_update: pull", `weight_update: is pull: one-step rollouts complete before new weights come (drain)`},
		{"weight_update: pul", `unknown value "pul". Did you mean pull?`},
		{"trainer: {gpus: 16}", `workloads.rl[0].trainer.gpus: 16 of 16 leave none for rollouts`},
		{"mini_batches: 3", `workloads.rl[0].mini_batches: 3 do not divide 64 prompts per step`},
		{"tail_batching: 5", `workloads.rl[0].tail_batching: 5 is more than 4, the most allowed`},
		{"tail_batchin: 2", `unknown key "tail_batchin". Did you mean tail_batching?`},
		{"tail_batching: 1.25\n      mode: one-step\n      trainer: {gpus: 8}", `workloads.rl[0].tail_batching: is for the mode synchronous, this is one-step`},
		{"tail_batching: 1.25\n      weight_update: interrupt", `workloads.rl[0].tail_batching: gives up what is running when a step has its samples: weight_update is interrupt, must be drain`},
		{"repack: 5s", `workloads.rl[0].repack: frees engines to pull weights: needs weight_update pull and GPUs that only train`},
		{"rollout: {borrow: {replicas: 2}}", `workloads.rl[0].rollout.borrow: borrowed replicas come and go at any time: needs GPUs that only train`},
		{"rollout: {borrow: {priority: 2}}", `workloads.rl[0].rollout.borrow: replicas is missing`},
		{"weight_transfer: {method: directly}", `workloads.rl[0].weight_transfer.method: unknown value "directly". Did you mean direct?`},
		{"weight_transfer: {changed: 120%}", `workloads.rl[0].weight_transfer.changed: 1.2 of the weights, must be more than 0 and at most 100%`},
		{"reward_model: {model: Qwen3-8B}", `workloads.rl[0].reward_model: gpus is missing`},
		{"reward_model: {gpus: 8, modle: Qwen3-8B}", `unknown key "modle". Did you mean model?`},
		{"reward_model: {gpus: 8}", `workloads.rl[0].reward_model: model is missing`},
		{"reward_model: {gpus: 8, model: Qwen3-8}", `workloads.rl[0].reward_model.model: `},
		{"reward_model: {gpus: 16, model: Qwen3-8B}", `workloads.rl[0].reward_model.gpus: 16 of 16 leave none for rollouts`},
		{"reward_model: {gpus: 3, model: Qwen3-8B, parallelism: {tp: 2}}", `workloads.rl[0].reward_model.gpus: 3 do not divide into replicas of 2`},
		{"reward_model: {gpus: 3, model: Qwen3-8B}\n      rollout: {parallelism: {tp: 2}}", `workloads.rl[0].gpus: the 13 that neither train nor score samples do not divide into rollout replicas of 2`},
		{"packing: balance", `workloads.rl[0].packing: unknown value "balance". Did you mean balanced?`},
		{"packing: random", `workloads.rl[0].packing: unknown value "random"`},
		{"fetch: 2", `workloads.rl[0].fetch: 2 mini-batches at once are for trainers that stream`},
		{"fetch: 2\n      mini_batches: 3\n      mode: streaming\n      trainer: {gpus: 8}", `workloads.rl[0].fetch: 2 do not divide 3 mini-batches`},
		{"fetch: 0", `workloads.rl[0].fetch: 0 is less than 1`},
		{"handover: 5", `workloads.rl[0].handover: "5" has no unit`},
		{"handovr: 5s", `unknown key "handovr". Did you mean handover?`},
		{"rollout: {engine: {eagr: true}}", `unknown key "eagr". Did you mean eager?`},
		{"rollout: {engine: {eager: 1}}", `workloads.rl[0].rollout.engine.eager: `},
		{"repack: 5", `workloads.rl[0].repack: "5" has no unit`},
	} {
		_, err := Parse("my.yaml", []byte(rlBase+"      "+c.add+"\n"))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "my.yaml:") {
			t.Errorf("%s: error %v, want %q", c.add, err, c.want)
		}
	}
	if _, err := Parse("my.yaml", []byte(rlBase+"      tail_batching: 1.25\n")); err != nil {
		t.Errorf("a job with tail batching: %v", err)
	}
}

func TestRewardsComeFromTheModelAloneUnlessAVerifierIsGiven(t *testing.T) {
	const model = "      reward_model: {gpus: 8, model: Qwen3-8B}\n"
	for add, want := range map[string]event.Time{
		"": 10 * event.Second, model: 0, model + "      reward_time: 2s\n": 2 * event.Second, model + "      reward_time: 10s\n": 10 * event.Second,
	} {
		d := mustParse(t, "my.yaml", []byte(rlBase+add))
		if got := d.Workloads.RL[0].RewardTime; got != want {
			t.Errorf("%q: reward time %v, want %v", add, got, want)
		}
		text, err := d.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		again := mustParse(t, "again.yaml", text)
		if got := again.Workloads.RL[0].RewardTime; got != want {
			t.Errorf("%q, resolved: reward time %v, want %v", add, got, want)
		}
	}
}
