package result

import (
	"reflect"
	"slices"
	"testing"
)

func TestFiguresThatMayBeThereAreToldFromTypos(t *testing.T) {
	for _, c := range []struct {
		path string
		want bool
	}{
		{"cost_usd", true},
		{"requests.ttft_s.p99", true},
		{"requests.by_class.chat.e2e_s.mean", true},
		{"ledger.gpu_s.idle.no_demand", true},
		{"ledger.total_gpu_s", true},
		{"windows.after.requests.ttft_s.p99", true},
		{"windows.week.2.requests.ttft_s.p99", true},
		{"deployments.chat.replicas", true},
		{"demand.gpu_hours_ratio", true},
		{"requests.ttft.p99", false},
		{"requests.ttft_s", false},
		{"requests.ttft_s.p98", false},
		{"windows.after.requests.tft_s.p99", false},
		{"seed", false},
		{"run_id", false},
		{"", false},
	} {
		if got := MayHave(c.path); got != c.want {
			t.Errorf("MayHave(%q) = %v, want %v", c.path, got, c.want)
		}
	}
	if !slices.Contains(Paths(), "jobs.wait_s.p90") || slices.Contains(Paths(), "windows.*.cost_usd") {
		t.Errorf("Paths = %v", Paths())
	}
}

func TestEveryFigureOfASummaryMayBeThere(t *testing.T) {
	var s Summary
	fill(reflect.ValueOf(&s).Elem(), 0)
	figures, err := Figures(&s)
	if err != nil {
		t.Fatal(err)
	}
	if len(figures) < 200 {
		t.Errorf("only %d figures in a summary with all sections", len(figures))
	}
	for _, f := range figures {
		if !MayHave(f.Path) {
			t.Errorf("MayHave(%q) = false", f.Path)
		}
	}
}

// fill gives a value everything that it may have, one of each.
func fill(v reflect.Value, depth int) {
	if depth > 3 {
		return // sections by class have sections by class
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), depth)
	case reflect.Map:
		x := reflect.New(v.Type().Elem()).Elem()
		fill(x, depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("a.name").Convert(v.Type().Key()), x)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i), depth)
			}
		}
	case reflect.String:
		v.SetString("a name")
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	}
}
