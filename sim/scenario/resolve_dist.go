package scenario

func (r *resolver) lengths(path string, l *Lengths) {
	if l == nil {
		return
	}
	infer(&l.Dist, l.Value != 0, len(l.Values) > 0)
	r.distribution(path, shape{
		dist: l.Dist, cv: l.CV, value: l.Value != 0, mean: l.Mean != 0, p50: l.P50 != 0, p99: l.P99 != 0,
		bounds: l.Max != 0, ordered: l.Max == 0 || l.Max >= l.Min, quantiles: l.P99 > l.P50, values: len(l.Values), weights: l.Weights,
	})
}

func (r *resolver) durations(path string, d *Durations) {
	if d == nil {
		return
	}
	infer(&d.Dist, d.Value != 0, len(d.Values) > 0)
	r.distribution(path, shape{
		dist: d.Dist, cv: d.CV, value: d.Value != 0, mean: d.Mean != 0, p50: d.P50 != 0, p99: d.P99 != 0,
		bounds: d.Max != 0, ordered: d.Max == 0 || d.Max >= d.Min, quantiles: d.P99 > d.P50, values: len(d.Values), weights: d.Weights,
	})
}

// infer names the distribution that the parameters given are of.
func infer(dist *string, value, values bool) {
	switch {
	case *dist != "":
	case value:
		*dist = "constant"
	case values:
		*dist = "histogram"
	default:
		*dist = "lognormal"
	}
}

// shape is which parameters a distribution gives, whatever it is of.
type shape struct {
	dist                  string
	cv                    float64
	value, mean, p50, p99 bool
	bounds                bool
	ordered               bool // max is not below min
	quantiles             bool // p99 is above p50
	values                int
	weights               []float64
}

func (r *resolver) distribution(path string, s shape) {
	switch s.dist {
	case "constant":
		r.need(path, "what the constant is", given{"value", s.value})
		r.exclude(path, "dist: constant", given{"mean", s.mean}, given{"p50", s.p50}, given{"p99", s.p99}, given{"cv", s.cv != 0}, given{"values", s.values > 0})
	case "lognormal":
		r.exclude(path, "dist: lognormal", given{"value", s.value}, given{"values", s.values > 0})
		if s.p50 || s.p99 {
			r.need(path, "a lognormal is given by p50 and p99, or by mean and cv", given{"p50", s.p50}, given{"p99", s.p99})
			r.exclude(path, "p50 and p99", given{"mean", s.mean}, given{"cv", s.cv != 0})
			if s.p50 && s.p99 && !s.quantiles {
				r.fail(path+".p99", "is not above p50")
			}
			break
		}
		r.need(path, "a lognormal is given by p50 and p99, or by mean and cv", given{"mean", s.mean}, given{"cv", s.cv != 0})
	case "gamma":
		r.need(path, "a gamma is given by mean and cv", given{"mean", s.mean}, given{"cv", s.cv != 0})
		r.exclude(path, "dist: gamma", given{"value", s.value}, given{"p50", s.p50}, given{"p99", s.p99}, given{"values", s.values > 0})
	case "exponential":
		r.need(path, "an exponential is given by its mean", given{"mean", s.mean})
		r.exclude(path, "dist: exponential", given{"value", s.value}, given{"p50", s.p50}, given{"p99", s.p99}, given{"cv", s.cv != 0}, given{"values", s.values > 0})
	case "uniform":
		r.need(path, "a uniform is given by min and max", given{"max", s.bounds})
		r.exclude(path, "dist: uniform", given{"value", s.value}, given{"mean", s.mean}, given{"p50", s.p50}, given{"p99", s.p99}, given{"cv", s.cv != 0}, given{"values", s.values > 0})
	case "histogram":
		r.need(path, "a histogram is given by values and weights", given{"values", s.values > 0})
		r.exclude(path, "dist: histogram", given{"value", s.value}, given{"mean", s.mean}, given{"p50", s.p50}, given{"p99", s.p99}, given{"cv", s.cv != 0})
		if n := len(s.weights); n != 0 && n != s.values {
			r.fail(path+".weights", "has %d weights for %d values", n, s.values)
		}
		r.weights(path+".weights", s.weights)
	}
	if !s.ordered {
		r.fail(path+".max", "is less than min")
	}
}
