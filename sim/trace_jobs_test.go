package sim_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/traces"
)

// filed is inputs whose traces lie in a directory.
type filed struct {
	noInputs
	dir string
}

// Trace implements sim.Inputs.
func (f filed) Trace(file, _, format string) (*traces.File, error) {
	return traces.OpenAs(filepath.Join(f.dir, file), format)
}

// runTrace plays a scenario of one trace.
func runTrace(t *testing.T, name, trace, text string, set ...string) *rows {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(trace), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := sim.New(parse(t, text, set...), sim.Options{Inputs: filed{dir: dir}, Check: true})
	if err != nil {
		t.Fatal(err)
	}
	r := &rows{}
	if _, err := s.Run(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	return r
}

// submissions returns when the jobs were submitted, in seconds, and by whom.
func (r *rows) submissions() map[string][2]any {
	out := map[string][2]any{}
	for _, j := range r.jobs {
		out[j.Name] = [2]any{event.Time(j.Submit).Seconds(), j.Tenant}
	}
	return out
}

func TestJobsOfALogComeAfterThoseThatTheirUsersWaitFor(t *testing.T) {
	const log = `; two users on 8 processors; job 3 follows 1 by 20 s, 4 follows 2 which is over, 5 follows a job of another log
1 0 -1 100 8 -1 -1 8 -1 -1 1 1 5 -1 3 -1 -1 -1
2 0 -1 50 8 -1 -1 8 -1 -1 1 2 5 -1 4 -1 -1 -1
3 10 -1 10 8 -1 -1 8 -1 -1 1 1 6 -1 -1 -1 1 20
4 200 -1 10 8 -1 -1 8 -1 -1 1 2 6 -1 4 -1 2 10
5 210 -1 10 8 -1 -1 8 -1 -1 1 1 6 -1 3 -1 77 10
`
	const scenario = `
horizon: 10m
fleet: {pools: [{name: main, node: 8xH100, nodes: 1}]}
workloads: {jobs: [{name: log, trace: {file: log.swf}}]}
`
	got := runTrace(t, "log.swf", log, scenario).submissions()
	want := map[string][2]any{"1": {0., "user-1"}, "2": {0., "user-2"}, "3": {120., "user-1"}, "4": {200., "user-2"}, "5": {210., "user-1"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("submissions:\n%s", d)
	}
	got = runTrace(t, "log.swf", log, scenario, "workloads.jobs[0].trace.tenant_by=queue").submissions()
	want = map[string][2]any{"1": {0., "queue-3"}, "2": {0., "queue-4"}, "3": {120., "user-1"}, "4": {200., "queue-4"}, "5": {210., "queue-3"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("submissions by queue:\n%s", d)
	}
}

func TestAScenarioReadsAnyCSVByItsColumns(t *testing.T) {
	r := runTrace(t, "jobs.csv", "began,secs,cards,who\n5,10,4,ann\n6,10,8,bob\n", `
horizon: 10m
fleet: {pools: [{name: main, node: 8xH100, nodes: 1}]}
workloads: {jobs: [{name: list, trace: {file: jobs.csv, columns: {at: began, duration: secs, gpus: cards, tenant: who, name: who}}}]}
`)
	if d := cmp.Diff(map[string][2]any{"ann": {5., "ann"}, "bob": {6., "bob"}}, r.submissions()); d != "" {
		t.Errorf("submissions:\n%s", d)
	}
}
