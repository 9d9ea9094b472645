package fleet

import (
	"os"
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/internal/shared"
)

func TestTheCatalogueIsTheSharedTable(t *testing.T) {
	want, err := os.ReadFile(shared.Path(t, "facts/gpus.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if gpuTable != string(want) {
		t.Error("sim/fleet/data/gpus.csv differs from ../shared/facts/gpus.csv: copy it")
	}
}

func TestLookupGPU(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"H100", "H100-SXM"}, {"h100-sxm", "H100-SXM"}, {"A100", "A100-80G-SXM"}, {"V100M32", "V100-32G"},
		{"GB200", "GB200-NVL72"}, {"MI300X", "MI300X"}, {"L40S", "L40S"}, {"T4", "T4"}, {"P100", "P100"},
		{"G2", "A10"}, {"H20", "H20"}, {"H800", "H800"}, {"B200", "B200"},
	} {
		g, err := LookupGPU(c.name)
		if err != nil || g.Name != c.want {
			t.Errorf("LookupGPU(%q) = %q, %v, want %q", c.name, g.Name, err, c.want)
		}
	}
	_, err := LookupGPU("H10O")
	if err == nil || !strings.Contains(err.Error(), "Did you mean H100?") {
		t.Errorf("LookupGPU of a misspelt name: %v", err)
	}
}

func TestEveryGPUHasWhatTheCostModelNeeds(t *testing.T) {
	for _, g := range GPUs() {
		if g.BF16 <= 0 || g.HBMBytes <= 0 || g.HBMBandwidth <= 0 || g.ScaleUpDomain < 1 || g.Source == "" {
			t.Errorf("%s lacks a figure: %+v", g.Name, g)
		}
		if g.ScaleUpDomain > 1 && g.ScaleUpBandwidth <= 0 {
			t.Errorf("%s joins %d GPUs by nothing", g.Name, g.ScaleUpDomain)
		}
	}
}

func TestAFormatWithoutAUnitRunsAsTheNextWider(t *testing.T) {
	h100, _ := LookupGPU("H100")
	a100, _ := LookupGPU("A100")
	b200, _ := LookupGPU("B200")
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"FP8 on an H100", h100.FLOPS(FP8), 1978.9e12},
		{"FP4 on an H100 is FP8", h100.FLOPS(FP4), 1978.9e12},
		{"FP8 on an A100 is BF16", a100.FLOPS(FP8), 312e12},
		{"FP4 on a B200", b200.FLOPS(FP4), 9000e12},
		{"BF16", h100.FLOPS(BF16), 989.4e12},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v FLOP/s, want %v", c.name, c.got, c.want)
		}
	}
}
