package validate

import (
	"context"
	"fmt"
	"math"

	"github.com/jevons-sim/jevons/sim/scenario"
)

// cappedReplicas are too few for cappedRate from the start: they are full, and
// requests beyond give up after cappedPatience.
const (
	cappedReplicas = 12
	cappedRate     = "40/min"
	cappedPatience = "2m"
)

// cappedBreakEven finds the least elasticity at which a fleet that is full
// before the shock stays full after it. Let C be what the fleet has and W > C
// what requests ask for before the shock; afterwards they ask for
// W·f^((1−θ)(1−ε)), so that GPU-hours are as before from
//
//	ε* = 1 − ln(W/C) / ((1−θ)·ln(1/f))
//
// on: those who queued in vain take what the others leave, and less than ε = 1
// fills the fleet.
func (o *DemandOptions) cappedBreakEven(ctx context.Context, f, theta float64) ([]Row, error) {
	asked, err := cappedRun(ctx, f, 1, theta, 2*cappedReplicas)
	if err != nil {
		return nil, err
	}
	ratio := func(epsilon float64) (float64, error) {
		got, err := cappedRun(ctx, f, epsilon, theta, cappedReplicas)
		return got.after / got.before, err
	}
	full, err := cappedRun(ctx, f, 1, theta, cappedReplicas)
	if err != nil {
		return nil, err
	}
	// GPU-hours are flat above the elasticity and fall as a power of f below it:
	// it lies where the line through two points of that side, in logarithms,
	// comes to 1.
	var line [2]struct{ epsilon, log float64 }
	lo, hi := 0.0, 1.0
	for range 6 {
		mid := (lo + hi) / 2
		r, err := ratio(mid)
		if err != nil {
			return nil, err
		}
		if r > 0.99 {
			hi = mid
			continue
		}
		lo = mid
		line[0] = line[1]
		line[1].epsilon, line[1].log = mid, math.Log(r)
	}
	a, b := line[0], line[1]
	if a.log == 0 {
		return nil, fmt.Errorf("f=%v θ=%v: a full fleet of %d replicas empties at no elasticity that was tried", f, theta, cappedReplicas)
	}
	found := b.epsilon - b.log*(b.epsilon-a.epsilon)/(b.log-a.log)
	exact := 1 - math.Log(asked.before/full.before)/((1-theta)*math.Log(1/f))
	group := map[string]string{"f": fmt.Sprint(f), "thinking_elasticity": fmt.Sprint(theta)}
	return []Row{o.row(fmt.Sprintf("f=%g θ=%g", f, theta), group, "break_even_full", "elasticity", found, exact)}, nil
}

// hours is GPU-hours of work before and after a shock.
type hours struct{ before, after float64 }

// cappedRun simulates thinkers on so many replicas, through the same shock as
// shockRun. The hours are those of work per hour.
func cappedRun(ctx context.Context, f, epsilon, theta float64, replicas int) (hours, error) {
	s, err := play(ctx, thinkersAnswering(f, epsilon, theta), nil,
		scenario.Override{Path: "workloads.requests[0].arrivals.rate", Value: cappedRate},
		scenario.Override{Path: "workloads.requests[0].patience", Value: cappedPatience},
		scenario.Override{Path: "deployments[0].replicas", Value: fmt.Sprint(replicas)},
	)
	if err != nil {
		return hours{}, err
	}
	perHour := func(i int) float64 {
		w := &s.Windows[i]
		return workingHours(w) / (w.ToS - w.FromS) * 3600
	}
	return hours{perHour(0), perHour(1)}, nil
}
