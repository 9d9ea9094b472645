package result

import (
	"slices"
	"testing"
)

func TestFiguresAreNumbersByPath(t *testing.T) {
	s := &Summary{Schema: Schema, RunID: "x", Seed: 7, CostUSD: 2.5, Requests: &Requests{Arrived: 10, TTFT: Quantiles{P99: 0.25}},
		Windows: []Window{{Name: "after", FromS: 5, CostUSD: 1}}}
	figures, err := Figures(s)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range figures {
		got[f.Path] = f.Value
	}
	for path, want := range map[string]float64{"cost_usd": 2.5, "requests.arrived": 10, "requests.ttft_s.p99": 0.25, "windows.after.cost_usd": 1} {
		if v, ok := got[path]; !ok || v != want {
			t.Errorf("%s: %v, want %v", path, v, want)
		}
	}
	for _, path := range []string{"seed", "schema", "windows.after.from_s", "fleet.gpus", "run_id"} {
		if _, ok := got[path]; ok {
			t.Errorf("%s says what the run was; it is no figure", path)
		}
	}
	if !slices.IsSortedFunc(figures, func(a, b Figure) int {
		if a.Path < b.Path {
			return -1
		}
		return 1
	}) {
		t.Error("figures are not in order of path")
	}
}

func TestParseFiguresRefusesWhatIsNoSummary(t *testing.T) {
	for _, text := range []string{"", "[1]", "{"} {
		if _, err := ParseFigures([]byte(text)); err == nil {
			t.Errorf("%q is taken for a summary", text)
		}
	}
}
