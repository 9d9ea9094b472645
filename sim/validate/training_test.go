package validate

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/internal/shared"
	"github.com/jevons-sim/jevons/sim/perf"
)

func trainingOn(t *testing.T, table string) *Report {
	t.Helper()
	o := TrainingOptions{Calibration: perf.DefaultCalibration(), DataName: "table.csv"}
	if table != "" {
		o.Data = strings.NewReader(table)
	}
	r, err := Training(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// meanError returns the mean absolute error of a metric over rows whose ID has
// the prefix, and how many there are.
func meanError(r *Report, prefix, metric string) (mean float64, n int) {
	for i := range r.Rows {
		if row := &r.Rows[i]; strings.HasPrefix(row.ID, prefix) && row.Metric == metric && row.Compared() {
			mean += math.Abs(row.ErrorPct)
			n++
		}
	}
	return mean / float64(n), n
}

// checkPublished holds a report against the accuracy that docs/training.md
// states.
func checkPublished(t *testing.T, r *Report) {
	for _, c := range []struct {
		prefix string
		rows   int
		limit  float64
	}{
		{"sc21-", 7, 5}, {"sc21t2-PTD-P", 4, 5}, {"korth", 6, 5}, {"megascale-Megatron", 5, 5}, {"megascale-MegaScale", 5, 5},
		{"llama3", 2, 5}, {"dsv3", 2, 10},
	} {
		mean, n := meanError(r, c.prefix, "step_time")
		if t.Logf("%-20s mean absolute error %.1f %% over %d rows", c.prefix, mean, n); !(mean <= c.limit) || n < c.rows {
			t.Errorf("%s: mean absolute error %.1f %% over %d rows, want at most %.0f %% over %d", c.prefix, mean, n, c.limit, c.rows)
		}
	}
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Skipped != "" || row.Infeasible != "" {
			t.Errorf("%s ran, but: %s%s", row.ID, row.Skipped, row.Infeasible)
		}
		if strings.HasPrefix(row.ID, "llama3") && row.Metric == "mfu" && math.Abs(row.Predicted-row.Actual) > 2 {
			t.Errorf("%s: MFU %.1f %%, published %.0f %%", row.ID, row.Predicted, row.Actual)
		}
	}
	if !r.OK {
		t.Errorf("the report says it failed: %+v", r.Summary[0])
	}
}

func TestBuiltInTrainingTableIsPredictedAsDocumented(t *testing.T) {
	r := trainingOn(t, "")
	checkPublished(t, r)
	if _, n := meanError(r, "llama3", "mfu"); n != 3 {
		t.Errorf("%d MFU of Llama 3, want those of 8K, 16K and long-context training", n)
	}
	if _, n := meanError(r, "dsv3", "gpu_hours"); n != 2 {
		t.Errorf("%d GPU-hours of DeepSeek-V3, want 2", n)
	}
}

func TestSharedTrainingTableIsPredictedAsDocumented(t *testing.T) {
	f, err := os.Open(shared.Path(t, "facts/pretraining_throughput.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := Training(TrainingOptions{Data: f, DataName: "pretraining_throughput.csv", Calibration: perf.DefaultCalibration()})
	if err != nil {
		t.Fatal(err)
	}
	checkPublished(t, r)
	mean, n := meanError(r, "vtrain", "step_time")
	if t.Logf("vtrain: mean absolute error %.1f %% over %d rows", mean, n); !(mean <= 9) || n < 70 {
		t.Errorf("vTrain: mean absolute error %.1f %% over %d rows, want at most 9 %% over 73", mean, n)
	}
}

const trainingHeader = "id,source,model,layers,hidden,seq_len,gpu,gpus,tp,pp,dp,global_batch_seqs,micro_batch,recompute,stack,flops_def,iter_s,mfu_pct,tok_s_gpu\n"

func TestTrainingRowsSayWhyTheyAreNotCompared(t *testing.T) {
	for _, c := range []struct{ name, row, skipped, infeasible, notComparable string }{
		{"nothing measured", "a,,GPT,24,2048,2048,A100,8,8,1,1,64,1,full,,,,,", "", "", "no duration, throughput or MFU"},
		{"no GPUs", "a,,GPT,24,2048,2048,A100,,8,1,1,64,1,full,,,1,,", "", "", "the number of GPUs is not published"},
		{"no shape", "a,,GPT,,,2048,A100,8,8,1,1,64,1,full,,,1,,", "", "", "the shape of GPT is not published"},
		{"no batch", "a,,GPT,24,2048,2048,A100,8,8,1,1,,1,full,,,1,,", "", "", "feasible, but the global batch"},
		{"unknown GPU", "a,,GPT,24,2048,2048,H1000,8,8,1,1,64,1,full,,,1,,", `line 2: unknown GPU "H1000". Did you mean H100?`, "", ""},
		{"degrees do not multiply", "a,,GPT,24,2048,2048,A100,8,8,2,1,64,1,full,,,1,,", "is 16 GPUs, but gpus is 8", "", ""},
		{"unknown recomputation", "a,,GPT,24,2048,2048,A100,8,8,1,1,64,1,ful,,,1,,", "Did you mean full?", "", ""},
		{"does not fit", "a,,GPT,96,12288,2048,A100,8,8,1,1,64,1,full,,,1,,", "", "needs 3", ""},
		{"batch does not divide", "a,,GPT,24,2048,2048,A100,8,8,1,1,65,2,full,,,1,,", "", "not a multiple", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := trainingOn(t, trainingHeader+c.row+"\n")
			row := r.Rows[0]
			for _, x := range [][2]string{{row.Skipped, c.skipped}, {row.Infeasible, c.infeasible}, {row.NotComparable, c.notComparable}} {
				if !strings.Contains(x[0], x[1]) || (x[1] == "") != (x[0] == "") {
					t.Errorf("%+v: got %q, want %q", row, x[0], x[1])
				}
			}
			if r.OK {
				t.Error("a table without a comparison passed")
			}
		})
	}
}

func TestMeasuresOfAStepAgree(t *testing.T) {
	// One step published as seconds, as MFU and as tokens per second and GPU.
	const job = ",,GPT,24,2048,2048,A100,8,8,1,1,64,1,full,Megatron-LM,"
	t0 := trainingOn(t, trainingHeader+"a"+job+",2,,\n").Rows[0]
	mfu := t0.Also["mfu_pct"] * t0.Predicted / 2 // of a step of 2 s
	tokens := 64 * 2048 / (2 * 8.)
	for _, measure := range []string{fmt.Sprintf(",,%v,", mfu), fmt.Sprintf(",,,%v", tokens)} {
		r := trainingOn(t, trainingHeader+"a"+job+measure+"\n").Rows[0]
		if math.Abs(r.Actual/2-1) > 1e-9 {
			t.Errorf("%q: a step of %v s, want 2", measure, r.Actual)
		}
	}
}

func TestOpenChoicesAreTheFastestThatFit(t *testing.T) {
	// Llama 3's 8,192 GPUs with neither micro-batch nor chunks printed.
	const header = "id,model,seq_len,gpu,gpus,tp,pp,dp,global_batch_seqs,micro_batch,vpp,stack,iter_s\n"
	const job = "a,Llama-3.1-405B,8192,H100,8192,8,16,64,2048,"
	open := trainingOn(t, header+job+",,FSDP(ZeRO-2-like) interleaved,12\n").Rows[0]
	if want := "micro-batch 1; recompute none; vpp 8"; open.Assumed != want {
		t.Errorf("assumed %q, want %q", open.Assumed, want)
	}
	for _, choice := range []string{"1,1,", "1,4,", "2,8,", "4,4,"} {
		fixed := trainingOn(t, header+job+choice+"FSDP(ZeRO-2-like) interleaved,12\n").Rows[0]
		if fixed.Infeasible == "" && fixed.Predicted < open.Predicted {
			t.Errorf("%s takes %v s, the chosen %v", choice, fixed.Predicted, open.Predicted)
		}
	}
}

func TestTrainingTableErrorsNameThePlace(t *testing.T) {
	for _, c := range []struct{ name, table, want string }{
		{"empty", "", "t.csv:1: the table is empty"},
		{"only a header", trainingHeader, "t.csv: the table has no rows"},
		{"unknown column", "id,model,gpu,gpus,layer\n", `t.csv:1: unknown column "layer". Did you mean layers?`},
		{"column twice", "id,model,gpu,gpus,gpu\n", `t.csv:1: column "gpu" appears twice`},
		{"missing column", "id,model,gpu\n", `t.csv:1: column "gpus" is missing`},
		{"not a number", "id,model,gpu,gpus\na,GPT,A100,many\n", `t.csv:2: gpus is "many": want a number`},
		{"not whole", "id,model,gpu,gpus\na,GPT,A100,8.5\n", `t.csv:2: gpus is "8.5": want a whole number`},
		{"not finite", "id,model,gpu,gpus,iter_s\na,GPT,A100,8,NaN\n", `t.csv:2: iter_s is "NaN"`},
		{"no id", "id,model,gpu,gpus\n,GPT,A100,8\n", "t.csv:2: id is empty"},
		{"id twice", "id,model,gpu,gpus\na,GPT,A100,8\na,GPT,A100,8\n", `t.csv:3: id "a" stands in line 2 already`},
		{"ragged", "id,model,gpu,gpus\na,GPT\n", "t.csv: record on line 2: wrong number of fields"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Training(TrainingOptions{Data: strings.NewReader(c.table), DataName: "t.csv", Calibration: perf.DefaultCalibration()})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func FuzzTrainingTable(f *testing.F) {
	f.Add(trainingHeader + "a,,GPT,24,2048,2048,A100,8,8,1,1,64,1,full,,,1,,\n")
	f.Add(publishedTraining)
	f.Fuzz(func(t *testing.T, table string) {
		r, err := Training(TrainingOptions{Data: strings.NewReader(table), DataName: "t.csv", Calibration: perf.DefaultCalibration()})
		if err != nil {
			return
		}
		for i := range r.Rows {
			if row := &r.Rows[i]; row.Compared() && (math.IsNaN(row.ErrorPct) || math.IsInf(row.ErrorPct, 0)) {
				t.Errorf("row without a number: %+v", row)
			}
		}
	})
}
