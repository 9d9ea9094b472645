package validate

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// DemandOptions say how demand is validated. The zero value is the full grid.
type DemandOptions struct {
	Factors      []float64 // f: what a token costs after the shock, of before
	Elasticities []float64 // ε
	Thinking     []float64 // θ
	TolerancePct float64   // 0 = 1
	Workers      int       // runs at once
	// Progress, if not nil, is called when a case is done.
	Progress func(done, of int)
}

func (o *DemandOptions) defaults() {
	o.TolerancePct = cmp.Or(o.TolerancePct, 1)
	if o.Factors == nil {
		o.Factors = []float64{0.03, 0.1, 0.3}
	}
	if o.Elasticities == nil {
		o.Elasticities = []float64{0, 0.5, 1, 1.5, 2}
	}
	if o.Thinking == nil {
		o.Thinking = []float64{0, 0.2, 0.5}
	}
}

// Demand runs whole simulations in which a token comes to cost f of what it
// did, the price follows and nothing queues, and compares how requests, tokens
// and GPU-hours change with the closed forms of package demand; so it does with
// the courses of adoption, and with the elasticity that breaks even, on a fleet
// with room and on one that is full from the start.
func Demand(ctx context.Context, o DemandOptions) (*Report, error) {
	o.defaults()
	var cases []func() ([]Row, error)
	for _, f := range o.Factors {
		for _, theta := range o.Thinking {
			for _, epsilon := range o.Elasticities {
				cases = append(cases, func() ([]Row, error) { return o.grid(ctx, f, epsilon, theta) })
			}
			cases = append(cases, func() ([]Row, error) { return o.breakEven(ctx, f, theta) })
			cases = append(cases, func() ([]Row, error) { return o.cappedBreakEven(ctx, f, theta) })
		}
	}
	for _, c := range curves {
		cases = append(cases, func() ([]Row, error) { return o.curve(ctx, c) })
	}
	rows := make([][]Row, len(cases))
	errs := make([]error, len(cases))
	if err := parallel(ctx, len(cases), o.Workers, o.Progress, func(i int) { rows[i], errs[i] = cases[i]() }); err != nil {
		return nil, fmt.Errorf("validating demand: %w", err)
	}
	for _, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("validating demand: %w", err)
		}
	}
	return newReport("demand", slices.Concat(rows...), o.TolerancePct), nil
}

// grid compares one point of the grid.
func (o *DemandOptions) grid(ctx context.Context, f, epsilon, theta float64) ([]Row, error) {
	got, err := shockRun(ctx, f, epsilon, theta)
	if err != nil {
		return nil, err
	}
	id := fmt.Sprintf("f=%g ε=%g θ=%g", f, epsilon, theta)
	group := map[string]string{"f": fmt.Sprint(f), "elasticity": fmt.Sprint(epsilon), "thinking_elasticity": fmt.Sprint(theta)}
	var rows []Row
	for _, c := range []struct {
		metric string
		got    float64
		power  float64 // of f
	}{
		{"requests", got.requests, -epsilon * (1 - theta)},
		{"tokens", got.tokens, -theta - epsilon*(1-theta)},
		{"gpu_hours", got.gpuHours, (1 - theta) * (1 - epsilon)},
	} {
		rows = append(rows, o.row(id, group, c.metric, "ratio", c.got, math.Pow(f, c.power)))
	}
	return rows, nil
}

func (o *DemandOptions) row(id string, group map[string]string, metric, unit string, got, exact float64) Row {
	row := Row{ID: id, Group: group, Metric: metric, Unit: unit, Predicted: got, Actual: exact, ErrorPct: (got/exact - 1) * 100, TolerancePct: o.TolerancePct}
	row.OK = math.Abs(row.ErrorPct) <= row.TolerancePct
	return row
}

// breakEven finds, by bisection over runs that differ in nothing else, the
// elasticity at which GPU-hours stay what they were.
func (o *DemandOptions) breakEven(ctx context.Context, f, theta float64) ([]Row, error) {
	lo, hi := 0.5, 1.5
	var atLo, atHi float64 // logarithms of the ratios there; 0 = not simulated
	for range 6 {
		mid := (lo + hi) / 2
		got, err := shockRun(ctx, f, mid, theta)
		if err != nil {
			return nil, err
		}
		if l := math.Log(got.gpuHours); l < 0 { // f < 1: the ratio rises with ε
			lo, atLo = mid, l
		} else {
			hi, atHi = mid, l
		}
	}
	found := (lo + hi) / 2
	if atLo < 0 && atHi > 0 {
		found = lo + (hi-lo)*atLo/(atLo-atHi)
	}
	group := map[string]string{"f": fmt.Sprint(f), "thinking_elasticity": fmt.Sprint(theta)}
	return []Row{o.row(fmt.Sprintf("f=%g θ=%g", f, theta), group, "break_even", "elasticity", found, 1)}, nil
}
