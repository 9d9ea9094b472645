package sim_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/jevons-sim/jevons/internal/shared"
	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/workloads/presets"
)

// reliability returns the values of ../shared/facts/reliability.csv by row.
func reliability(t *testing.T) map[string]float64 {
	f, err := os.Open(shared.Path(t, "facts/reliability.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, row := range rows[1:] {
		if values[row[0]], err = strconv.ParseFloat(row[6], 64); err != nil {
			t.Fatalf("%s: %v", row[0], err)
		}
	}
	return values
}

// TestLlama3TrainsMoreThan90PercentOfTheTime reproduces the effective training
// time of the Llama 3 herd report, section 3.3.4: more than 90 % with an
// unexpected interruption every 3.09 h on 16,384 GPUs.
func TestLlama3TrainsMoreThan90PercentOfTheTime(t *testing.T) {
	facts := reliability(t)
	p, err := presets.Load("llama3-405b-54-days")
	if err != nil {
		t.Fatal(err)
	}
	const seeds = 8
	failures, planned := 0.0, 0.0
	for seed := range seeds {
		s, r := run(t, sim.Options{}, string(p.YAML), fmt.Sprint("seed=", seed+1))
		checkLedger(t, s, r)
		failures += float64(s.Training.Failures) / seeds
		planned += float64(s.Training.Preemptions) / seeds
		if e := s.Training.ETTR; e <= facts["l3-ett"] || e >= 1 {
			t.Errorf("seed %d: ETTR %.4f, published is more than %v", seed+1, e, facts["l3-ett"])
		}
		if m := s.Training.MFU; m < 0.35 || m > 0.41 { // 41 % while it trains, less what is lost
			t.Errorf("seed %d: MFU %.3f", seed+1, m)
		}
	}
	hours := 54 * 24 / failures
	t.Logf("one unexpected interruption per %.3f h, published %.3f h; %v planned ones, published %v", hours, facts["l3-mtbf"], planned, facts["l3-planned"])
	// Eight runs of about 419 interruptions each: 1.7 % is a standard error.
	if want := facts["l3-mtbf"]; hours < want*0.95 || hours > want*1.05 {
		t.Errorf("one unexpected interruption per %.3f h, want %.3f h", hours, want)
	}
	// A drain may find the job hung or its node a spare.
	if want := facts["l3-planned"]; math.Abs(planned-want) > 1 {
		t.Errorf("%v planned interruptions, want %v", planned, want)
	}
}

func TestHalfTheFailuresTrainLonger(t *testing.T) {
	p, err := presets.Load("llama3-405b-54-days")
	if err != nil {
		t.Fatal(err)
	}
	last := 1.0
	for _, rate := range []string{"0.5", "1", "4"} {
		s, _ := run(t, sim.Options{}, string(p.YAML), "failures="+rate)
		if s.Training.ETTR >= last {
			t.Errorf("ETTR %.4f at %s times the failures, %.4f at fewer", s.Training.ETTR, rate, last)
		}
		last = s.Training.ETTR
	}
}
