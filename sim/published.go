package sim

import (
	"fmt"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/sim/result"
)

// checkPublished refuses figures that no run has.
func (s *Simulation) checkPublished() error {
	for i, p := range s.doc.Outputs.Published {
		for j, path := range p.Figure {
			if !result.MayHave(path) {
				return s.noFigure(i, j, path, result.Paths())
			}
		}
	}
	return nil
}

// noFigure reports the figure of a published one that is not among those there are.
func (s *Simulation) noFigure(i, j int, path string, figures []string) error {
	return s.doc.Locate(fmt.Sprintf("outputs.published[%d].figure[%d]", i, j), fmt.Errorf("the run has no figure %q.%s", path, suggest.Hint(path, figures)))
}

// publishedSection sets the run's figures beside those that the scenario knows of
// the real thing.
func (s *Simulation) publishedSection(out *result.Summary) error {
	if len(s.doc.Outputs.Published) == 0 {
		return nil
	}
	figures, err := result.Figures(out)
	if err != nil {
		return err
	}
	for i, p := range s.doc.Outputs.Published {
		row := result.Published{Name: p.Name, Published: p.Value, Source: p.Source}
		for j, path := range p.Figure {
			x, ok := result.ValueOf(figures, path)
			if !ok {
				return s.noFigure(i, j, path, result.PathsOf(figures))
			}
			row.Simulated += x
		}
		row.Simulated *= p.Times
		row.DifferencePct = (row.Simulated/p.Value - 1) * 100
		out.Published = append(out.Published, row)
	}
	return nil
}
