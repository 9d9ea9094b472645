package sim_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/scenario"
)

var (
	exactly   = cmp.AllowUnexported(ledger.Amount{})
	sameRunID = cmpopts.IgnoreFields(result.Summary{}, "RunID")
)

func TestAScenarioOfEverythingDoesEverything(t *testing.T) {
	s, _ := run(t, sim.Options{Check: true}, everything)
	if s.Requests.Completed < 10_000 || s.Requests.Preemptions == 0 || s.Jobs.Completed < 40 || s.Jobs.Preemptions == 0 || s.Training.Steps == 0 || s.RL.Steps == 0 {
		t.Errorf("%d requests completed, %d preempted; %d jobs completed, %d preempted; %d training steps, %d RL steps: want some of each",
			s.Requests.Completed, s.Requests.Preemptions, s.Jobs.Completed, s.Jobs.Preemptions, s.Training.Steps, s.RL.Steps)
	}
}

func TestEqualSeedsGiveEqualRunsAndOthersDoNot(t *testing.T) {
	a, rowsA := run(t, sim.Options{}, everything)
	b, rowsB := run(t, sim.Options{}, everything)
	if d := cmp.Diff(a, b, exactly); d != "" {
		t.Errorf("summaries of equal runs differ:\n%s", d)
	}
	if !rowsA.equal(rowsB) {
		t.Error("rows of equal runs differ")
	}
	c, _ := run(t, sim.Options{}, everything, "seed=2")
	if a.RunID == c.RunID || a.Requests.PromptTokens == c.Requests.PromptTokens {
		t.Errorf("runs of seeds 1 and 2: run IDs %s and %s, prompt tokens %d and %d", a.RunID, c.RunID, a.Requests.PromptTokens, c.Requests.PromptTokens)
	}
}

func TestStepByStepEnginesGiveTheSameRun(t *testing.T) {
	short := []string{"horizon=40m", "outputs.windows[0].to=10m", "outputs.windows[1].from=10m"}
	macro, rowsMacro := run(t, sim.Options{}, everything, short...)
	single, rowsSingle := run(t, sim.Options{StepMode: true}, everything, short...)
	if d := cmp.Diff(macro, single, exactly); d != "" {
		t.Errorf("summaries differ (- macro-steps, + single steps):\n%s", d)
	}
	if !rowsMacro.equal(rowsSingle) {
		t.Error("rows differ")
	}
}

func TestSamplingAndProgressChangeNothing(t *testing.T) {
	calls := 0
	a, rowsA := run(t, sim.Options{}, everything)
	b, rowsB := run(t, sim.Options{Check: true, Progress: func(now, horizon event.Time) { calls++ }}, everything, "outputs.sample=13s")
	// The resolved scenario differs, and so does the run ID.
	if d := cmp.Diff(a, b, exactly, sameRunID); d != "" {
		t.Errorf("summaries differ:\n%s", d)
	}
	if !slices.Equal(rowsA.requests, rowsB.requests) || !slices.Equal(rowsA.jobs, rowsB.jobs) {
		t.Error("rows of requests or jobs differ")
	}
	if calls == 0 || len(rowsB.series) <= len(rowsA.series) {
		t.Errorf("%d calls of progress, %d rows of series after %d", calls, len(rowsB.series), len(rowsA.series))
	}
}

func TestARunWithoutARecorderGivesTheSameSummary(t *testing.T) {
	a, _ := run(t, sim.Options{}, everything)
	b, err := build(t, sim.Options{}, everything).Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(a, b, exactly); d != "" {
		t.Error(d)
	}
}

// requestsOf returns what came to a deployment, without the numbers that count
// requests of all deployments.
func requestsOf(r *rows, deployment string) (out []result.RequestRow) {
	for _, x := range r.requests {
		if x.Deployment == deployment {
			x.ID = 0
			out = append(out, x)
		}
	}
	return out
}

func TestChangingAWorkloadLeavesTheDrawsOfTheOthers(t *testing.T) {
	_, before := run(t, sim.Options{}, everything)
	for _, c := range []struct {
		change, of string
	}{
		{"workloads.requests[0].arrivals.rate=2/s", "arrivals of chat"},
		{"workloads.requests[0].output.mean=20", "answers of chat"},
		{"workloads.rl[0].output.mean=300", "samples of RL"},
		{"workloads.jobs[0].arrivals.rate=60/h", "arrivals of jobs"},
	} {
		_, after := run(t, sim.Options{}, everything, c.change)
		// The service of code holds its GPU whatever comes: not even latencies
		// may change.
		if !slices.Equal(requestsOf(before, "code"), requestsOf(after, "code")) {
			t.Errorf("code requests changed with %s", c.of)
		}
		if before.equal(after) {
			t.Errorf("nothing changed with %s", c.of)
		}
	}
}

func TestARunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	o := sim.Options{Progress: func(now, _ event.Time) {
		if now > event.Hour {
			cancel()
		}
	}}
	_, err := build(t, o, everything).Run(ctx, nil)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "of 2h") {
		t.Errorf("error %v, want that of the context, with how far the run got", err)
	}
}

var errFull = errors.New("disk full")

// fullDisk is a recorder that fails in one place.
type fullDisk struct {
	at string
}

func (f *fullDisk) fail(at string) error {
	if f.at == at {
		return errFull
	}
	return nil
}

// Placement implements result.Recorder.
func (f *fullDisk) Placement(*result.PlacementRow) error { return f.fail("placements") }

// Incident implements result.Recorder.
func (f *fullDisk) Incident(*result.IncidentRow) error { return f.fail("incidents") }

// Request implements result.Recorder.
func (f *fullDisk) Request(*result.RequestRow) error { return f.fail("requests") }

// Job implements result.Recorder.
func (f *fullDisk) Job(*result.JobRow) error { return f.fail("jobs") }

// Series implements result.Recorder.
func (f *fullDisk) Series(*result.SeriesRow) error { return f.fail("series") }

// Ledger implements result.Recorder.
func (f *fullDisk) Ledger(*result.LedgerRow) error { return f.fail("ledger") }

func TestAnErrorOfTheRecorderEndsTheRun(t *testing.T) {
	for _, at := range []string{"requests", "jobs", "series", "ledger"} {
		_, err := build(t, sim.Options{}, everything).Run(context.Background(), &fullDisk{at: at})
		if !errors.Is(err, errFull) {
			t.Errorf("%s: error %v, want that of the recorder", at, err)
		}
	}
}

func TestWhatOnlyShowsWhenARunIsBuiltIsLocatedInTheScenario(t *testing.T) {
	for _, c := range []struct{ set, path, want string }{
		{"deployments[0].model=Llama-3.1-405B", "deployments[0].model", "Llama-3.1-405B"},
		{"deployments[0].parallelism.tp=12", "deployments[0]", "12"},
		{"calibration=gone.yaml", "calibration", "not exist"},
		{"deployments[0].engine.speculation={draft: mtp, tokens: 2, acceptance: 0.8}", "deployments[0].engine.speculation.draft", "comes without a layer"},
		{"deployments[0].engine.speculation={draft: Qwen3-8B, tokens: 2, acceptance: 0.8}", "deployments[0].engine.speculation.draft", "vocabulary"},
		{"deployments[0].engine.host_memory=1TB", "deployments[0].engine.host_memory", "is more than the 2TiB of a node"},
		{"workloads.training[0].gpus=64", "workloads.training[0]", "can never start"},
		{"workloads.rl[0].gpus=12", "workloads.rl[0].gpus", "12 GPUs"},
		{"workloads.requests[0].arrivals.cv=1000", "workloads.requests[0]", "cv is 1000"},
	} {
		doc, err := scenario.Parse("test.yaml", []byte(everything), mustOverride(t, c.set))
		if err == nil {
			_, err = sim.New(doc, sim.Options{Inputs: noInputs{}})
		}
		var problems scenario.Problems
		if !errors.As(err, &problems) {
			t.Errorf("%s: error %v, want a problem of the scenario", c.set, err)
			continue
		}
		if !strings.HasPrefix(problems[0].Path, c.path) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error at %s: %v; want one at %s with %q", c.set, problems[0].Path, err, c.path, c.want)
		}
	}
}

func mustOverride(t *testing.T, text string) scenario.Override {
	t.Helper()
	o, err := scenario.ParseOverride(text)
	if err != nil {
		t.Fatal(err)
	}
	return o
}
