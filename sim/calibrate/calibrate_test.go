package calibrate

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/validate"
)

const header = "exp,model,gpu,tp,precision,max_num_seqs,max_num_batched_tokens,question_tokens,output_tokens,stage,rate_per_s,duration_s,ttft_mean_ms,itl_mean_ms,e2e_mean_ms\n"

// loads are servers to measure; their figures are filled in by a simulation.
var loads = []string{
	"a,Llama-3.1-8B,H100,1,BF16,128,2048,400,200,0,%g,300",
	"b,Qwen3-14B,H100,1,BF16,128,2048,600,200,0,%g,300",
	"c,Mixtral-8x7B,H100,2,BF16,128,2048,400,200,0,%g,300",
}

func read(t *testing.T, table string) *validate.ServingData {
	t.Helper()
	d, err := validate.ReadServing("table.csv", strings.NewReader(table), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// measured returns a table of what servers with known coefficients would show.
func measured(t *testing.T, truth perf.Calibration) string {
	t.Helper()
	blank := header
	for _, l := range loads {
		for _, rate := range []float64{1, 4, 10} {
			blank += strings.Replace(fmt.Sprintf(l, rate), ",", fmt.Sprintf("-%g,", rate), 1) + ",1,1,1\n"
		}
	}
	f := fitter{o: &Options{Seed: 1, Workers: 2}}
	r, err := f.predict(context.Background(), read(t, blank), truth)
	if err != nil {
		t.Fatal(err)
	}
	figures := map[string]map[string]float64{}
	for _, row := range r.Rows {
		if figures[row.ID] == nil {
			figures[row.ID] = map[string]float64{}
		}
		figures[row.ID][row.Metric] = row.Predicted
	}
	lines := strings.Split(strings.TrimSpace(blank), "\n")
	for i, l := range lines[1:] {
		id, _, _ := strings.Cut(l, ",")
		v := figures[id]
		lines[i+1] = strings.TrimSuffix(l, ",1,1,1") + fmt.Sprintf(",%g,%g,%g", v["ttft_mean"], v["itl_mean"], v["e2e_mean"])
	}
	return strings.Join(lines, "\n")
}

func TestAFitPredictsServersWhoseCoefficientsItDoesNotKnow(t *testing.T) {
	truth := perf.DefaultCalibration()
	truth.GPUs = map[string]map[string]float64{"H100-SXM": {"bandwidth_efficiency": 0.75, "kv_bandwidth_efficiency": 0.5}}
	r, err := Run(context.Background(), read(t, measured(t, truth)), Options{Name: "test", ScheduleAhead: true, Seed: 1, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Fitted.Summary {
		if s.By == "all" && s.MeanAbsErrorPct > 2.5 {
			t.Errorf("%s: mean absolute error %.2f %% on servers that obey the model, want under 2.5 %%", s.Metric, s.MeanAbsErrorPct)
		}
	}
	if got := r.Calibration.GPUs["H100-SXM"]["bandwidth_efficiency"]; math.Abs(got-0.75) > 0.05 {
		t.Errorf("bandwidth efficiency fitted as %v, want 0.75", got)
	}
}

func TestLeavingOutTheOnlyModelIsAnError(t *testing.T) {
	table := header + "a,Llama-3.1-8B,H100,1,BF16,128,2048,400,200,0,1,20,30,8,1600\n"
	_, err := Run(context.Background(), read(t, table), Options{Seed: 1, LeaveOut: Model})
	if err == nil || !strings.Contains(err.Error(), "none can be left out") {
		t.Errorf("got %v, want an error that says that no model can be left out", err)
	}
}
