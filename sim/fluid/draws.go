package fluid

import (
	"cmp"
	"slices"
	"sort"
)

// Request is the lengths of one request, in tokens.
type Request struct{ Prompt, Output, Thinking float64 }

// Draws is a sample of the requests of one workload.
type Draws struct {
	steps         []float64 // decode steps, ascending: the output tokens after the first
	below         []sums    // of the requests before each, and of all
	prompt, pairs float64   // means
	shorter       float64   // mean of the smaller of two
}

// sums are sums over requests.
type sums struct{ steps, squares, context, thinking float64 }

// Means are the means over a mix of requests, weighted by their share.
type Means struct {
	Weight   float64 // of all shares; the other fields are sums of weight × mean
	Prompt   float64 // tokens
	Pairs    float64 // of prompt tokens and the context each attends to
	Steps    float64 // decode steps
	Context  float64 // summed over the decode steps
	Thinking float64 // tokens generated
	GivenUp  float64 // requests that ended before their last token
}

// NewDraws returns the sample of some requests.
func NewDraws(requests []Request) *Draws {
	sorted := slices.Clone(requests)
	slices.SortStableFunc(sorted, func(a, b Request) int { return cmp.Compare(a.Output, b.Output) })
	n := float64(len(sorted))
	d := &Draws{steps: make([]float64, len(sorted)), below: make([]sums, len(sorted)+1)}
	var s sums
	for i, r := range sorted {
		k := max(r.Output-1, 0)
		d.steps[i] = k
		d.prompt += r.Prompt / n
		d.pairs += float64(r.Prompt*(r.Prompt+1)) / 2 / n
		// The smaller of two draws: this one, with all that are longer.
		d.shorter += float64(k*(2*(n-float64(i))-1)) / n / n
		s.steps += k
		s.squares += float64(k * (k + 1) / 2)
		s.context += float64(k * r.Prompt)
		s.thinking += r.Thinking
		d.below[i+1] = s
	}
	return d
}

// Means returns the means of the requests when they give up after so many
// decode steps.
func (d *Draws) Means(weight, cut float64) Means {
	n := len(d.steps)
	i := n
	if cut < d.steps[n-1] {
		i = sort.SearchFloat64s(d.steps, max(cut, 0))
	}
	s, all := d.below[i], d.below[n]
	long := float64(n - i)
	if long > 0 {
		cut = max(cut, 0)
		rest := all.steps - s.steps
		s.steps += float64(long * cut)
		s.squares += float64(long * cut * (cut + 1) / 2)
		s.context += float64((all.context - s.context) * (float64(long*cut) / rest))
		s.thinking += min(all.thinking-s.thinking, float64(long*cut))
	}
	w := weight / float64(n)
	return Means{
		Weight: weight, Prompt: weight * d.prompt, Pairs: weight * d.pairs,
		Steps: w * s.steps, Context: float64(w*s.context) + float64(w*s.squares), Thinking: w * s.thinking, GivenUp: w * long,
	}
}

// Add adds another workload's means.
func (m *Means) Add(o Means) {
	m.Weight += o.Weight
	m.Prompt += o.Prompt
	m.Pairs += o.Pairs
	m.Steps += o.Steps
	m.Context += o.Context
	m.Thinking += o.Thinking
	m.GivenUp += o.GivenUp
}

// Peakedness returns the variance over the mean of the requests in the system
// when times between arrivals have a squared coefficient of variation scv and
// nobody waits: 1 + (scv − 1)·E[min(S₁, S₂)]/E[S] for independent service times
// S (Whitt, Operations Research 32, 1984, for G/GI/∞ in heavy traffic).
func (d *Draws) Peakedness(scv float64) float64 {
	mean := d.below[len(d.steps)].steps / float64(len(d.steps))
	if mean == 0 {
		return 1
	}
	return max(0, 1+float64((scv-1)*(d.shorter/mean)))
}

// Residual returns the decode steps after which so many requests, each met at
// a random moment of its life, have probably all ended: the (1 − e^−γ/n)
// quantile of the residual life, the mean of the largest of n if it is
// exponential.
func (d *Draws) Residual(n float64) float64 {
	if n <= 0 {
		return 0
	}
	const expGamma = 0.5614594835668851
	all := d.below[len(d.steps)].steps
	left := min(1, expGamma/max(n, 1)) * all
	// The area above t, Σ (steps − t)⁺, falls to what is left at t.
	area := func(i int) float64 { // at t = steps[i]
		return all - d.below[i].steps - float64(d.steps[i]*float64(len(d.steps)-i))
	}
	i := sort.Search(len(d.steps), func(i int) bool { return area(i) <= left })
	if i == len(d.steps) {
		i--
	}
	return d.steps[i]
}
