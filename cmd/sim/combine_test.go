package main

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/stats"
)

func TestCombineMakesIntervals(t *testing.T) {
	var summaries []*result.Summary
	for i, arrived := range []int64{90, 100, 110} {
		s := &result.Summary{Schema: 1, Scenario: "s", Seed: uint64(1 + i), HorizonS: 60, Requests: &result.Requests{Arrived: arrived}}
		if i > 0 { // a class that the first replication has not seen
			s.Requests.ByClass = map[string]*result.Requests{"rare": {Arrived: int64(i)}}
		}
		s.Windows = []result.Window{{Name: "before", ToS: 30, CostUSD: float64(i)}}
		summaries = append(summaries, s)
	}
	combined, err := combine(summaries, "id")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(combined)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Scenario     string  `json:"scenario"`
		Seed         uint64  `json:"seed"`
		RunID        string  `json:"run_id"`
		Replications int     `json:"replications"`
		HorizonS     float64 `json:"horizon_s"`
		Requests     struct {
			Arrived stats.Interval `json:"arrived"`
			ByClass map[string]struct {
				Arrived stats.Interval `json:"arrived"`
			} `json:"by_class"`
		} `json:"requests"`
		Windows []struct {
			Name string         `json:"name"`
			Cost stats.Interval `json:"cost_usd"`
		} `json:"windows"`
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Scenario != "s" || got.Seed != 1 || got.RunID != "id" || got.Replications != 3 || got.HorizonS != 60 {
		t.Errorf("identity: %+v", got)
	}
	// t(0.975; 2) = 4.303; the standard error is 10/√3.
	if a := got.Requests.Arrived; a.Mean != 100 || a.N != 3 || math.Abs(a.Hi-124.84) > 0.01 || math.Abs(a.Lo-75.16) > 0.01 {
		t.Errorf("arrived: %+v", a)
	}
	if r := got.Requests.ByClass["rare"].Arrived; r.N != 2 || r.Mean != 1.5 {
		t.Errorf("a class that two of three have: %+v", r)
	}
	if len(got.Windows) != 1 || got.Windows[0].Name != "before" || got.Windows[0].Cost.Mean != 1 {
		t.Errorf("windows: %+v", got.Windows)
	}
}
