package html

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/scenario"
)

const small = `name: small
horizon: %s
fleet:
  pools: [{name: main, node: 8xH100, nodes: 1}]
deployments:
  - {name: chat, model: Llama-3.1-8B, replicas: 1, slo: {ttft: 2s}}
`

// makeResults writes a results directory with the rows that fill records.
func makeResults(t *testing.T, horizon string, summary result.Summary, fill func(*report.Dir)) string {
	t.Helper()
	return makeResultsIn(t, t.TempDir(), horizon, summary, fill)
}

func makeResultsIn(t testing.TB, parent, horizon string, summary result.Summary, fill func(*report.Dir)) string {
	t.Helper()
	doc, err := scenario.Parse("small.yaml", fmt.Appendf(nil, small, horizon))
	if err != nil {
		t.Fatal(err)
	}
	canonical, err := doc.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(parent, "results")
	d, err := report.Create(path, report.Meta{RunID: "id", Scenario: "small", Version: "dev"}, false)
	if err != nil {
		t.Fatal(err)
	}
	fill(d)
	summary.Schema, summary.Scenario, summary.HorizonS, summary.Replications = result.Schema, "small", doc.Horizon.Seconds(), 1
	summary.Fleet = result.Fleet{GPUs: 8, Nodes: 1, ByGPU: map[string]int{"H100-SXM": 8}}
	if err := d.Commit(summary, canonical, map[string]string{"version": "dev"}, Write); err != nil {
		t.Fatal(err)
	}
	return path
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// idle fills the ledger with idle GPUs.
func idle(t *testing.T, d *report.Dir, horizon event.Time) ledger.Amount {
	a := ledger.Product(8*ledger.MilliPerGPU, horizon)
	must(t, d.Ledger(&result.LedgerRow{To: int64(horizon), Pool: "main", Class: "none", Account: "idle.no_demand", GPUTime: a}))
	return a
}

func readReport(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, Name))
	must(t, err)
	return string(text)
}

func TestWhatARunDidNotRecordHasNoSection(t *testing.T) {
	var s result.Summary
	s.EnergyKWh = 1
	s.Ledger = result.Ledger{GPUSeconds: map[string]ledger.Amount{}, ByClass: map[string]map[string]ledger.Amount{}}
	dir := makeResults(t, "1h", s, func(d *report.Dir) {
		idle(t, d, event.Hour)
	})
	html := readReport(t, dir)
	for _, id := range []string{"demand", "latency", "jobs"} {
		if strings.Contains(html, `<section id="`+id+`"`) {
			t.Errorf("an empty run has a section %s", id)
		}
	}
	for _, id := range []string{"utilisation", "cost", "scenario"} {
		if !strings.Contains(html, `<section id="`+id+`"`) {
			t.Errorf("no section %s", id)
		}
	}
	again, err := Render(dir)
	must(t, err)
	if !bytes.Equal(again, []byte(html)) {
		t.Error("the same results give another report")
	}
}

// request is number i of n, which arrive evenly over the horizon: times to the
// first token go from 1 ms to n ms in a scrambled order.
func request(i, n int, horizon event.Time) *result.RequestRow {
	arrive := int64(horizon) / int64(n) * int64(i)
	ttft := int64(i*7919%n+1) * int64(event.Millisecond) / int64(max(n/1000, 1))
	return &result.RequestRow{
		ID: int64(i + 1), Class: "chat", Deployment: "chat", Outcome: "completed", OutputTokens: 11,
		Arrive: arrive, Scheduled: arrive + 1000, FirstToken: arrive + ttft, Finish: arrive + ttft + 10*int64(event.Millisecond),
	}
}

func TestPercentilesAreThoseOfTheRows(t *testing.T) {
	const n = 300_000 // two row groups
	dir := makeResults(t, "1h", result.Summary{}, func(d *report.Dir) {
		for i := range n {
			must(t, d.Request(request(i, n, event.Hour)))
		}
		must(t, d.Request(&result.RequestRow{ID: n + 1, Class: "chat", Deployment: "chat", Outcome: "cancelled", Arrive: 5}))
	})
	doc, err := scenario.Parse("small.yaml", fmt.Appendf(nil, small, "1h"))
	must(t, err)
	for _, c := range []struct {
		name      string
		limit     int64
		tolerance float64
		all       bool
	}{{"all rows", sampleAbove, 0.006, true}, {"a third of the rows", 100_000, 0.05, false}} {
		t.Run(c.name, func(t *testing.T) {
			r, err := readRequests(dir, doc, c.limit)
			must(t, err)
			if r.rows != n+1 || (r.read == r.rows) != c.all || r.read > c.limit+2*blockRows {
				t.Fatalf("read %d of %d rows, at most about %d wanted", r.read, r.rows, c.limit)
			}
			if (r.finished != nil) != c.all {
				t.Errorf("counts over time are known: %v", r.finished != nil)
			}
			d := r.deployments[0]
			for _, q := range []float64{0.5, 0.9, 0.99} {
				if got := float64(d.all[ttft].Quantile(q)) / 1e6; math.Abs(got/q-1) > c.tolerance {
					t.Errorf("the %g-quantile of the time to first token is %g s, want %g s", q, got, q)
				}
			}
			if got := d.all[tpot].Quantile(0.5); got != 1000 {
				t.Errorf("time per output token %d µs, want 1000", got)
			}
			if c.all && d.all[ttft].Count() != n {
				t.Errorf("%d completed requests, want %d", d.all[ttft].Count(), n)
			}
		})
	}
}

func TestAMonthStaysBelowThreeMegabytes(t *testing.T) {
	const minutes = 30 * 24 * 60
	accounts := ledger.Keys()
	dir := makeResults(t, "30d", result.Summary{}, func(d *report.Dir) {
		for m := range minutes {
			from := int64(m) * int64(event.Minute)
			for k := range 12 {
				key := accounts[(k*11+m/1000)%len(accounts)]
				must(t, d.Ledger(&result.LedgerRow{From: from, To: from + int64(event.Minute), Pool: "main", Class: key.Class.String(), Account: key.Account.String(),
					GPUTime: ledger.Product(int64(m*k%997), event.Minute)}))
			}
			for _, metric := range []string{"jobs_waiting", "replicas_ready", "requests_in_system", "requests_running", "kv_tokens"} {
				must(t, d.Series(&result.SeriesRow{Time: from, Metric: metric, Label: "chat", Value: float64(m*m%1009) / 7}))
			}
		}
		for i := range 5000 {
			at := int64(i) * int64(event.Minute)
			must(t, d.Job(&result.JobRow{ID: int64(i), Name: fmt.Sprint("job-", i), Kind: "batch", Pool: "main", State: "completed", GPUMilli: 1000,
				Submit: at, FirstStart: at + int64(event.Minute), End: at + int64(event.Hour)*int64(1+i%50), Wait: int64(event.Minute)}))
		}
		for i := range 20_000 {
			must(t, d.Request(request(i, 20_000, 30*event.Day)))
		}
	})
	html := readReport(t, dir)
	if len(html) > 3<<20 {
		t.Errorf("the report has %d bytes", len(html))
	}
	t.Logf("%d bytes", len(html))
	if !strings.Contains(html, "The 400 of 5,000 jobs with the most GPU time.") {
		t.Error("the report does not say that jobs are left out")
	}
}

func TestDirectoriesWithoutResultsAreNamed(t *testing.T) {
	var none *NoResultsError
	if _, err := Render(t.TempDir()); !errors.As(err, &none) {
		t.Errorf("an empty directory: %v", err)
	}
	dir := makeResults(t, "1h", result.Summary{}, func(d *report.Dir) { idle(t, d, event.Hour) })
	must(t, os.Remove(filepath.Join(dir, "ledger.parquet")))
	if _, err := Render(dir); err == nil || !strings.Contains(err.Error(), "ledger.parquet") {
		t.Errorf("a missing file: %v", err)
	}
	must(t, os.WriteFile(filepath.Join(dir, "summary.json"), []byte(`{"schema": 2}`), 0o666))
	if _, err := Render(dir); err == nil || !strings.Contains(err.Error(), "schema 2") {
		t.Errorf("another schema: %v", err)
	}
}

func TestSummariesAreReadByPath(t *testing.T) {
	s, err := parseTree([]byte(`{"a": {"compute.decode": 1.50, "compute": {"x": 2}}, "l": [{"v": 3}], "i": {"mean": 4, "lo": 3, "hi": 5, "n": 10}, "none": null}`))
	must(t, err)
	for path, want := range map[string]string{"a.compute.decode": "1.50", "a.compute.x": "2", "l.0.v": "3", "i": "4"} {
		if f, ok := s.figure(path); !ok || f.Exact != want {
			t.Errorf("%s is %q, want %q", path, f.Exact, want)
		}
	}
	for _, path := range []string{"b", "a", "a.compute.y", "l.1.v", "l.v", "none", "l"} {
		if f, ok := s.figure(path); ok {
			t.Errorf("%s is %v, want nothing", path, f)
		}
	}
	if f, _ := s.figure("i"); f.N != 10 || f.Lo != 3 || f.Hi != 5 || f.Path != "i.mean" {
		t.Errorf("an interval is %+v", f)
	}
}

func TestAStoryIsSplitIntoItsSentences(t *testing.T) {
	got := sentences("On day 2.5 it rose to 1.2×. The fleet FILLED: p99 was 0.5 s. (ε = 1.5.)")
	if want := []string{"On day 2.5 it rose to 1.2×.", "The fleet FILLED: p99 was 0.5 s.", "(ε = 1.5.)"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestStacksHaveRoomForEveryAccount(t *testing.T) {
	for a := range ledger.Account(ledger.NumAccounts) {
		if accountRank(a.String()) < 0 || strings.Contains(accountName(a.String()), ".") {
			t.Errorf("account %v is in no stack, or has no name for people", a)
		}
		if !strings.Contains(pageStyle, "."+accountColor(a.String())+" {") {
			t.Errorf("account %v has no colour", a)
		}
	}
}

func TestNodesShowWhoHeldThemAndWhatWasDown(t *testing.T) {
	n := newNodeTime(100, 120*event.Minute) // two nodes a row, a minute a column
	n.add(&result.PlacementRow{From: 0, To: int64(90 * event.Second), NodeFrom: 1, NodeTo: 4, GPUMilli: 4 * 8000, Gang: 1})
	n.add(&result.PlacementRow{From: int64(119 * event.Minute), To: int64(120 * event.Minute), NodeFrom: 99, NodeTo: 99, GPUMilli: 1000, Account: "down"})
	n.add(&result.PlacementRow{From: 0, To: int64(event.Hour), NodeFrom: 9, NodeTo: 9, GPUMilli: 8000, Account: "idle.reserved"})
	for _, c := range []struct {
		what string
		got  float64
		want float64
	}{
		{"half a row", n.held[0][0], 8000 * 60}, {"half a row, half a column", n.held[0][1], 8000 * 30}, {"a row", n.held[1][0], 16000 * 60},
		{"the last half", n.held[2][1], 8000 * 30}, {"after the end", n.held[1][2], 0}, {"a spare", n.held[4][0], 0}, {"a GPU that is down", n.down[49][119], 1000 * 60},
	} {
		if math.Abs(c.got-c.want) > 1e-6 {
			t.Errorf("%s: %v milli-GPU-s, want %v", c.what, c.got, c.want)
		}
	}
}

func TestARewardModelsUtilisationIsShownWhereThereIsOne(t *testing.T) {
	for utilisation, want := range map[float64]bool{0: false, 0.375: true} {
		s := result.Summary{RL: &result.RL{Steps: 3, RewardUtilisation: utilisation}}
		html := readReport(t, makeResults(t, "1h", s, func(d *report.Dir) { idle(t, d, event.Hour) }))
		at := strings.Index(html, "GPUs at work")
		if got := at >= 0; got != want {
			t.Errorf("utilisation of %v: shown is %v, want %v", utilisation, got, want)
		} else if got && !strings.Contains(html[at:at+200], "37.5") {
			t.Errorf("utilisation of %v is shown as %q", utilisation, html[at:at+200])
		}
	}
}

func TestFailuresHaveASection(t *testing.T) {
	dir := makeResults(t, "1h", result.Summary{Failures: &result.Failures{ByComponent: map[string]int64{"gpu": 2}, Interruptions: 2, Availability: 0.99}}, func(d *report.Dir) {
		idle(t, d, event.Hour)
		for i, what := range []string{"fails", "detected", "repaired", "fails"} {
			must(t, d.Incident(&result.IncidentRow{Time: int64(i) * int64(event.Minute), Event: what, Component: "gpu", Pool: "main", Gangs: 1}))
		}
		must(t, d.Placement(&result.PlacementRow{To: int64(event.Hour), Pool: "main", GPUMilli: 8000, Gang: 1, Name: "a", Class: "jobs"}))
	})
	html := readReport(t, dir)
	for _, want := range []string{`<section id="failures"`, `<figure class="chart half" id="incidents"`, "All 2 failures, slow nodes found and drains."} {
		if !strings.Contains(html, want) {
			t.Errorf("the report lacks %s", want)
		}
	}
}
