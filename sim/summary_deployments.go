package sim

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
)

// deploymentSection sums up every deployment, or each part of one.
func (s *Simulation) deploymentSection(horizon event.Time) []result.Deployment {
	var out []result.Deployment
	for _, d := range s.services {
		for _, p := range d.parts() {
			counts := p.Counts(horizon)
			row := result.Deployment{
				Name: p.Name(), Model: p.Variant().Model, GPUs: p.Variant().GPUs(), Replicas: p.Ready(), PeakReplicas: p.Peak(),
				SwappedBlocks: counts.Swapped, LoadedBlocks: counts.Loaded,
			}
			if held := p.Held(horizon).Seconds(); held > 0 {
				row.MeanGPUs = held / horizon.Seconds()
				row.PromptTokens, row.ComputedTokens = float64(counts.Computed+counts.Cached)/held, float64(counts.Computed)/held
				row.OutputTokens = float64(counts.Decoded) / held
			}
			if counts.Decodes > 0 {
				row.TokensPerStep = float64(counts.Gained) / float64(counts.Decodes)
			}
			out = append(out, row)
		}
	}
	return out
}

// heldByDeployment returns the GPU time that deployments, or the two parts of
// one, held between two cuts, nil when there are not several: one has all that the ledger has for inference.
func (s *Simulation) heldByDeployment(from, to event.Time) map[string]ledger.Amount {
	parts := s.parts()
	if len(parts) < 2 {
		return nil
	}
	a, b := s.snapshotAt(from), s.snapshotAt(to)
	held := map[string]ledger.Amount{}
	for i, part := range parts {
		held[part.Name()] = b.held[i].Sub(a.held[i])
	}
	return held
}
