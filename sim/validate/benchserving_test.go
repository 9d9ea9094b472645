package validate

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/sim/perf"
)

const benchResult = `{"date": "20260101-000000", "backend": "vllm", "model_id": "meta-llama/Llama-3.1-8B-Instruct", "num_prompts": 200,
 "gpu": "H100", "tp": "2", "request_rate": 4.0, "burstiness": 1.0, "max_concurrency": null, "duration": 60.0, "completed": 200,
 "total_input_tokens": 100000, "total_output_tokens": 40000, "output_throughput": 700.0,
 "mean_ttft_ms": 25.0, "p99_ttft_ms": 60.0, "mean_tpot_ms": 5.5, "mean_e2el_ms": 1100.0}
`

func compareBench(t *testing.T, text string, server map[string]string) []Row {
	t.Helper()
	d, err := ReadServing("result.json", strings.NewReader(text), nil, server)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Serving(context.Background(), d, ServingOptions{Calibration: perf.EngineCalibration, Seed: 1, Workers: 1, IncludeSaturated: true})
	if err != nil {
		t.Fatal(err)
	}
	return r.Rows
}

func TestALoadGeneratorsResultIsComparedFigureByFigure(t *testing.T) {
	rows := compareBench(t, benchResult, nil)
	var metrics []string
	for _, r := range rows {
		metrics = append(metrics, r.Metric)
		if r.Skipped != "" || !(r.Predicted > 0) {
			t.Errorf("%s: predicted %v, skipped %q", r.Metric, r.Predicted, r.Skipped)
		}
	}
	if got, want := strings.Join(metrics, " "), "ttft_mean ttft_p99 itl_mean e2e_mean output_tok_s"; got != want {
		t.Errorf("compared %s, want %s", got, want)
	}
}

// 200 requests of 200 tokens from a client that keeps one open at a time take
// 200 times what one takes; the others wait where nobody measures.
func TestAClientOfConcurrencyOneSendsOneAfterTheOther(t *testing.T) {
	alone := strings.NewReplacer(`"request_rate": 4.0`, `"request_rate": "inf"`, `"max_concurrency": null`, `"max_concurrency": 1`).Replace(benchResult)
	figures := map[string]float64{}
	for _, r := range compareBench(t, alone, nil) {
		figures[r.Metric] = r.Predicted
	}
	if got, want := figures["output_tok_s"], 200/(figures["e2e_mean"]/1e3); math.Abs(got/want-1) > 0.01 {
		t.Errorf("%.1f tokens/s, want 200 tokens in every %.1f ms: %.1f", got, figures["e2e_mean"], want)
	}
}

func TestSavedLengthsAreSentAsTheyWere(t *testing.T) {
	detailed := strings.Replace(benchResult, `"num_prompts": 200`, `"num_prompts": 2, "input_lens": [10, 1000], "output_lens": [1, 3]`, 1)
	d, err := ReadServing("result.json", strings.NewReader(detailed), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	test, err := d.cases[0].test(perf.DefaultCalibration())
	if err != nil {
		t.Fatal(err)
	}
	if len(test.prompts) != 2 || test.prompts[0].tokens != 10 || test.prompts[0].output != 1 || test.prompts[1].tokens != 1000 || test.prompts[1].output != 3 {
		t.Errorf("prompts are %+v", test.prompts)
	}
	results, err := test.run(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if results[0].arrived != 2 || results[0].tokens != 4 {
		t.Errorf("%d requests generated %d tokens, want 2 and 4", results[0].arrived, results[0].tokens)
	}
}

func TestWhatAResultDoesNotSayIsAsked(t *testing.T) {
	unsaid := strings.Replace(benchResult, `"gpu": "H100", "tp": "2", `, "", 1)
	if _, err := ReadServing("result.json", strings.NewReader(unsaid), nil, nil); err == nil || !strings.Contains(err.Error(), "result.json:1: gpu is not in the result: give it by --server gpu=") {
		t.Errorf("error %v, want one that asks for the GPU", err)
	}
	if rows := compareBench(t, unsaid, map[string]string{"gpu": "H200"}); rows[0].Group["gpu"] != "H200" {
		t.Errorf("GPU is %q, want the one given", rows[0].Group["gpu"])
	}
}

func TestABadResultIsExplained(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"broken", `{"model_id": `, "result.json:1: not a result"},
		{"no requests", strings.Replace(benchResult, `"num_prompts": 200`, `"num_prompts": 0`, 1), "num_prompts is missing or 0"},
		{"a word for a number", strings.Replace(benchResult, `"tp": "2"`, `"tp": "two"`, 1), `tp is "two"`},
		{"half a GPU", strings.Replace(benchResult, `"tp": "2"`, `"tp": 1.5`, 1), "tp is 1.5, want a whole number"},
		{"no tokens", strings.Replace(benchResult, `"total_input_tokens": 100000`, `"total_input_tokens": 0`, 1), "total_input_tokens and"},
	} {
		if _, err := ReadServing("result.json", strings.NewReader(c.text), nil, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one that says %q", c.name, err, c.want)
		}
	}
}

func FuzzBenchResult(f *testing.F) {
	f.Add(benchResult)
	f.Add(benchResult + benchResult)
	f.Add(`{"num_prompts": 1e300}`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ReadServing("result.json", strings.NewReader("{"+text), nil, map[string]string{"gpu": "H100"})
		if err == nil && d.Len() == 0 {
			t.Error("neither a result nor an error")
		}
	})
}
