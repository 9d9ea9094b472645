package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/scenario"
)

// search looks along the values of one parameter for the last that meets all
// goals. Each value is judged on its own: the confidence is that of the value
// found, not of the whole search. Values are taken to get easier towards index 0 of the ladder: for a
// fleet the ladder goes down, for a load up.
type search struct {
	campaign     *campaign
	base         *variant
	path, flag   string   // what varies, and the flag that says so
	ladder       []string // from the easiest value to the hardest
	goals        []*goal
	replications int
	confidence   float64 // of all goals together
	tried        map[int]*trial
	runs         int
	// run plays the runs at an index of the ladder.
	run func(ctx context.Context, i int) (*trial, error)
}

// trial is the runs at one value.
type trial struct {
	Value     string               `json:"value"`
	GPUs      int                  `json:"gpus,omitempty"`
	Standings []standing           `json:"goals,omitempty"`
	Refused   string               `json:"refused,omitempty"` // why the scenario cannot be built
	takes     map[string][]float64 // what may be minimised, by figure and replication
}

// meets reports whether every goal is met, with confidence.
func (t *trial) meets() bool {
	return t.Refused == "" && !slices.ContainsFunc(t.Standings, func(s standing) bool { return s.Verdict != "met" })
}

// mayMeet reports whether no goal is missed for certain.
func (t *trial) mayMeet() bool {
	return t.Refused == "" && !slices.ContainsFunc(t.Standings, func(s standing) bool { return s.Verdict == "missed" })
}

// binding returns the goal that stands worst.
func (t *trial) binding() *standing {
	var worst *standing
	for i := range t.Standings {
		if s := &t.Standings[i]; worst == nil || s.excess > worst.excess {
			worst = s
		}
	}
	return worst
}

// try runs the scenario at a value, once.
func (s *search) try(ctx context.Context, i int) (*trial, error) {
	if t := s.tried[i]; t != nil {
		return t, nil
	}
	t, err := s.run(ctx, i)
	if err == nil {
		s.tried[i] = t
	}
	return t, err
}

// simulate plays the replications at a value and judges the goals.
func (s *search) simulate(ctx context.Context, i int) (*trial, error) {
	t := &trial{Value: s.ladder[i]}
	tasks, err := s.tasks(t.Value)
	if err == nil {
		var played int
		played, err = s.campaign.play(ctx, fmt.Sprintf("%s at %s=%s", s.base.doc.Name, s.path, t.Value), tasks)
		s.runs += played
	}
	var problems scenario.Problems
	if errors.As(err, &problems) && i > 0 {
		t.Refused = problems[0].Err.Error()
		return t, nil
	}
	if err != nil {
		return nil, err
	}
	t.GPUs = tasks[0].gpus
	t.takes = map[string][]float64{}
	for _, m := range minimised {
		for _, task := range tasks {
			if x, ok := result.ValueOf(task.figures, m.figure); ok {
				t.takes[m.figure] = append(t.takes[m.figure], x)
			}
		}
	}
	// Each goal is judged so that all hold together (Bonferroni).
	each := 1 - (1-s.confidence)/float64(len(s.goals))
	for _, g := range s.goals {
		var xs []float64
		for _, task := range tasks {
			x, ok := g.value(task.figures)
			if !ok {
				return nil, g.unknown(result.PathsOf(task.figures))
			}
			xs = append(xs, x)
		}
		t.Standings = append(t.Standings, g.judge(xs, each))
	}
	return t, nil
}

func (s *search) tasks(value string) ([]*task, error) {
	v, err := s.base.with(scenario.Override{Path: s.path, Value: value, Flag: s.flag})
	if err != nil {
		return nil, err
	}
	var tasks []*task
	for r := range s.replications {
		tasks = append(tasks, &task{variant: v, replication: r})
	}
	return tasks, nil
}

// firstStep is the part of the ladder that the search first moves by.
const firstStep = 64

// last returns the last index at which ok holds, −1 if it holds nowhere, as far
// as ok gets harder along the ladder. It starts at a guess, moves away from it
// in steps that double, and halves what remains.
func (s *search) last(ctx context.Context, guess int, ok func(*trial) bool) (int, error) {
	yes, no := -1, len(s.ladder) // ok holds at yes and does not at no, as far as is known
	for i := range s.tried {
		if ok(s.tried[i]) {
			yes = max(yes, i)
		}
	}
	for i := range s.tried {
		if !ok(s.tried[i]) && i > yes {
			no = min(no, i)
		}
	}
	if yes >= 0 || no < len(s.ladder) {
		guess = (yes + no) / 2 // what was tried before is a better start
	}
	for step := max(1, len(s.ladder)/firstStep); no-yes > 1; step *= 2 {
		i := min(max(guess, yes+1), no-1)
		t, err := s.try(ctx, i)
		if err != nil {
			return 0, err
		}
		if ok(t) {
			yes, guess = i, i+step
		} else {
			no, guess = i, i-step
		}
		if yes >= 0 && no < len(s.ladder) {
			guess = (yes + no) / 2
		}
	}
	return yes, nil
}
