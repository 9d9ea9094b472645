package sim_test

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
)

// checkLedger compares the summary's GPU time with the rows, with the windows
// and with the fleet.
func checkLedger(t tb, s *result.Summary, r *rows) {
	horizon := event.FromSeconds(s.HorizonS)
	if want := ledger.Product(int64(s.Fleet.GPUs)*ledger.MilliPerGPU, horizon); s.Ledger.Total != want {
		t.Fatalf("ledger of %v GPU-s, %d GPUs over %v are %v", s.Ledger.Total, s.Fleet.GPUs, horizon, want)
	}
	var byRows ledger.Amount
	cells := map[string]map[string]ledger.Amount{}
	intervals, spans := map[int64]ledger.Amount{}, map[int64]event.Time{}
	for _, x := range r.ledger {
		// Work that a preemption undid leaves the account it stood in, also when
		// that was in an earlier interval. Inference undoes nothing; but the parts
		// of a replica's time are rounded to the nanosecond each, so that what is
		// left for the account of replicas without requests may be a few less than
		// none.
		least := ledger.Amount{}
		switch {
		case x.Class == "inference" && x.Account == "stalled.empty":
			least = least.Sub(ledger.Product(int64(s.Fleet.GPUs)*ledger.MilliPerGPU, 4))
		case x.Class != "inference" && x.Account != "lost":
			least = least.Sub(s.Ledger.Total)
		}
		if x.GPUTime.Sign() == 0 || x.From >= x.To || x.GPUTime.Sub(least).Sign() < 0 {
			t.Fatalf("row %+v: want GPU time in an interval", x)
		}
		intervals[x.To] = intervals[x.To].Add(x.GPUTime)
		spans[x.To] = event.Time(x.To - x.From)
		if cells[x.Class] == nil {
			cells[x.Class] = map[string]ledger.Amount{}
		}
		cells[x.Class][x.Account] = cells[x.Class][x.Account].Add(x.GPUTime)
		byRows = byRows.Add(x.GPUTime)
	}
	for _, accounts := range cells { // the summary leaves out accounts at 0
		maps.DeleteFunc(accounts, func(_ string, a ledger.Amount) bool { return a.Sign() == 0 })
	}
	if d := cmp.Diff(s.Ledger.ByClass, cells, exactly); d != "" {
		t.Fatalf("rows add up to other balances:\n%s", d)
	}
	checkPlacements(t, s, r)
	checkPhases(t, r)
	for end, a := range intervals {
		if want := ledger.Product(int64(s.Fleet.GPUs)*ledger.MilliPerGPU, spans[end]); a != want {
			t.Fatalf("rows of the interval to %v add up to %v GPU-s, want %v", event.Time(end), a, want)
		}
	}
	var byAccount, byWindow ledger.Amount
	for _, a := range s.Ledger.GPUSeconds {
		byAccount = byAccount.Add(a)
	}
	for i := range s.Windows {
		byWindow = byWindow.Add(s.Windows[i].Ledger.Total)
	}
	if byAccount != s.Ledger.Total || byRows != s.Ledger.Total || (len(s.Windows) > 0 && byWindow != s.Ledger.Total) {
		t.Fatalf("total %v, but accounts %v, rows %v, windows %v", s.Ledger.Total, byAccount, byRows, byWindow)
	}
}

// checkRequests compares the counts of requests with the rows.
func checkRequests(t tb, s *result.Summary, r *rows) {
	q := s.Requests
	if ended := q.Completed + q.Rejected + q.Shed + q.Cancelled + q.Unfinished; q.Arrived != ended || int64(len(r.requests)) != ended {
		t.Fatalf("%d requests arrived, %d ended, %d rows", q.Arrived, ended, len(r.requests))
	}
	outcomes := map[string]int64{}
	seen := map[int64]bool{}
	var prompt, output, thinking int64
	for _, x := range r.requests {
		outcomes[x.Outcome]++
		prompt, output, thinking = prompt+int64(x.PromptTokens), output+int64(x.OutputTokens), thinking+int64(x.ThinkingTokens)
		if seen[x.ID] {
			t.Fatalf("request %d ended twice", x.ID)
		}
		seen[x.ID] = true
		if x.Outcome == "completed" && !(x.Arrive <= x.Scheduled && x.Scheduled < x.FirstToken && x.FirstToken <= x.Finish) {
			t.Fatalf("request %d: arrives %d, scheduled %d, first token %d, finish %d", x.ID, x.Arrive, x.Scheduled, x.FirstToken, x.Finish)
		}
	}
	for outcome, n := range map[string]int64{"completed": q.Completed, "rejected": q.Rejected, "shed": q.Shed, "cancelled": q.Cancelled, "unfinished": q.Unfinished} {
		if outcomes[outcome] != n {
			t.Fatalf("%d requests %s, %d in rows", n, outcome, outcomes[outcome])
		}
	}
	if prompt != q.PromptTokens || output != q.OutputTokens || thinking != q.ThinkingTokens {
		t.Fatalf("tokens %d, %d and %d, in rows %d, %d and %d", q.PromptTokens, q.OutputTokens, q.ThinkingTokens, prompt, output, thinking)
	}
	parts := [2]int64{}
	for _, c := range q.ByClass {
		parts[0] += c.Arrived
	}
	for i := range s.Windows {
		parts[1] += s.Windows[i].Requests.Arrived
	}
	if (len(q.ByClass) > 0 && parts[0] != q.Arrived) || (len(s.Windows) > 0 && parts[1] != q.Arrived) {
		t.Fatalf("%d requests arrived, %d by class, %d by window", q.Arrived, parts[0], parts[1])
	}
}

// checkJobs compares the counts of jobs with the rows.
func checkJobs(t tb, s *result.Summary, r *rows) {
	if s.Jobs == nil {
		return
	}
	states := map[string]int64{}
	for _, x := range r.jobs {
		states[x.State]++
	}
	j := s.Jobs
	if j.Submitted != int64(len(r.jobs)) || j.Completed != states["completed"] || j.Failed != states["failed"] || j.Unfinished != states["unfinished"] {
		t.Fatalf("%d jobs submitted, %d completed, %d failed, %d unfinished; rows: %v", j.Submitted, j.Completed, j.Failed, j.Unfinished, states)
	}
}

func TestTheBooksOfARunBalance(t *testing.T) {
	s, r := run(t, sim.Options{Check: true}, everything)
	checkLedger(t, s, r)
	checkRequests(t, s, r)
	checkJobs(t, s, r)
	for _, class := range []string{"none", "inference", "training", "rl", "jobs"} {
		if len(s.Ledger.ByClass[class]) == 0 {
			t.Errorf("no GPU time of class %s", class)
		}
	}
}

// pushedAside is a batch job that computes for 20 minutes and then loses it all
// to a training job.
const pushedAside = `
horizon: 1h
fleet: {pools: [{name: main, node: 8xH100, nodes: 1}]}
scheduler: {queue: priority, preemption: priority}
workloads:
  training:
    - {name: pretrain, model: Llama-3.1-8B, steps: 10000, global_batch: 64, gpus: 8, priority: 10, submit: 30m}
  jobs:
    - {name: mix, arrivals: {process: deterministic, rate: 6/h}, gpus: [{gpus: 8}], duration: {dist: constant, value: 2h}, preemptible: true, end: 14m}
outputs: {sample: 20m}
`

func TestLostWorkLeavesTheIntervalsItWasDoneIn(t *testing.T) {
	s, r := run(t, sim.Options{}, pushedAside)
	checkLedger(t, s, r)
	batch := map[event.Time]string{}
	for _, x := range r.ledger {
		if x.Account == "compute.batch" {
			batch[event.Time(x.To)] = x.GPUTime.String()
		}
	}
	if d := cmp.Diff(map[event.Time]string{20 * event.Minute: "4800", 40 * event.Minute: "-4800"}, batch); d != "" {
		t.Errorf("rows of compute.batch, want 8 GPUs × 10 minutes and less that:\n%s", d)
	}
	if lost := s.Ledger.GPUSeconds["lost"].String(); lost != "9600" {
		t.Errorf("lost %s GPU-s, want 8 GPUs × 20 minutes", lost)
	}
}

// anyChanges draws values of the scenario of everything.
func anyChanges(t *rapid.T) []string {
	pick := func(path string, values ...string) string {
		return path + "=" + rapid.SampledFrom(values).Draw(t, path)
	}
	return []string{
		"horizon=8m", "outputs.windows[0].to=6m", "outputs.windows[1].from=6m", "workloads.requests[0].arrivals.rate=2/s",
		pick("seed", "1", "2", "3", "4"),
		pick("warmup", "0s", "4m"),
		pick("scheduler.queue", "fifo", "priority", "sjf", "srtf", "edf", "las", "2d-las", "fair-share", "drf"),
		pick("scheduler.backfill", "none", "easy", "conservative"),
		pick("scheduler.preemption", "none", "priority"),
		pick("scheduler.preempted", "kill", "checkpoint"),
		pick("scheduler.grace_period", "0s", "20s"),
		pick("deployments[0].router", "round-robin", "least-requests", "power-of-two", "random", "central"),
		pick("deployments[0].autoscale.max", "1", "2", "7"),
		pick("deployments[0].autoscale.target", "3", "20", "200"),
		pick("deployments[0].engine.kv_blocks", "300", "3000"),
		pick("deployments[0].engine.max_waiting", "1", "50"),
		pick("deployments[0].engine.queue", "fcfs", "priority"),
		pick("deployments[0].engine.host_memory", "100MB", "10GB"),
		pick("deployments[0].engine.preemption", "recompute", "swap"),
		pick("deployments[0].engine.admission", "optimistic", "guaranteed"),
		pick("deployments[1].engine.speculation.draft", "ngram", "eagle"),
		pick("deployments[1].engine.speculation.acceptance", "20%", "0.8"),
		pick("deployments[1].engine.speculation.tokens", "1", "3"),
		pick("workloads.requests[0].arrivals.process", "gamma", "weibull"),
		pick("workloads.requests[0].patience", "1s", "10s", "5m"),
		pick("workloads.requests[1].deadline", "200ms", "10s"),
		pick("workloads.training[0].submit", "0s", "5m"),
		pick("workloads.training[0].priority", "0", "200"),
		pick("workloads.rl[0].submit", "1m", "6m"),
		pick("workloads.jobs[0].arrivals.rate", "30/h", "300/h"),
	}
}

func TestWhateverTheScenarioTheBooksBalanceAndStepModesAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		changes := anyChanges(t)
		s, r := run(t, sim.Options{Check: true}, everything, changes...)
		checkLedger(t, s, r)
		checkRequests(t, s, r)
		checkJobs(t, s, r)
		single, rowsSingle := run(t, sim.Options{StepMode: true}, everything, changes...)
		if d := cmp.Diff(s, single, exactly); d != "" {
			t.Fatalf("summaries differ (- macro-steps, + single steps):\n%s", d)
		}
		if !r.equal(rowsSingle) {
			t.Fatal("rows differ")
		}
	})
}
