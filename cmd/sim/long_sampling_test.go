package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
)

// summaryOf runs a command line that leaves a results directory, and reads its
// summary.
func summaryOf(t *testing.T, dir string, args ...string) *result.Summary {
	t.Helper()
	runLine(t, append(args, "--out", dir)...)
	text, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s result.Summary
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return &s
}

// The default scenario, with its change of model, training and RL: sampled
// requests give the GPU-hours of each class within 2 %, and latencies within 5 %
// or their intervals.
func TestLongTheDefaultScenarioSampledAgreesWithItself(t *testing.T) {
	long(t)
	dir := t.TempDir()
	full := summaryOf(t, filepath.Join(dir, "full"), "run", "r1-shock")
	sampled := summaryOf(t, filepath.Join(dir, "sampled"), "run", "r1-shock", "--check", "--set", "workloads.sampling.every=5h", "--set", "workloads.sampling.warmup=20m")
	near := func(what string, got, want, share float64) {
		if math.Abs(got/want-1) > share {
			t.Errorf("%s: %.6g sampled, %.6g in full", what, got, want)
		}
	}
	for _, c := range []ledger.Class{ledger.Inference, ledger.Training, ledger.RL} {
		near(c.String(), sampled.Ledger.Class(c).Hours(), full.Ledger.Class(c).Hours(), 0.02)
	}
	near("ratio of GPU-hours", sampled.Demand.GPUHoursRatio, full.Demand.GPUHoursRatio, 0.02)
	i := sampled.Requests.Sampling
	for _, c := range []struct {
		what      string
		got, want float64
		interval  result.Interval
	}{
		{"TTFT p50", sampled.Requests.TTFT.P50, full.Requests.TTFT.P50, i.TTFT.P50}, {"TTFT p99", sampled.Requests.TTFT.P99, full.Requests.TTFT.P99, i.TTFT.P99},
		{"E2E p50", sampled.Requests.E2E.P50, full.Requests.E2E.P50, i.E2E.P50}, {"E2E p99", sampled.Requests.E2E.P99, full.Requests.E2E.P99, i.E2E.P99},
	} {
		if c.want < c.interval.Lo || c.want > c.interval.Hi {
			near(c.what, c.got, c.want, 0.05)
		}
	}
}

func TestLongTheSovereignFleetBalances(t *testing.T) {
	long(t)
	s := summaryOf(t, filepath.Join(t.TempDir(), "sovereign"), "run", "sovereign-18k", "--check")
	if s.Fleet.GPUs != 18_000 || s.HorizonS != 180*86400 || s.Requests.Sampling == nil {
		t.Errorf("%d GPUs for %.0f days: want 18,000 for 180, requests sampled", s.Fleet.GPUs, s.HorizonS/86400)
	}
	if q := s.Requests; q.Arrived != q.Completed+q.Rejected+q.Cancelled+q.Unfinished {
		t.Errorf("%d requests arrived, other numbers ended: %+v", q.Arrived, q)
	}
}
