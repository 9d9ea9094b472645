package sim_test

import (
	"cmp"
	"slices"
	"testing"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
)

// checkPlacements compares who held which GPUs with the ledger: to the last
// unit, by class, and for what was out of service.
func checkPlacements(t tb, s *result.Summary, r *rows) {
	held := map[string]ledger.Amount{}
	for _, x := range r.placements {
		if x.From >= x.To || x.GPUMilli <= 0 || x.NodeFrom > x.NodeTo || (x.Gang == 0) != (x.Account != "") {
			t.Fatalf("placement %+v: want GPUs, for a time, of a gang or of nobody", x)
		}
		key := x.Class
		if x.Gang == 0 {
			key = x.Account
		}
		held[key] = held[key].Add(ledger.Product(x.GPUMilli, event.Time(x.To-x.From)))
	}
	for _, c := range []ledger.Class{ledger.Inference, ledger.RL, ledger.Training, ledger.Jobs} {
		if want := s.Ledger.Class(c); held[c.String()] != want {
			t.Fatalf("placements of %v add up to %v GPU-s, the ledger has %v", c, held[c.String()], want)
		}
	}
	if want := s.Ledger.GPUSeconds[ledger.Down.String()]; held[ledger.Down.String()] != want {
		t.Fatalf("outages add up to %v GPU-s, the ledger has %v", held[ledger.Down.String()], want)
	}
}

// checkPhases checks that a gang does one thing at a time, and nothing but
// waiting without GPUs.
func checkPhases(t tb, r *rows) {
	stays := map[int64][]result.PlacementRow{}
	for _, p := range r.placements {
		stays[p.Gang] = append(stays[p.Gang], p)
	}
	phases := slices.Clone(r.phases)
	slices.SortStableFunc(phases, func(a, b result.Phase) int { return cmp.Or(cmp.Compare(a.Gang, b.Gang), cmp.Compare(a.From, b.From)) })
	for i, p := range phases {
		if i > 0 && phases[i-1].Gang == p.Gang && phases[i-1].To > p.From {
			t.Fatalf("phases overlap: %+v and %+v", phases[i-1], p)
		}
		within := slices.ContainsFunc(stays[p.Gang], func(x result.PlacementRow) bool { return x.From < p.To && p.From < x.To })
		inside := slices.ContainsFunc(stays[p.Gang], func(x result.PlacementRow) bool { return x.From <= p.From && p.To <= x.To })
		if waits := p.Name == "waiting"; waits && within || !waits && !inside {
			t.Fatalf("phase %+v does not fit the placements %+v", p, stays[p.Gang])
		}
	}
}

func TestGangsDoEverythingThereIs(t *testing.T) {
	for name, text := range map[string]string{"everything": everything, "everything that breaks": withFailures(often)} {
		t.Run(name, func(t *testing.T) {
			_, r := run(t, sim.Options{}, text)
			names := map[string]bool{}
			for _, p := range r.phases {
				names[p.Name] = true
			}
			for _, want := range []string{"waiting", "starting", "serving", "step", "checkpoint", "generate", "update", "sync"} {
				if !names[want] {
					t.Errorf("nothing is ever in the phase %s", want)
				}
			}
			if len(r.replicas) == 0 {
				t.Error("no replica was ever looked at")
			}
		})
	}
}

func TestIncidentsAreThoseOfTheSummary(t *testing.T) {
	s, r := run(t, sim.Options{}, withFailures(often))
	failures, stopped := map[string]int64{}, int64(0)
	for _, x := range r.incidents {
		if x.Event == "fails" {
			failures[x.Component]++
			stopped += int64(x.Gangs)
		}
	}
	for component, n := range s.Failures.ByComponent {
		if failures[component] != n {
			t.Errorf("%d incidents of %s, the summary has %d", failures[component], component, n)
		}
	}
	if stopped != s.Failures.Interruptions || !slices.IsSortedFunc(r.incidents, func(a, b result.IncidentRow) int { return cmp.Compare(a.Time, b.Time) }) {
		t.Errorf("incidents stopped %d gangs, the summary has %d", stopped, s.Failures.Interruptions)
	}
}

func TestStepsShownAreThoseTaken(t *testing.T) {
	s, r := run(t, sim.Options{}, pretraining)
	if s.Training == nil {
		t.Fatal("nothing is trained")
	}
	last, length := int64(0), int64(0)
	for _, p := range r.phases {
		if p.Name == "step" && p.Number > last {
			last, length = p.Number, p.To-p.From
		}
	}
	if diff := last - s.Training.Steps; diff < 0 || diff > 1 || length <= 0 {
		t.Errorf("the last step shown is number %d, %d were done", last, s.Training.Steps)
	}
}
