package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/report/html"
)

// progressFile says what a sweep is about to do, for `sim watch`.
const progressFile = "progress.json"

// sweepPlan is progress.json: the runs of a sweep, point by point.
type sweepPlan struct {
	Scenario     string     `json:"scenario"`
	Started      time.Time  `json:"started"`
	Axes         []string   `json:"axes"`
	Points       [][]string `json:"points"`
	Replications int        `json:"replications"`
	Figures      []string   `json:"figures,omitempty"` // that were asked for
	Keys         []string   `json:"keys"`              // of the runs' figures in the store
}

// announce writes what the runs of a sweep will be, once they are identified.
func (s *sweepResult) announce(dir, scenario string, tasks []*task) error {
	p := sweepPlan{Scenario: scenario, Started: time.Now().UTC(), Replications: s.replications, Figures: s.figures}
	for i := range s.axes {
		p.Axes = append(p.Axes, s.axes[i].Path)
	}
	for _, point := range s.points {
		p.Points = append(p.Points, point)
	}
	for _, t := range tasks {
		p.Keys = append(p.Keys, t.key)
	}
	text, err := report.JSON(p)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("creating the sweep's directory: %w", err)
	}
	return html.WriteFile(filepath.Join(dir, progressFile), text)
}

// readSweepPlan reads what a sweep is about to do.
func readSweepPlan(dir string) (*sweepPlan, error) {
	text, err := os.ReadFile(filepath.Join(dir, progressFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usageErrorf("%s has no %s: it is not the directory of a sweep", dir, progressFile)
	} else if err != nil {
		return nil, err
	}
	p := &sweepPlan{}
	if err := json.Unmarshal(text, p); err != nil || p.Replications < 1 || len(p.Keys) != len(p.Points)*p.Replications {
		return nil, usageErrorf("%s: this is no plan of a sweep by this version", filepath.Join(dir, progressFile))
	}
	return p, nil
}
