package sim

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/sim/serving"
)

// accepted returns the probabilities that proposals are accepted.
func accepted(s *scenario.Speculation) []float64 {
	if len(s.AcceptanceByPosition) == 0 {
		return []float64{float64(s.Acceptance)}
	}
	var out []float64
	for _, a := range s.AcceptanceByPosition {
		out = append(out, float64(a))
	}
	return out
}

// withDraft returns a replica with what it speculates with.
func withDraft(cost *perf.Serving, s *scenario.Speculation) (*perf.Serving, error) {
	draft, err := draftOf(cost, s.Draft)
	if err != nil {
		return nil, err
	}
	speculation, err := serving.NewSpeculation(serving.Proposals{Tokens: s.Tokens, Accept: accepted(s)})
	if err != nil {
		return nil, err
	}
	return cost.WithDraft(draft, s.Tokens, speculation.Rate())
}

func draftOf(cost *perf.Serving, name string) (perf.Draft, error) {
	switch name {
	case "ngram":
		return perf.NGramDraft(), nil
	case "mtp":
		return cost.MTPDraft()
	case "eagle":
		return cost.LayerDraft()
	}
	m, err := perf.LookupModel(name)
	if err != nil {
		return perf.Draft{}, err
	}
	return cost.ModelDraft(m)
}

// speculation returns how an engine speculates, whose steps cost so many times
// what the cost model says. Proposals are drawn from the stream of that name.
func (s *Simulation) speculation(e *scenario.Speculation, cost *perf.Serving, factor float64, name string) (*serving.Speculation, error) {
	var table *perf.StepTable
	if cost.Draft.Passes != nil {
		table = tableOf(cost.Draft.Passes, factor)
	}
	return serving.NewSpeculation(serving.Proposals{
		Tokens: e.Tokens, Accept: accepted(e), Draft: table,
		Sample: int64(float64(cost.SampleTime()) * factor), Stream: event.NewStream(s.doc.Seed, name+"/speculation"),
	})
}
