package slurm

import (
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jevons-sim/jevons/imports"
	"github.com/jevons-sim/jevons/sim/event"
)

var update = flag.Bool("update", false, "re-make golden files")

func conf(t testing.TB, change ...string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/slurm.conf")
	if err != nil {
		t.Fatal(err)
	}
	return []byte(strings.NewReplacer(change...).Replace(string(text)))
}

func TestAConfigurationBecomesAScenario(t *testing.T) {
	d, err := Read("slurm.conf", conf(t), Options{Name: "example"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.YAML()
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/slurm.scenario.yaml"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("scenario (-update re-makes it):\n%s", diff)
	}
}

func TestBrokenConfigurationsNameLineAndField(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"a[001-016] Gres", "a[001-x] Gres", `slurm.conf:17: NodeName: "a[001-x]": "001-x" is not a range`},
		{"a[001-016] Gres", "a[001-016 Gres", "slurm.conf:17: NodeName: \"a[001-016\": the bracket is not closed"},
		{"RealMemory=1000000", "RealMemory=lots", `slurm.conf:17: RealMemory: found "lots", want a whole number`},
		{"ClusterName=example", "ClusterName", `slurm.conf:2: found "ClusterName", want Key=Value`},
		{"gpu:h100:8", "gpu:h100:8,gpu:a100:8", "slurm.conf:18: Gres: nodes with GPUs of two types"},
		{"gpu:h100:8", "gpu:h100:-8", "slurm.conf:18: Gres: found -8 GPUs"},
		{"PriorityTier=10", "PriorityTier=high", "slurm.conf:23: PriorityTier"},
		{"Gres=gpu", "Gres=cpu", "no NodeName line has GPUs"},
	} {
		_, err := Read("slurm.conf", conf(t, c.old, c.new), Options{Name: "x"})
		var format *imports.Error
		if !errors.As(err, &format) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.new, err, c.want)
		}
	}
}

func TestTimesAreReadAsSlurmWritesThem(t *testing.T) {
	for text, want := range map[string]event.Time{
		"90": 90 * event.Minute, "90:30": 90*event.Minute + 30*event.Second, "1:30:00": 90 * event.Minute, "7-0": 7 * event.Day,
		"1-2:30": event.Day + 2*event.Hour + 30*event.Minute,
	} {
		if got, err := span(text); err != nil || got != want {
			t.Errorf("%s: %v (%v), want %v", text, got, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(string(conf(f)))
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Read("slurm.conf", []byte(text), Options{Name: "x"})
		if err != nil {
			return
		}
		for _, p := range d.Scenario.Fleet.Pools {
			if p.Nodes < 1 || p.GPUsPerNode < 1 || p.GPUsPerNode > 64 {
				t.Fatalf("impossible pool %+v", p)
			}
		}
	})
}
