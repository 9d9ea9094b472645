package validate

import (
	"context"
	"fmt"
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/traces"
)

// smallWorkload is jobs of whole nodes, GPUs and shares by four users.
func smallWorkload() CombinationWorkload {
	nodes, pods := smallFleet()
	w := CombinationWorkload{Name: "small", Nodes: nodes}
	for i := range 80 {
		j := pods[i%len(pods)]
		j.Name, j.Tenant = fmt.Sprintf("job-%d", i), fmt.Sprintf("user-%d", i%5)
		j.At, j.Duration = event.Time(i)*event.Minute, event.Time(1+i*i%37)*10*event.Minute
		if i%11 == 0 {
			j.Workers, j.GPUs, j.GPUMilli, j.GPUTypes = 2, 4, 0, nil
		}
		w.Jobs = append(w.Jobs, traces.Job(j))
	}
	return w
}

func TestNoCombinationViolatesWhatMustHold(t *testing.T) {
	for _, c := range []struct {
		factor     float64 // of the users' estimates
		placements []string
	}{{1.5, []string{"best-fit", "random"}}, {0.4, []string{"fgd"}}} {
		rows, err := Combinations(context.Background(), CombinationOptions{
			Workloads: []CombinationWorkload{smallWorkload()}, Placements: c.placements, Load: 1.1, EstimateFactor: c.factor, Workers: 2, Seed: 1,
		})
		if err != nil {
			t.Fatal(err)
		}
		preemptions := 0
		for _, r := range rows {
			preemptions += r.Preemptions
			if len(r.Violations) > 0 {
				t.Errorf("%+v", r)
			}
		}
		// Four rules of preemption where the order displaces, else three.
		if want := 3 * (5*4 + 4*3) * (len(c.placements) + 1); len(rows) != want || preemptions == 0 {
			t.Errorf("%d rows with %d preemptions, want %d rows and some", len(rows), preemptions, want)
		}
	}
}
