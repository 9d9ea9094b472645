package validate

import "testing"

func TestDemandMeetsItsClosedForms(t *testing.T) {
	r, err := Demand(t.Context(), DemandOptions{Factors: []float64{0.1}, Elasticities: []float64{0, 1.5}, Thinking: []float64{0.2}, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, row := range r.Rows {
		seen[row.Metric] = true
		t.Logf("%-20s %-12s %.5f, closed form %.5f, error %+.3f %%", row.ID, row.Metric, row.Predicted, row.Actual, row.ErrorPct)
		if !row.OK {
			t.Errorf("%s: %s is %v, closed form %v", row.ID, row.Metric, row.Predicted, row.Actual)
		}
	}
	for _, metric := range []string{"requests", "tokens", "gpu_hours", "break_even", "break_even_full", "adoption"} {
		if !seen[metric] {
			t.Errorf("nothing compares %s", metric)
		}
	}
}
