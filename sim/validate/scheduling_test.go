package validate

import (
	"context"
	"fmt"
	"io/fs"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/internal/shared"
	"github.com/jevons-sim/jevons/traces"
)

// smallFleet is six nodes of two models, and pods that fill them.
func smallFleet() (nodes []traces.Node, pods []traces.Job) {
	for i := range 6 {
		model := "T4"
		if i%3 == 0 {
			model = "V100"
		}
		nodes = append(nodes, traces.Node{Name: fmt.Sprintf("node-%d", i), CPUMilli: 64_000, MemoryMiB: 1 << 18, GPUs: 4, Model: model})
	}
	for i := range 30 {
		j := traces.Job{Name: fmt.Sprintf("pod-%d", i), Workers: 1, CPUMilli: 4000, MemoryMiB: 1 << 12}
		switch i % 5 {
		case 0:
			j.GPUs = 2
		case 1:
			j.GPUs, j.GPUTypes = 1, []string{"V100", "A10"}
		case 2:
			j.CPUMilli = 16_000
		default:
			j.GPUMilli = int32(200 + 50*(i%7))
		}
		pods = append(pods, j)
	}
	return nodes, pods
}

const smallTable = `workload,policy,seeds,allo_at_130_mean,allo_at_130_sd
small,01-Random,10,80,1
small,06-FGD,10,90,1
`

func smallOptions() SchedulingOptions {
	nodes, pods := smallFleet()
	return SchedulingOptions{
		Data: strings.NewReader(smallTable), DataName: "table.csv", Nodes: nodes, Seeds: 4, Seed: 1, Tolerance: 100,
		Pods: func(workload string) ([]traces.Job, error) {
			if workload != "small" {
				return nil, fmt.Errorf("%s: %w", workload, fs.ErrNotExist)
			}
			return pods, nil
		},
	}
}

func TestPodsArriveUntilTheLastLevel(t *testing.T) {
	nodes, pods := smallFleet()
	c, err := newPlacementCase(nodes, pods)
	if err != nil {
		t.Fatal(err)
	}
	many := append(append([]traces.Job{}, pods...), pods...)
	double, err := newPlacementCase(nodes, append(many, pods...))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*placementCase{"more are drawn": c, "some are left out": double} {
		for seed := range uint64(5) {
			asked := int64(0)
			for _, p := range c.arrivals(seed) {
				asked += p.request.TotalMilli()
			}
			if want := c.gpus * 13 / 10; asked > want || asked < want-4000 {
				t.Errorf("%s, seed %d: %d thousandths asked for, want up to %d", name, seed, asked, want)
			}
		}
	}
}

func TestSchedulingDoesNotDependOnWorkers(t *testing.T) {
	var reports []*Report
	for _, workers := range []int{1, 3} {
		o := smallOptions()
		o.Workers = workers
		r, err := Scheduling(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		reports = append(reports, r)
	}
	if !reflect.DeepEqual(reports[0], reports[1]) {
		t.Errorf("one worker: %+v\nthree workers: %+v", reports[0], reports[1])
	}
}

func TestSchedulingSkipsWorkloadsThatAreNotThere(t *testing.T) {
	o := smallOptions()
	o.Data = strings.NewReader(smallTable + "lost,FGD,10,90,1\n")
	r, err := Scheduling(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	last := r.Rows[len(r.Rows)-1]
	if r.OK || last.Skipped == "" || last.Group["workload"] != "lost" {
		t.Errorf("report ok %v, last row %+v; want a row that says why it was skipped", r.OK, last)
	}
	for _, s := range r.Summary {
		if s.Metric == lastAllocated() && s.N != 2 {
			t.Errorf("%d rows were summed up, want the 2 that ran", s.N)
		}
	}
}

func TestOrderCountsOnlyWhereItWasPublished(t *testing.T) {
	for _, c := range []struct {
		name, sd string
		ok       bool
	}{
		{"published as different, comes out the other way round", "1", false},
		{"within the published error", "40", true},
	} {
		o := smallOptions()
		o.Data = strings.NewReader("workload,policy,seeds,allo_at_130_mean,allo_at_130_sd\nsmall,Random,10,90," + c.sd + "\nsmall,FGD,10,80," + c.sd + "\n")
		r, err := Scheduling(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		if r.OK != c.ok {
			t.Errorf("%s: ok %v, want %v", c.name, r.OK, c.ok)
		}
	}
}

func TestPlacementTableErrorsNameLineAndColumn(t *testing.T) {
	for _, c := range []struct{ table, want string }{
		{"", `t.csv:1: no column "workload"`},
		{"workload,policy,allo_at_100_mean\n", `t.csv:1: no column "allo_at_130_mean": want workload, policy and allo_at_130_mean at least. Did you mean allo_at_100_mean?`},
		{"workload,policy,allo_at_130_mean\n", "t.csv: no rows below the header"},
		{"workload,policy,allo_at_130_mean\n,FGD,90\n", "t.csv:2: workload is empty"},
		{"workload,policy,allo_at_130_mean\nw,FDG,90\n", `t.csv:2: policy: found "FDG", want one of Random, DotProd, GpuClustering, GpuPacking, BestFit, FGD. Did you mean FGD?`},
		{"workload,policy,allo_at_130_mean\nw,FGD,\n", `t.csv:2: allo_at_130_mean: found "", want a percentage`},
		{"workload,policy,allo_at_130_mean\nw,FGD,NaN\n", `t.csv:2: allo_at_130_mean: found "NaN"`},
		{"workload,policy,allo_at_130_mean,seeds\nw,FGD,90,0\n", `t.csv:2: seeds: found "0", want a whole number of at least 1`},
	} {
		_, err := readPlacementTable("t.csv", strings.NewReader(c.table))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.table, err, c.want)
		}
	}
}

// openbOptions is the published experiment.
func openbOptions(t testing.TB, seeds int) SchedulingOptions {
	t.Helper()
	table := shared.Path(t, "facts/fgd/expected.csv")
	text, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	f, err := traces.Open(shared.Path(t, "traces/openb_node_list_gpu_node.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := f.Nodes()
	if err != nil {
		t.Fatal(err)
	}
	return SchedulingOptions{
		Data: strings.NewReader(string(text)), DataName: table, Nodes: nodes, Seeds: seeds, Seed: 1, Workers: 2,
		Pods: func(workload string) ([]traces.Job, error) { return openbPods(t, workload) },
	}
}

func openbPods(t testing.TB, workload string) ([]traces.Job, error) {
	f, err := traces.Open(shared.Path(t, "traces/"+workload+".csv.gz"))
	if err != nil {
		return nil, err
	}
	stream, err := f.Jobs()
	if err != nil {
		return nil, err
	}
	var jobs []traces.Job
	var j traces.Job
	for {
		ok, err := stream.Next(&j)
		if !ok {
			return jobs, err
		}
		jobs = append(jobs, j)
	}
}

// TestOpenbExperiment repeats the experiment of Weng et al. (USENIX ATC 2023)
// with three seeds, which widens the tolerance.
func TestOpenbExperiment(t *testing.T) {
	o := openbOptions(t, 3)
	o.Tolerance = 1
	r, err := Scheduling(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range r.Rows {
		if row.TolerancePct > 0 {
			t.Logf("%-40s simulated %.2f %% published %.2f %% ± %.2f", row.ID, row.Predicted, row.Actual, row.StandardErrorPct)
		}
		if !row.OK {
			t.Errorf("%s %s: simulated %.2f, published %.2f", row.ID, row.Metric, row.Predicted, row.Actual)
		}
		if row.Metric == "fragmented_at_130" && math.Abs(row.ErrorPct) > 1 {
			t.Errorf("%s: fragmented %.2f %% of GPUs, published %.2f %%", row.ID, row.Predicted, row.Actual)
		}
	}
}

func BenchmarkOpenbSeed(b *testing.B) {
	o := openbOptions(b, 1)
	pods, err := o.Pods("openb_pod_list_default")
	if err != nil {
		b.Fatal(err)
	}
	c, err := newPlacementCase(o.Nodes, pods)
	if err != nil {
		b.Fatal(err)
	}
	for _, p := range publishedPolicies {
		b.Run(p.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := c.run(context.Background(), p.name, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
