package scenario

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/jevons-sim/jevons/sim/event"
)

// breaking is a scenario in which everything breaks.
const breaking = `name: breaking
horizon: 10d
fleet:
  pools:
    - name: main
      node: 8xH100
      nodes: 20
      nodes_per_rack: 4
      failures:
        gpu: {mtbf: 50000h, shape: 0.8, detection: {dist: exponential, mean: 30s}, repair: {mean: 4h, cv: 1}, takes: gpu}
        node: {mtbf: 40000h, detection: 0s, repair: 2h}
        rack: {mtbf: 90000h, repair: 1h}
        software: {mtbf: 20000h}
        stragglers: {share: 0.5%, slowdown: 10%, detection: 1h, repair: 1h}
        spares: 2
        drains: [{at: 1d, duration: 2h, every: 7d, nodes: 4}]
workloads:
  training:
    - name: llm
      model: Llama-3.1-8B
      tokens: 1T
      parallelism: {tp: 8, dp: 16}
      elastic: {min_dp: 12}
      evaluation: {steps: 1000, duration: 2m}
      checkpoint: {async: true, blocking: 2s}
`

func TestWhatBreaksIsResolved(t *testing.T) {
	doc := mustParse(t, "my.yaml", []byte(breaking))
	f, j := doc.Fleet.Pools[0].Failures, doc.Workloads.Training[0]
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"a faulty GPU goes alone", f.GPU.Takes, "gpu"},
		{"detection where none is given", *f.Rack.Detection, Durations{Dist: "constant", Value: 10 * event.Minute}},
		{"failures are exponential", f.Node.Shape, 1.0},
		{"checkpoints where a pool fails", j.Checkpoint.Interval, Cadence{Given: true, YoungDaly: true}},
		{"an elastic job's wait", j.Elastic.Wait, 5 * event.Minute},
	} {
		if d := cmp.Diff(c.want, c.got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
	text, err := doc.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	again := mustParse(t, "scenario.yaml", text)
	if d := cmp.Diff(doc.Scenario, again.Scenario, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("the canonical form parses to another scenario:\n%s\n%s", d, text)
	}
	if err := validate(t, compileSchema(t), []byte(breaking)); err != nil {
		t.Errorf("the schema refuses it: %v", err)
	}
}

func TestCheckpointsAreHourlyWhereNothingFails(t *testing.T) {
	plain := breaking[:strings.Index(breaking, "      failures:")] + breaking[strings.Index(breaking, "workloads:"):]
	if got, want := mustParse(t, "my.yaml", []byte(plain)).Workloads.Training[0].Checkpoint.Interval, (Cadence{Given: true, Every: event.Hour}); got != want {
		t.Errorf("interval %+v, want %+v", got, want)
	}
	_, err := Parse("my.yaml", []byte(strings.Replace(plain, "blocking: 2s", "blocking: 2s, interval: young-daly", 1)))
	const want = "checkpoint.interval: young-daly needs failures in the job's pool"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}

func TestErrorsInWhatBreaksNameTheValue(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"mtbf: 50000h", "mtbf: 0s", "my.yaml:10:21: fleet.pools[0].failures.gpu.mtbf: must be longer than 0s"},
		{"gpu: {mtbf: 50000h, ", "gpu: {", "fleet.pools[0].failures.gpu: mtbf is missing"},
		{"repair: 2h}", "repair: 2}", `node.repair: wants a duration such as 10m`},
		{"detection: 0s, repair: 2h", "detection: 0s", "failures.node: repair is missing"},
		{"shape: 0.8", "shape: 0", "gpu.shape: 0 is less than 0.1, the least allowed"},
		{"takes: gpu", "takes: gpus", `gpu.takes: unknown value "gpus". Did you mean gpu?`},
		{"      nodes_per_rack: 4\n", "", "failures.rack: the pool has no racks: nodes_per_rack is missing"},
		{"spares: 2", "spares: 20", "failures.spares: 20 of the pool's 20 nodes: at least one must be in service"},
		{"nodes: 4}]", "nodes: 4, first: 18}]", "drains[0].nodes: drains nodes 18 to 21, the pool has 0 to 19"},
		{"every: 7d", "every: 1h", "drains[0].every: 1h is not longer than the drain, 2h"},
		{"at: 1d", "at: 11d", "drains[0].at: 11d is after the horizon, 10d"},
		{"share: 0.5%", "share: 150%", "stragglers.share: 1.5 is more than all nodes"},
		{", repair: 1h}\n        spares", "}\n        spares", "stragglers: detection and repair go together"},
		{"software:", "softwear:", `failures.softwear: unknown key "softwear". Did you mean software?`},
		{"blocking: 2s", "blocking: 2s, interval: often", `checkpoint.interval: wants a duration such as 30m, or young-daly, found "often"`},
		{"async: true, ", "", "checkpoint.blocking: goes with async: true"},
		{"min_dp: 12", "min_dp: 16", "elastic.min_dp: 16 is not less than the layout's dp, 16"},
		{"parallelism: {tp: 8, dp: 16}", "gpus: 128", "elastic: needs the layout that shrinks: parallelism is missing"},
	} {
		if !strings.Contains(breaking, c.old) {
			t.Fatalf("%q is not in the scenario", c.old)
		}
		_, err := Parse("my.yaml", []byte(strings.Replace(breaking, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s for %s:\n got %v\nwant %s", c.new, c.old, err, c.want)
		}
	}
}
