package calibrate

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// problem is a function of positive parameters that should be zero everywhere.
type problem struct {
	start []float64 // rules of thumb
	first []float64 // where to begin
	prior []float64 // standard deviation of ln θ around ln start; 0 = fixed
	lo    []float64
	hi    []float64
	// residuals are logarithmic errors of each part of the measurements, with
	// their weights. Their number may not change.
	parts     int
	residuals func(ctx context.Context, part int, theta []float64) (values, weights []float64, err error)
	// affects says which part a parameter changes; negative = all. nil = all do.
	affects  []int
	sizes    []int // residuals of each part
	progress func(iteration int, loss float64)
}

// Limits of the fit.
const (
	maxIterations = 25
	converged     = 1e-3 // relative change of the loss
	difference    = 0.02 // step of ln θ for derivatives: above the noise of a simulation
	softness      = 0.01 // errors below it count as squares
)

// solve returns the parameters of the least summed absolute residual.
func (p *problem) solve(ctx context.Context) ([]float64, error) {
	theta := append([]float64(nil), p.first...)
	values, weights, err := p.all(ctx, theta)
	if err != nil {
		return nil, err
	}
	loss := p.loss(values, weights, theta)
	damping := 1e-2
	for i := range maxIterations {
		if p.progress != nil {
			p.progress(i, loss)
		}
		jacobian, err := p.derivatives(ctx, theta, values)
		if err != nil {
			return nil, err
		}
		improved := false
		before := loss
		for range 6 {
			next := p.step(theta, values, weights, jacobian, damping)
			v, w, err := p.all(ctx, next)
			if err != nil {
				return nil, err
			}
			if l := p.loss(v, w, next); l < loss {
				theta, values, weights, loss = next, v, w, l
				damping /= 3
				improved = true
				break
			}
			damping *= 4
		}
		if !improved || before-loss < converged*before {
			break
		}
	}
	return theta, nil
}

// all returns the residuals of all parts, one after the other.
func (p *problem) all(ctx context.Context, theta []float64) (values, weights []float64, err error) {
	p.sizes = make([]int, p.parts)
	for part := range p.parts {
		v, w, err := p.residuals(ctx, part, theta)
		if err != nil {
			return nil, nil, err
		}
		p.sizes[part] = len(v)
		values, weights = append(values, v...), append(weights, w...)
	}
	if len(values) == 0 {
		return nil, nil, fmt.Errorf("calibrate: no measurement can be simulated")
	}
	return values, weights, nil
}

// loss returns the weighted sum of absolute residuals, smooth near zero, and
// the priors' share of it.
func (p *problem) loss(values, weights, theta []float64) float64 {
	sum := 0.0
	for i, v := range values {
		sum += float64(weights[i] * (math.Sqrt(float64(v*v)+softness*softness) - softness))
	}
	for i := range theta {
		if p.prior[i] > 0 {
			z := math.Log(theta[i]/p.start[i]) / p.prior[i]
			sum += float64(priorWeight * z * z)
		}
	}
	return sum
}

// priorWeight is what one standard deviation from a prior costs, as a summed
// absolute error.
const priorWeight = 0.02

// derivatives returns ∂residual/∂ln θ, by forward differences. Parts that a
// parameter does not affect are not simulated again.
func (p *problem) derivatives(ctx context.Context, theta, values []float64) (*mat.Dense, error) {
	j := mat.NewDense(len(values), len(theta), nil)
	for k := range theta {
		if p.prior[k] == 0 {
			continue
		}
		moved := append([]float64(nil), theta...)
		step := difference
		if moved[k]*math.Exp(step) > p.hi[k] {
			step = -step
		}
		moved[k] *= math.Exp(step)
		row := 0
		for part := range p.parts {
			if p.affects != nil && p.affects[k] >= 0 && p.affects[k] != part {
				row += p.sizes[part]
				continue
			}
			v, _, err := p.residuals(ctx, part, moved)
			if err != nil {
				return nil, err
			}
			if len(v) != p.sizes[part] {
				return nil, fmt.Errorf("calibrate: %d measurements can be simulated, then %d", p.sizes[part], len(v))
			}
			for i := range v {
				j.Set(row+i, k, (v[i]-values[row+i])/step)
			}
			row += len(v)
		}
	}
	return j, nil
}

// step returns the parameters after one damped Gauss–Newton step, weights being
// those under which squares stand for absolute values.
func (p *problem) step(theta, values, weights []float64, jacobian *mat.Dense, damping float64) []float64 {
	n := len(theta)
	normal := mat.NewSymDense(n, nil)
	right := mat.NewVecDense(n, nil)
	for i, v := range values {
		w := weights[i] / math.Sqrt(float64(v*v)+softness*softness)
		row := jacobian.RawRowView(i)
		for a := range n {
			right.SetVec(a, right.AtVec(a)-float64(w*row[a]*v))
			for b := a; b < n; b++ {
				normal.SetSym(a, b, normal.At(a, b)+float64(w*row[a]*row[b]))
			}
		}
	}
	for a := range n {
		prior := 0.0
		if p.prior[a] > 0 {
			prior = 2 * priorWeight / (p.prior[a] * p.prior[a])
			right.SetVec(a, right.AtVec(a)-float64(prior*math.Log(theta[a]/p.start[a])))
		}
		d := normal.At(a, a) + prior
		normal.SetSym(a, a, d+float64(damping*d)+1e-9)
	}
	var delta mat.VecDense
	if err := delta.SolveVec(normal, right); err != nil {
		return theta // singular: nothing to move
	}
	next := append([]float64(nil), theta...)
	for a := range n {
		if p.prior[a] == 0 {
			continue
		}
		move := math.Max(-0.7, math.Min(0.7, delta.AtVec(a)))
		next[a] = math.Max(p.lo[a], math.Min(p.hi[a], theta[a]*math.Exp(move)))
	}
	return next
}
