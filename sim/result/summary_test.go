package result

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/sim/metrics"
)

// contract is the fields that users' scripts rely on.
const contract = `schema run_id scenario seed horizon_s warmup_s replications fleet.gpus fleet.nodes fleet.by_gpu ledger.gpu_s ledger.total_gpu_s
utilization.allocated utilization.busy utilization.mfu utilization.mbu
requests.arrived requests.completed requests.rejected requests.cancelled requests.unfinished requests.prompt_tokens requests.output_tokens
requests.thinking_tokens requests.cached_tokens requests.preemptions requests.ttft_s.mean requests.ttft_s.p50 requests.ttft_s.p90 requests.ttft_s.p95
requests.ttft_s.p99 requests.ttft_s.max requests.tpot_s.mean requests.itl_s.mean requests.e2e_s.mean requests.queue_s.mean requests.slo_attainment requests.by_class
jobs.submitted jobs.completed jobs.failed jobs.unfinished jobs.wait_s.mean jobs.jct_s.mean jobs.bounded_slowdown.mean jobs.makespan_s jobs.by_kind
training.tokens training.steps training.mfu training.ettr training.failures training.lost_gpu_s
rl.steps rl.samples_used rl.samples_dropped rl.tokens rl.rollout_idle rl.trainer_idle rl.staleness
failures.by_component failures.interruptions failures.evictions failures.availability
demand.desired_requests demand.served_requests demand.price_ratio demand.gpu_hours_before demand.gpu_hours_after demand.break_even_elasticity
energy_kwh cost_usd`

func TestTheSummaryKeepsItsContract(t *testing.T) {
	full := Summary{
		Requests: &Requests{ITL: &Quantiles{}, ByClass: map[string]*Requests{"a": {}}}, Jobs: &Jobs{ByKind: map[string]*Jobs{"rl": {}}},
		Training: &Training{}, RL: &RL{}, Demand: &Demand{}, Failures: &Failures{},
	}
	text, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	for _, path := range strings.Fields(contract) {
		var at any = tree
		for _, key := range strings.Split(path, ".") {
			m, _ := at.(map[string]any) // a lookup in nil finds nothing
			next, ok := m[key]
			if !ok {
				t.Errorf("summary.json has no %s", path)
				break
			}
			at = next
		}
	}
}

func TestUnusedSectionsAreAbsent(t *testing.T) {
	text, err := json.Marshal(Summary{})
	if err != nil {
		t.Fatal(err)
	}
	for _, section := range []string{"requests", "jobs", "training", "rl", "demand", "windows", "deployments"} {
		if strings.Contains(string(text), `"`+section+`"`) {
			t.Errorf("an empty summary has a section %s", section)
		}
	}
}

func TestQuantilesOfNothingAreFinite(t *testing.T) {
	q := QuantilesOf(&metrics.Histogram{}, 1e9)
	for _, v := range []float64{q.Mean, q.P50, q.P99, q.Max} {
		if math.IsNaN(v) || v != 0 {
			t.Errorf("quantile %v of an empty distribution", v)
		}
	}
}

func TestEveryFigureIsDocumented(t *testing.T) {
	var doc strings.Builder
	for _, page := range []string{"results", "energy"} {
		text, err := os.ReadFile("../../docs/" + page + ".md")
		if err != nil {
			t.Fatal(err)
		}
		doc.Write(text)
	}
	outcomes := []string{"arrived", "failed"} // counts that the page names as such, by outcome and state
	told := map[string]bool{}
	for _, path := range Paths() {
		for _, name := range strings.Split(path, ".") {
			if name != anyName && name != anyPath && !strings.Contains(doc.String(), "`"+name+"`") && !slices.Contains(outcomes, name) && !told[name] {
				told[name] = true
				t.Errorf("docs/results.md does not describe %s of %s", name, path)
			}
		}
	}
}

func TestEveryColumnIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/results.md")
	if err != nil {
		t.Fatal(err)
	}
	for file, columns := range Columns {
		_, section, found := strings.Cut(string(doc), "**"+file+"**")
		if !found {
			t.Errorf("docs/results.md does not describe %s", file)
		}
		section, _, _ = strings.Cut(section, "\n**")
		for _, c := range columns {
			if !strings.Contains(section, "`"+c.Name+"`") {
				t.Errorf("docs/results.md does not describe the column %s of %s", c.Name, file)
			}
		}
	}
}
