package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
)

var update = flag.Bool("update", false, "re-make the golden files")

// window is a span of a fleet of 100 GPUs of which inference held so many.
func window(name string, from, to float64, inference int64) result.Window {
	w := result.Window{
		Name: name, FromS: from * 86400, ToS: to * 86400,
		Ledger:      result.Ledger{GPUSeconds: map[string]ledger.Amount{}, ByClass: map[string]map[string]ledger.Amount{}},
		Utilization: result.Utilization{Allocated: float64(inference) / 100, Busy: float64(inference) / 200, MFU: 0.1},
		Requests: &result.Requests{
			Desired: inference*86400 + 9, Arrived: inference * 86400, Completed: inference*86400 - 7, Unfinished: 7, SLOAttainment: 0.98,
			TTFT: result.Quantiles{P50: 0.2, P99: float64(inference) / 10, Max: float64(inference)}, TPOT: result.Quantiles{P50: 0.035}, Queue: result.Quantiles{P99: 0.05},
		},
		Jobs:      &result.Jobs{Submitted: 12, Wait: result.Quantiles{Mean: 60 * float64(inference), P50: 0, P90: 7000}},
		EnergyKWh: 1500, CostUSD: 24000,
	}
	span := event.FromSeconds(w.ToS - w.FromS)
	w.Ledger.Add(ledger.Key{Class: ledger.Inference, Account: ledger.Decode}, ledger.Product(inference*1000, span))
	w.Ledger.Add(ledger.Key{Class: ledger.Nobody, Account: ledger.IdleNoDemand}, ledger.Product((100-inference)*1000, span))
	return w
}

// example is a summary with two windows, in which inference went from so many
// GPUs to so many.
func example(before, after int64) *result.Summary {
	a, b := window("before", 0, 2, before), window("after", 5, 7, after)
	return &result.Summary{
		Schema: 1, Scenario: "example", Seed: 1, HorizonS: 7 * 86400, Fleet: result.Fleet{GPUs: 100, Nodes: 13, ByGPU: map[string]int{"H100-SXM": 100}},
		Ledger: a.Ledger, Utilization: a.Utilization, Requests: a.Requests, Jobs: a.Jobs, Windows: []result.Window{a, b},
		Demand: &result.Demand{PriceRatio: 0.25, Elasticity: 1.5, ShockAtS: 2 * 86400, Before: "Llama-3.1-405B", After: "DeepSeek-R1", ClosedFormBreakEven: new(1.0), ClosedFormRatio: 1.7},
	}
}

func TestPrint(t *testing.T) {
	filled := example(30, 62)
	plain := example(30, 62)
	plain.Windows, plain.Demand = nil, nil
	for _, c := range []struct {
		file   string
		s      *result.Summary
		format Format
	}{
		{"filled.txt", filled, Table}, {"filled.md", filled, Markdown}, {"filled.csv", filled, CSV}, {"emptied.txt", example(30, 12), Table}, {"plain.txt", plain, Table},
	} {
		var got bytes.Buffer
		if err := Print(&got, c.s, c.format); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", c.file)
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got.String()); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.file, d)
		}
	}
}

func TestAWindowWithoutRequestsHasNoLatencies(t *testing.T) {
	s := example(30, 62)
	s.Windows[0].Requests = &result.Requests{}
	var got bytes.Buffer
	if err := Print(&got, s, Markdown); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| TTFT p99 | – | 6.2 s |", "| met their SLO | – | 98.0 % |", "| not completed | 0 | 7 |"} {
		if !strings.Contains(got.String(), want) {
			t.Errorf("no %q in\n%s", want, got.String())
		}
	}
	if story := Story(s); strings.Contains(story, "p99 time to first token went") {
		t.Errorf("the story has latencies from nothing: %s", story)
	}
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after float64
		want          Verdict
	}{
		{"more GPU-hours fill the fleet", 100, 140, Filled},
		{"fewer empty it", 100, 60, Emptied},
		{"a wobble is neither", 100, 102, Unchanged},
		{"something from nothing fills it", 0, 5, Filled},
		{"nothing from nothing is neither", 0, 0, Unchanged},
	} {
		if got := Judge(c.before, c.after); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestTheStoryFollowsTheFigures(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after int64
		want          string
	}{
		{"filled", 30, 62, "The fleet FILLED: inference took 30.0 % of GPU-hours before and 62.0 % after"},
		{"emptied", 30, 12, "The fleet EMPTIED"},
		{"unchanged", 30, 30, "The fleet HARDLY CHANGED"},
	} {
		if got := Story(example(c.before, c.after)); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

func TestAFleetThatGrowsIsSaidToGrow(t *testing.T) {
	s := example(30, 62)
	w := &s.Windows[1]
	w.Ledger.Add(ledger.Key{Class: ledger.Nobody, Account: ledger.IdleNoDemand}, ledger.Product(200_000, event.FromSeconds(w.ToS-w.FromS)))
	if got, want := Story(s), "The fleet came to 3.0× its size, inference to 2.1× its GPU-hours: inference took 30.0 % of GPU-hours before and 20.7 % after"; !strings.Contains(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestFormats(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Number(0), "0"}, {Number(12.34), "12.3"}, {Number(1234567), "1,234,567"}, {Number(-1234.4), "-1,234"}, {Number(999.6), "1,000"},
		{Seconds(0), "0 s"}, {Seconds(3.2e-5), "32 µs"}, {Seconds(0.0123), "12 ms"}, {Seconds(2.55), "2.5 s"}, {Seconds(90), "90 s"},
		{Seconds(600), "10 min"}, {Seconds(36000), "10 h"}, {Seconds(14 * 86400), "14 d"},
		{Percent(0.275), "27.5 %"}, {change(100, 136), "+36 %"}, {change(3, 13.5), "4.5×"}, {change(0, 4), "new"}, {change(5, 5), "="}, {change(100, 40), "-60 %"},
		{points(0.82, 0.896), "+7.6 pt"}, {points(0.5, 0.5), "="},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
