package validate

import (
	"context"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jevons-sim/jevons/internal/shared"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
)

func TestRLLawsHold(t *testing.T) {
	gpu, err := fleet.LookupGPU("H100")
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(2) {
		rows, err := (&rlLaws{ctx: context.Background(), gpu: gpu, seed: seed + 1}).check()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if !r.OK {
				t.Errorf("seed %d: %s: %s is %.6g, want %.6g ± %g %%", seed+1, r.ID, r.Metric, r.Predicted, r.Actual, r.TolerancePct)
			}
		}
	}
}

// smallRL has a synchronous job, an asynchronous one and figures of each kind.
const smallRL = `id,source,system,model,gpu,gpus,split_train_rollout,mode,max_gen_tokens,prompts_per_step,group,metric,value,unit
a,us,ours,Qwen2.5-7B,H100,16,,colocated sync,4096,32,4,total_100steps_h,1,h
b,us,ours,Qwen2.5-7B,H100,16,,colocated sync,,,,rollout_s,10,s
c,us,ours,Qwen2.5-7B,H100,16,,colocated sync,,,,tail10pct_s,5,s
d,us,ours,Qwen2.5-7B,H100,16,,colocated sync,,,,mean_output_tokens,1000,tokens
e,us,ours,Qwen2.5-7B,H100,16,8:8,async staleness 1,4096,32,4,total_100steps_h,0.5,h
f,us,ours,,H100,16,,async,4096,32,4,step_s,30,s
g,us,ours,Llama-3.1-405B,H100,8,,colocated sync,4096,32,4,step_s,30,s
h,us,ours,Llama-3.1-405B,H100,8,,colocated sync,,,,mean_output_tokens,1000,tokens
`

func TestEveryRowOfATableIsComparedOrSaysWhyNot(t *testing.T) {
	r, err := RL(context.Background(), RLOptions{
		Data: strings.NewReader(smallRL), DataName: "small.csv", Calibration: perf.DefaultCalibration(), Seed: 1, Steps: 2, Workers: 2, TolerancePct: 1000,
	})
	if err != nil {
		t.Fatal(err)
	}
	metrics := map[string]int{}
	for _, row := range r.Rows {
		switch {
		case row.Group["check"] == "law":
		case row.NotComparable != "":
			metrics["incomplete"]++
		case row.Infeasible != "":
			metrics["infeasible"]++
		default:
			metrics[row.Metric]++
			if !(row.Predicted > 0) {
				t.Errorf("%s: %s is %v", row.ID, row.Metric, row.Predicted)
			}
		}
	}
	want := map[string]int{"hours": 2, "rollout_s": 1, "tail_share": 1, "hours_ratio": 1, "incomplete": 1, "infeasible": 1}
	if d := cmp.Diff(want, metrics); d != "" {
		t.Errorf("rows by metric:\n%s", d)
	}
	if r.OK {
		t.Error("a job that does not fit passes")
	}
}

func TestBadRLTablesSayWhere(t *testing.T) {
	for want, text := range map[string]string{
		`t.csv:1: no column "mode"`:              "id,model,gpu,gpus,metric,value,unit\n",
		`t.csv:2: gpus is "many", want a number`: "id,model,gpu,gpus,mode,metric,value,unit\na,m,H100,many,sync,step_s,1,s\n",
		`t.csv: the table has no rows`:           "id,model,gpu,gpus,mode,metric,value,unit\n",
		`t.csv:2: metric is empty`:               "id,model,gpu,gpus,mode,metric,value,unit\na,m,H100,8,sync,,1,s\n",
	} {
		if _, err := readRLTable("t.csv", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestCutLengthsHaveTheirMean(t *testing.T) {
	for _, c := range []struct{ mean, limit float64 }{{850, 28672}, {22386, 65536}, {1000, 2000}} {
		sigma := rlSigma(c.mean, c.limit)
		mean, r := beforeCap(c.mean, sigma, c.limit), event.NewStream(1, "cut").Entity(0)
		sum, draws := 0.0, 100_000
		for range draws {
			sum += min(c.limit, mean*math.Exp(sigma*r.Normal()-sigma*sigma/2))
		}
		if got := sum / float64(draws); math.Abs(got/c.mean-1) > 0.02 {
			t.Errorf("σ %.2f, mean %.0f before the cap of %.0f: %.0f after it, want %.0f", sigma, mean, c.limit, got, c.mean)
		}
	}
}

// TestBuiltInRLTableIsThatOfTheFacts: no figure has been mistyped.
func TestBuiltInRLTableIsThatOfTheFacts(t *testing.T) {
	f, err := os.Open(shared.Path(t, "facts/rl_posttraining.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	facts, err := readRLTable("facts", f)
	if err != nil {
		t.Fatal(err)
	}
	built, err := readRLTable("built in", strings.NewReader(publishedRLTable))
	if err != nil {
		t.Fatal(err)
	}
	known, compared := map[string]float64{}, 0
	for _, j := range facts {
		for _, v := range j.values {
			known[v.id] = v.value
		}
	}
	for _, j := range built {
		for _, v := range j.values {
			if want, ok := known[v.id]; ok {
				compared++
				if v.value != want {
					t.Errorf("%s is %v, in the facts %v", v.id, v.value, want)
				}
			}
		}
	}
	if compared < 40 {
		t.Errorf("%d figures are in both tables", compared)
	}
}
