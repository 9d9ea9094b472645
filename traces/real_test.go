package traces

import (
	"math"
	"reflect"
	"testing"

	"github.com/jevons-sim/jevons/internal/shared"
)

func inspectFile(t *testing.T, path string) *Report {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Inspect(f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// near wants a number to agree with a published one to its last digit.
func near(t *testing.T, name string, got, want, half float64) {
	t.Helper()
	if !(math.Abs(got-want) <= half) {
		t.Errorf("%s is %v, want %v ± %v", name, got, want, half)
	}
}

func TestAzureTraceHasItsPublishedStatistics(t *testing.T) {
	rep := inspectFile(t, shared.Path(t, "traces/azure-llm-2023-conv.csv.gz"))
	r := rep.Requests
	near(t, "count", float64(r.Count), 19366, 0)
	near(t, "span", r.Span, 3502, 0.5)
	near(t, "rate", r.Rate, 5.5, 0.05)
	near(t, "CV", r.CV, 1.09, 0.005)
	near(t, "mean prompt", r.Prompt.Mean, 1155, 0.5)
	near(t, "p50 prompt", r.Prompt.P50, 1020, 0)
	near(t, "p99 prompt", r.Prompt.P99, 4142, 0)
	near(t, "mean output", r.Output.Mean, 211, 0.5)
	near(t, "p99 output", r.Output.P99, 601, 0)
	near(t, "longest output", r.Output.Max, 1000, 0)
	if want := []Problem{{problemNewline, 1, []int{19367}}}; !reflect.DeepEqual(rep.Problems, want) {
		t.Errorf("problems are %v, want %v", rep.Problems, want)
	}
}

func TestMooncakeTraceHasItsPublishedStatistics(t *testing.T) {
	r := inspectFile(t, shared.Path(t, "traces/mooncake-conversation.jsonl.gz")).Requests
	near(t, "count", float64(r.Count), 12031, 0)
	near(t, "span", r.Span, 3537, 0.5)
	near(t, "CV", r.CV, 3.0, 0.05)
	near(t, "mean prompt", r.Prompt.Mean, 12035, 0.5)
	near(t, "p99 prompt", r.Prompt.P99, 85399, 0)
	near(t, "longest prompt", r.Prompt.Max, 126195, 0)
	near(t, "mean output", r.Output.Mean, 343, 0.5)
	near(t, "hit share", r.Prefix.HitShare, 0.366, 0.0005)
	if !r.Prefix.Covered {
		t.Error("some prompt has not one hash per block")
	}
}

func TestServeGenPoolHasItsPublishedStatistics(t *testing.T) {
	r := inspectFile(t, shared.Path(t, "traces/servegen-deepseek-r1.tar.xz")).Pool
	near(t, "clients", float64(r.Clients), 73, 0)
	near(t, "windows", float64(r.Windows), 144, 0)
	near(t, "span", r.Span, 86400, 0)
	near(t, "mean rate", r.MeanRate, 16.0, 0.05)
	near(t, "trough", r.TroughRate, 4.3, 0.05)
	near(t, "peak", r.PeakRate, 42.5, 0.05)
	near(t, "mean input", r.MeanInput, 1268, 0.5)
	near(t, "mean output", r.MeanOutput, 1527, 0.5)
	near(t, "thinking share", r.ThinkingShare, 0.70, 0.005)
}

func TestServeGenRequestsFollowTheirPool(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: draws a day of requests")
	}
	path := shared.Path(t, "traces/servegen-deepseek-r1.tar.xz")
	pool := inspectFile(t, path).Pool
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := f.Requests(1)
	if err != nil {
		t.Fatal(err)
	}
	var n, prompt, output float64
	var r Request
	for {
		ok, err := stream.Next(&r)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		n++
		prompt += float64(r.Prompt)
		output += float64(r.Output)
	}
	near(t, "rate", n/pool.Span, pool.MeanRate, 0.02*pool.MeanRate)
	near(t, "mean prompt", prompt/n, pool.MeanInput, 0.02*pool.MeanInput)
	near(t, "mean output", output/n, pool.MeanOutput, 0.02*pool.MeanOutput)
}

func TestOpenBNodeListsHaveTheirPublishedStatistics(t *testing.T) {
	gpu := inspectFile(t, shared.Path(t, "traces/openb_node_list_gpu_node.csv.gz")).Nodes
	near(t, "GPU nodes", float64(gpu.Count), 1213, 0)
	near(t, "GPUs", float64(gpu.GPUs), 6212, 0)
	want := map[string]int{"G2": 549, "T4": 404, "P100": 134, "V100M16": 55, "G3": 39, "V100M32": 30, "A10": 2}
	for _, m := range gpu.Models {
		if m.Nodes != want[m.Model] {
			t.Errorf("%d nodes with %s, want %d", m.Nodes, m.Model, want[m.Model])
		}
	}
	all := inspectFile(t, shared.Path(t, "traces/openb_node_list_all_node.csv.gz")).Nodes
	near(t, "GPUs of all nodes", float64(all.GPUs), 6212, 0)
}

func TestOpenBPodListsHaveTheirPublishedStatistics(t *testing.T) {
	for _, name := range []string{"openb_pod_list_default", "openb_pod_list_gpuspec33"} {
		rep := inspectFile(t, shared.Path(t, "traces/"+name+".csv.gz"))
		r := rep.Jobs
		near(t, "pods", float64(r.Count), 8152, 0)
		near(t, "never scheduled", float64(r.NeverScheduled), 897, 0)
		if want := []Count{{"0", 1088}, {"1", 6989}, {"2", 16}, {"4", 15}, {"8", 44}}; !reflect.DeepEqual(r.GPUs, want) {
			t.Errorf("GPUs are %v, want %v", r.GPUs, want)
		}
		if r.Statuses[0] != (Count{"Failed", 1870}) {
			t.Errorf("statuses are %v, want 1870 failed", r.Statuses)
		}
		if len(rep.Problems) > 0 {
			t.Errorf("problems: %v", rep.Problems)
		}
	}
}

func TestNASALogHasItsPublishedStatistics(t *testing.T) {
	rep := inspectFile(t, shared.Path(t, "traces/nasa-ipsc-1993-3.1-cln.swf.gz"))
	r := rep.Jobs
	near(t, "jobs", float64(r.Count), 18239, 0)
	near(t, "jobs without run time", float64(r.NoRunTime), 173, 0)
	near(t, "powers of two", r.PowersOfTwo, 1, 0)
	var procs string
	for _, f := range r.Header {
		if f.Name == "MaxProcs" {
			procs = f.Value
		}
	}
	if procs != "128" {
		t.Errorf("MaxProcs is %q, want 128", procs)
	}
}
